package cases

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/report"
	"attributed/contract/spec"
)

// Expectation is what an answer must be.
type Expectation struct {
	Refuse bool
	Either bool         // taken or refused, but never with a server's error
	Class  report.Class // of the finding where it is taken although it must be refused
}

var (
	Taken   = Expectation{}
	Refused = Expectation{Refuse: true, Class: report.FaultAccepted}
	Either  = Expectation{Either: true}
	Denied  = Expectation{Refuse: true, Class: report.TokenUnchecked}
	Foreign = Expectation{Refuse: true, Class: report.ForeignData}
)

// Case is one body to send.
type Case struct {
	What        string // in words
	Kind        string
	Want        Expectation
	Raw         []byte
	Value       any    // decoded; nil if raw is no JSON
	ContentType string // "" sends none
	Place       string // of the fault, in the spec
}

// Texts are what often does not survive: it must come back as it was sent.
var Texts = []Text{
	{"white space around it", " \t", " \n"},
	{"letters whose lower case is another length", "İSTANBUL ", " Straße ǅ"},
	{"composed and decomposed accents", "é e\u0301 ", " \u212b \u00c5 A\u030a"},
	{"characters beyond the basic plane", "👩\u200d🚀 ", " 𝒳 🏳️\u200d🌈"},
	{"right-to-left and invisible characters", "\u05e9\u05dc\u05d5\u05dd \u200b", "\u202e \ufeff \u00a0"},
	{"compatibility characters", "ﬁ ① Ｆ ", " ½ ™ ㎏"},
	{"quotes, backslashes and markup", `"'\/` + "`", ` \n \u0041 &amp; <b>x</b> %s %00 ${x} {{x}}`},
	{"SQL", "'; DROP TABLE users; -- ", ` " OR 1=1 %_`},
	{"two spaces and other control characters", "a  b\t", "\r\n c \u0001\u001f"},
	{"what looks like a number", "007.", "e5"},
	{"mixed case", "aBc ", " XyZ"},
	{"a hash, a comma and an equals sign", "#a,b;c=", "|d&e?f"},
}

// GoodBodies makes bodies that the schema allows: the least, the most, each boundary,
// and as many random ones as asked for.
func (g *Generator) GoodBodies(ref *openapi3.SchemaRef, cases int) ([]Case, error) {
	var all []Case
	var failed error
	add := func(what, kind string, want Expectation, how Style, edits ...func(any)) {
		made, err := g.Value(ref, "", how)
		if err != nil {
			failed = err
			return
		}
		for _, edit := range edits {
			edit(made)
		}
		keep := func(what string, made any) {
			if c := NewCase("a valid request ("+what+")", kind, want, made); spec.Accepts(ref.Value, c.Value, openapi3.VisitAsRequest()) {
				all = append(all, c)
			}
		}
		keep(what, made)
		if how != Full || len(edits) > 0 {
			return
		}
		if older, err := g.Value(ref, "", how); err == nil && inOlderForm(older) {
			keep(what+", in the older form", older)
		}
	}
	add("only what is required", "minimal", Taken, Minimal)
	add("everything", "full", Taken, Full)
	if len(all) == 0 {
		return nil, failed
	}
	for _, kind := range Texts {
		g.Text = kind
		add("texts with "+kind.what, "text", Taken, Full)
		g.Text = Text{}
	}
	for _, text := range []string{"007", "1e5", "true", "null"} { // which some databases, and some readers, take for what they look like
		add("texts that are "+text, "text", Taken, Full, func(made any) { setAll(ref, made, text) })
	}
	g.lengths(ref, add)
	for i, branch := range spec.OrNone(spec.BranchesOf(ref)) {
		g.branch = branch
		if branch != nil {
			add(fmt.Sprintf("branch %d of its schema, only what is required", i+1), "branch", Taken, Minimal)
			add(fmt.Sprintf("branch %d of its schema, everything", i+1), "branch", Taken, Full)
		}
		for _, v := range g.allowed(ref, all[len(all)-1].Value) {
			add(v.what, v.kind, Taken, Full, v.edit)
		}
	}
	g.branch = nil
	add("properties that the spec does not know", "extra", Taken, Full, addUnknown)
	for range cases {
		g.Text = Texts[g.Rand.IntN(len(Texts))]
		if g.Rand.IntN(2) == 0 {
			g.Text = Text{}
		}
		add("random values", "random", Taken, Random)
		g.Text = Text{}
	}
	return all, nil
}

// lengths adds bodies whose texts are as short and as long as they may be.
func (g *Generator) lengths(ref *openapi3.SchemaRef, add func(string, string, Expectation, Style, ...func(any))) {
	want := Either // who states no bound at all may still have some
	if spec.StatesBounds(ref, spec.MaxDepth) {
		want = Taken
	}
	defer func() { g.Length = nil }()
	g.Length = func(s *openapi3.Schema) (int, bool) { return int(s.MinLength), true }
	add("texts of the least length", "length", want, Full)
	g.Length = func(s *openapi3.Schema) (int, bool) {
		if s.MaxLength == nil {
			return 0, false
		}
		return int(*s.MaxLength), true
	}
	add("texts of the greatest length", "length", Taken, Full)
	g.Length = func(s *openapi3.Schema) (int, bool) { return 300, s.MaxLength == nil }
	add("texts of 300 characters where the spec has no limit", "length", want, Full)
	g.Length = func(s *openapi3.Schema) (int, bool) { return 5000, s.MaxLength == nil }
	add("texts of 5,000 characters where the spec has no limit", "long", Either, Full)
}

// edit is a change of a body at one place.
type edit struct {
	what, kind string
	edit       func(body any)
	place      []string
	soft       bool // the schema does not rule it out
}

// allowed lists the changes of a full body, one place each, that leave it valid.
func (g *Generator) allowed(ref *openapi3.SchemaRef, whole any) []edit {
	var all []edit
	walk(ref, whole, nil, func(at site) {
		name := spec.Dotted(at.pointer)
		if len(at.pointer) == 0 {
			return
		}
		add := func(what, kind string, value any) {
			all = append(all, edit{what: name + " " + what, kind: kind, place: at.pointer, edit: func(body any) { Set(body, at.pointer, value) }})
		}
		if spec.TakesNull(at.schema) {
			add("null", "null", nil)
		}
		if !at.required {
			all = append(all, edit{what: "no " + name, kind: "absent", place: at.pointer, edit: func(body any) { Drop(body, at.pointer) }})
		}
		if spec.IsArray(at.schema) && at.schema.MinItems == 0 {
			add("empty", "array", []any{})
		}
		if spec.IsArray(at.schema) {
			if many, ok := g.many(at.schema); ok {
				add("with all that is known", "array", many)
			}
		}
		for _, value := range at.schema.Enum {
			add(fmt.Sprintf("%v", value), "enum", value)
		}
		if at.schema.Type.Is(openapi3.TypeBoolean) {
			add("true", "boolean", true)
			add("false", "boolean", false)
		}
		if at.schema.Min != nil {
			add("at its minimum", "bound", *at.schema.Min)
		}
		if at.schema.Max != nil {
			add("at its maximum", "bound", *at.schema.Max)
		}
	})
	return all
}

// many is an array with an element for everything known that it can refer to.
func (g *Generator) many(s *openapi3.Schema) (any, bool) {
	const most = 100
	key := referenceOf(spec.Merged(s.Items))
	count := min(len(g.Known[key]), most)
	if s.MaxItems != nil {
		count = min(count, int(*s.MaxItems))
	}
	if key == "" || count == 0 {
		return nil, false
	}
	made, err := g.elements(s, "", key, count, Full, spec.MaxDepth)
	return made, err == nil
}

// addUnknown adds members that no schema knows to each object that may have them.
func addUnknown(body any) {
	switch b := body.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(b)) {
			addUnknown(b[name])
		}
		b["xUnknown"] = map[string]any{"deep": []any{1, nil, "x"}}
	case []any:
		for _, element := range b {
			addUnknown(element)
		}
	}
}

// NewCase returns a case with a value as its body.
func NewCase(what, kind string, want Expectation, value any) Case {
	raw, err := spec.EncodeJSON(value)
	if err != nil {
		panic(err) // made of maps, slices, texts and numbers
	}
	decoded, _ := spec.DecodeValid(raw)
	return Case{What: what, Kind: kind, Want: want, Raw: raw, Value: decoded, ContentType: spec.PlainJSON}
}

// HoldsMark reports whether a body's own texts tell it from all others.
func (g *Generator) HoldsMark(raw []byte) bool { return strings.Contains(string(raw), g.Mark) }
