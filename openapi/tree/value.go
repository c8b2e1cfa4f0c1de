package tree

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Kind is the kind of a JSON value.
type Kind byte

// The kinds of JSON values (RFC 8259).
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Value is a JSON value that keeps the order of its members and each number and
// string as it was written, so that what is not changed is written back as it came.
// Members are to be changed by its methods only.
// The methods take a nil Value as one that is not there.
type Value struct {
	Kind    Kind
	Members []Member       // of an Object, in the document's order
	Items   []*Value       // of an Array
	literal string         // of anything else, as in JSON
	places  map[string]int // where the members of a large object are, once that was asked
}

// Member is a member of an object.
type Member struct {
	Name  string
	Value *Value
}

// Text returns a String value.
func Text(s string) *Value { return &Value{Kind: String, literal: quote(s)} }

// Flag returns a Bool value.
func Flag(b bool) *Value { return &Value{Kind: Bool, literal: strconv.FormatBool(b)} }

// Whole returns a Number value.
func Whole(n int64) *Value { return &Value{Kind: Number, literal: strconv.FormatInt(n, 10)} }

// Obj returns an object.
func Obj(members ...Member) *Value { return &Value{Kind: Object, Members: members} }

// List returns an array.
func List(items ...*Value) *Value { return &Value{Kind: Array, Items: items} }

func quote(s string) string {
	quoted, err := jsontext.AppendQuote(nil, s)
	if err != nil { // not UTF-8, which it has made U+FFFD of
		return string(quoted)
	}
	return string(quoted)
}

// Get returns the member of this name, or nil.
func (v *Value) Get(name string) *Value {
	if i := v.find(name); i >= 0 {
		return v.Members[i].Value
	}
	return nil
}

// large is the number of members from which on an object is worth an index.
const large = 32

func (v *Value) find(name string) int {
	if !v.Is(Object) {
		return -1
	}
	if len(v.Members) < large {
		return slices.IndexFunc(v.Members, func(m Member) bool { return m.Name == name })
	}
	if v.places == nil {
		v.places = make(map[string]int, len(v.Members))
		for i, m := range v.Members {
			v.places[m.Name] = i
		}
	}
	if i, found := v.places[name]; found {
		return i
	}
	return -1
}

// At returns the value that a path of names leads to, or nil.
func (v *Value) At(names ...string) *Value {
	for _, name := range names {
		v = v.Get(name)
	}
	return v
}

// Ref returns the target of a reference (JSON Reference, {"$ref": target}) as it is written,
// or "" where v is none.
func (v *Value) Ref() string { return v.Get("$ref").Str() }

// Is reports whether there is a value, and whether it is of this kind.
func (v *Value) Is(kind Kind) bool { return v != nil && v.Kind == kind }

// Fields returns the members of an object, and none of anything else.
func (v *Value) Fields() []Member {
	if !v.Is(Object) {
		return nil
	}
	return v.Members
}

// Elements returns the items of an array, and none of anything else.
func (v *Value) Elements() []*Value {
	if !v.Is(Array) {
		return nil
	}
	return v.Items
}

// Str returns the text of a String value, and "" of anything else.
func (v *Value) Str() string {
	if !v.Is(String) {
		return ""
	}
	text, err := jsontext.AppendUnquote(nil, v.literal)
	if err != nil {
		return ""
	}
	return string(text)
}

// Literal returns a Null, Bool, Number or String as it was written, and "" of anything else.
func (v *Value) Literal() string {
	if v == nil {
		return ""
	}
	return v.literal
}

// Brief returns before and the value's literal in one line of at most 60 characters, for a
// person to read; and "" of an object, an array and nil.
func (v *Value) Brief(before string) string {
	text := strings.Join(strings.Fields(v.Literal()), " ")
	if text == "" {
		return ""
	}
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:60]) + "…"
	}
	return before + text
}

// True reports whether the value is true.
func (v *Value) True() bool { return v.Is(Bool) && v.literal == "true" }

// False reports whether the value is false.
func (v *Value) False() bool { return v.Is(Bool) && v.literal == "false" }

// Set puts a member into an object, in the place of the one of this name or at the end.
func (v *Value) Set(name string, value *Value) {
	if i := v.find(name); i >= 0 {
		v.Members[i].Value = value
		return
	}
	v.places = nil
	v.Members = append(v.Members, Member{name, value})
}

// Delete takes the member of this name away.
func (v *Value) Delete(name string) {
	if i := v.find(name); i >= 0 {
		v.places = nil
		v.Members = append(v.Members[:i:i], v.Members[i+1:]...)
	}
}

// Rename changes the name of member i of an object.
func (v *Value) Rename(i int, name string) {
	v.places = nil
	v.Members[i].Name = name
}

// Clone returns a copy that shares nothing that can be changed.
func (v *Value) Clone() *Value {
	if v == nil {
		return nil
	}
	c := &Value{Kind: v.Kind, literal: v.literal}
	for _, m := range v.Members {
		c.Members = append(c.Members, Member{m.Name, m.Value.Clone()})
	}
	for _, item := range v.Items {
		c.Items = append(c.Items, item.Clone())
	}
	return c
}

// Size counts the values that v is made of.
func (v *Value) Size() int {
	if v == nil {
		return 0
	}
	n := 1
	for _, m := range v.Members {
		n += m.Value.Size()
	}
	for _, item := range v.Items {
		n += item.Size()
	}
	return n
}
