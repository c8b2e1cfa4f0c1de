package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

const maxDepth = 64 // of nested objects and arrays

// decode reads a body, all of it, and keeps what sh has an opinion on: as
// map[string]any, []any, string, json.Number, bool and nil, ready for kin-openapi
// to judge. Of an array that is too long one element too many is kept; in place
// of an array or object where none is allowed, an empty one. Of a member given
// twice the last counts.
//
// It returns an answer where the body is not JSON, and adds a fault wherever a
// string holds U+0000, kept or not.
func decode(data []byte, sh *shape, f *faults) (any, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	d := decoder{
		Decoder: jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true)),
		data:    data,
		faults:  f,
		tracked: bytes.Contains(data, []byte(`\u0000`)),
	}
	tree, err := d.value(sh)
	if err != nil {
		return nil, d.syntax(err)
	}
	if rest := bytes.TrimLeft(data[d.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, notJSON("has more after its JSON value, at " + position(data, len(data)-len(rest)))
	}
	return tree, nil
}

type decoder struct {
	*jsontext.Decoder
	data   []byte
	faults *faults

	tracked bool      // U+0000 may occur: only then is it looked for, and the path kept
	nuls    int       // how many strings with U+0000 were seen
	path    []segment // from the body to what is being read
}

// segment is a step of a path.
type segment struct {
	name  string // of a member, short
	index int    // of an element, -1 for a member
}

// value reads the next value, of which nothing is kept if sh is nil.
func (d *decoder) value(sh *shape) (any, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{':
		return d.object(sh)
	case '[':
		return d.array(sh)
	case '"':
		if d.hasNUL(token) {
			d.faults.add(d.place(), "must not contain the character U+0000")
		}
		if sh == nil {
			return nil, nil
		}
		return token.String(), nil
	case '0':
		if sh == nil {
			return nil, nil
		}
		return number(token.String()), nil
	case 't':
		return true, nil
	case 'f':
		return false, nil
	}
	return nil, nil
}

func (d *decoder) object(sh *shape) (any, error) {
	if d.StackDepth() > maxDepth {
		return nil, errTooDeep
	}
	var tree map[string]any
	if sh != nil {
		tree = make(map[string]any)
	}
	for d.PeekKind() != '}' {
		token, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		if d.hasNUL(token) {
			d.faults.add(d.place(), "must not have a member with the character U+0000 in its name")
		}
		m := sh.member(token)
		d.enter(token, 0)
		v, err := d.value(m.shape)
		d.leave()
		if err != nil {
			return nil, err
		}
		if m.shape != nil {
			tree[m.name] = v
		}
	}
	_, err := d.ReadToken()
	return tree, err
}

// member returns what is to be kept of the member that a token names.
func (sh *shape) member(name jsontext.Token) member {
	switch {
	case sh == nil:
		return member{}
	case sh.opaque:
		return member{name.String(), sh}
	case !sh.object:
		return member{}
	}
	return sh.members[name.String()]
}

func (d *decoder) array(sh *shape) (any, error) {
	if d.StackDepth() > maxDepth {
		return nil, errTooDeep
	}
	var elements *shape
	limit := math.MaxInt
	if sh != nil && sh.opaque {
		elements = sh
	} else if sh != nil {
		elements, limit = sh.elements, sh.maxItems
	}
	tree := []any{}
	for read := 0; d.PeekKind() != ']'; read++ {
		if len(tree) > limit {
			elements = nil
		}
		d.enter(jsontext.Token{}, read)
		v, err := d.value(elements)
		d.leave()
		if err != nil {
			return nil, err
		}
		if elements != nil {
			tree = append(tree, v)
		}
	}
	_, err := d.ReadToken()
	return tree, err
}

// hasNUL reports whether a string holds U+0000. It stops after as many such strings as there can
// be faults, even where several make one fault, since they have one place: a member given twice.
func (d *decoder) hasNUL(token jsontext.Token) bool {
	if !d.tracked || d.nuls >= maxFaults || strings.IndexByte(token.String(), 0) < 0 {
		return false
	}
	d.nuls++
	return true
}

// enter takes a step down to the member that a token names, or to an element.
func (d *decoder) enter(name jsontext.Token, index int) {
	if !d.tracked {
		return
	}
	step := segment{index: index}
	if name.Kind() == '"' {
		step.name, step.index = shortName(name.String()), -1
	}
	d.path = append(d.path, step)
}

func (d *decoder) leave() {
	if d.tracked {
		d.path = d.path[:len(d.path)-1]
	}
}

// place names what is being read.
func (d *decoder) place() string {
	place := "body"
	for _, step := range d.path {
		if step.index < 0 {
			place = memberPlace(place, step.name)
		} else {
			place = elementPlace(place, step.index)
		}
	}
	return place
}

// number gives a whole number its plain form, 1.0 and 1e2 too, since Go's
// integers are read from no other.
func number(literal string) json.Number {
	if !strings.ContainsAny(literal, ".eE") {
		return json.Number(literal)
	}
	const exact = 1 << 53
	if n, err := strconv.ParseFloat(literal, 64); err == nil && math.Abs(n) <= exact && n == math.Trunc(n) {
		return json.Number(strconv.FormatInt(int64(n), 10))
	}
	return json.Number(literal)
}

var errTooDeep = errors.New("nested too deep")

// syntax returns why data cannot be read as JSON, and where, but never quotes it.
func (d *decoder) syntax(err error) error {
	if err == errTooDeep {
		return notJSON("nests deeper than 64 levels, at " + position(d.data, int(d.InputOffset())-1))
	}
	if len(bytes.TrimLeft(d.data, " \t\r\n")) == 0 {
		return notJSON("is empty")
	}
	at := len(d.data)
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at = min(at, int(s.ByteOffset))
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) || at == len(d.data):
		return notJSON("ends before its JSON does, at " + position(d.data, len(d.data)))
	case !utf8.FullRune(d.data[at:]) || !validRune(d.data[at:]):
		return notJSON("is not UTF-8, at " + position(d.data, at))
	}
	return notJSON("is not JSON, at " + position(d.data, at))
}

func validRune(b []byte) bool {
	r, size := utf8.DecodeRune(b)
	return r != utf8.RuneError || size > 1
}

// position names the place of a byte the way editors do: lines and characters,
// counted from 1.
func position(data []byte, at int) string {
	before := data[:at]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return "line " + strconv.Itoa(line) + ", column " + strconv.Itoa(column)
}
