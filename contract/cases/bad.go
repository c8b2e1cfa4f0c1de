package cases

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/spec"
	"attributed/openapi/alternatives"
)

// BadBodies makes bodies with one fault each, and bodies that a schema cannot rule
// out and that servers stumble over. Of what it says of a fault it makes sure.
func (g *Generator) BadBodies(ref *openapi3.SchemaRef, place string) []Case {
	whole, err := g.Value(ref, "", Full)
	if err != nil {
		g = g.KnowingAll(ref)
		if whole, err = g.Value(ref, "", Full); err != nil {
			return nil
		}
	}
	var all []Case
	for _, branch := range spec.OrNone(spec.BranchesOf(ref)) {
		g.branch = branch
		all = append(all, g.faulty(ref, place)...)
	}
	g.branch = nil
	for _, body := range []any{[]any{whole}, nil, "text", 1, true} {
		c := NewCase("a request with a body that is "+kindOf(body), "type", Refused, body)
		c.Place = place
		if !spec.Accepts(ref.Value, c.Value, openapi3.VisitAsRequest()) {
			all = append(all, c)
		}
	}
	return append(all, g.malformed(ref, place)...)
}

// faulty makes bodies with one fault each.
func (g *Generator) faulty(ref *openapi3.SchemaRef, place string) []Case {
	whole, err := g.Value(ref, "", Full)
	if err != nil {
		return nil
	}
	var all []Case
	for _, fault := range g.faults(ref, NewCase("", "", Refused, whole).Value) {
		fresh, err := g.Value(ref, "", Full)
		if err != nil {
			continue
		}
		fault.edit(fresh)
		c := NewCase("a request with "+fault.what, fault.kind, Refused, fresh)
		if fault.soft {
			c.Want = Either
		}
		c.Place = spec.PlaceIn(ref, place, fault.place)
		if fault.soft || fault.kind == "unknown-reference" || !spec.Accepts(ref.Value, c.Value, openapi3.VisitAsRequest()) {
			all = append(all, c)
		}
	}
	return all
}

// KnowingAll is a generator that makes up what it does not know of.
func (g *Generator) KnowingAll(ref *openapi3.SchemaRef) *Generator {
	all := *g
	all.Known = map[string][]string{}
	type place struct {
		schema *openapi3.Schema
		name   string
	}
	seen := map[place]bool{} // a union may lead to itself in many ways
	var learn func(ref *openapi3.SchemaRef, name string, depth int)
	learn = func(ref *openapi3.SchemaRef, name string, depth int) {
		s := spec.Merged(ref)
		if s == nil || depth == 0 || seen[place{ref.Value, name}] {
			return
		}
		seen[place{ref.Value, name}] = true
		if spec.IsReference(name) && spec.IsText(s) && len(g.Known[name]) == 0 {
			all.Known[name] = []string{g.UUID()}
		} else if spec.IsReference(name) {
			all.Known[name] = g.Known[name]
		}
		for _, member := range slices.Sorted(maps.Keys(s.Properties)) {
			learn(s.Properties[member], member, depth-1)
		}
		for _, branch := range slices.Concat(s.OneOf, s.AnyOf, []*openapi3.SchemaRef{s.Items}) {
			learn(branch, name, depth-1)
		}
	}
	learn(ref, "", spec.MaxDepth)
	return &all
}

// faults lists the changes of a full body, one place each, that spoil it.
func (g *Generator) faults(ref *openapi3.SchemaRef, whole any) []edit {
	var all []edit
	walk(ref, whole, nil, func(at site) {
		if names := alternatives.Of(at.schema); len(names) > 0 {
			place := spec.Dotted(append(slices.Clone(at.pointer), names[0]))
			all = append(all, edit{"neither " + place + " nor what may stand in its place", "missing", func(body any) {
				for _, name := range names {
					Drop(body, append(slices.Clone(at.pointer), name))
				}
			}, at.pointer, false})
		}
		if len(at.pointer) == 0 {
			if object := at.schema.AdditionalProperties.Has; object != nil && !*object {
				all = append(all, edit{what: "a property that the spec does not allow", kind: "extra", edit: addUnknown})
			}
			return
		}
		name := spec.Dotted(at.pointer)
		add := func(what, kind string, value any, soft bool) {
			all = append(all, edit{name + " " + what, kind, func(body any) { Set(body, at.pointer, value) }, at.pointer, soft})
		}
		if at.required && !strings.HasSuffix(name, "[]") {
			all = append(all, edit{"no " + name, "missing", func(body any) { Drop(body, at.pointer) }, at.pointer, false})
			if loud := strings.ToUpper(at.name); loud != at.name { // which is another name, though some readers take it for that one
				all = append(all, edit{name + " as " + loud, "missing", func(body any) { rename(body, at.pointer, loud) }, at.pointer, false})
			}
		}
		for _, other := range []any{12345, "text", true, []any{}, []any{"text"}, map[string]any{}} {
			if !spec.Accepts(at.schema, NewCase("", "", Taken, other).Value, openapi3.VisitAsRequest()) {
				add("that is "+kindOf(other), "type", other, false)
			}
		}
		if !at.schema.Nullable {
			add("that is null", "null", nil, false)
		}
		g.bounds(at, add)
		if spec.IsText(at.schema) {
			g.oddTexts(at, add)
		}
		if key := referenceOf(spec.Merged(at.schema.Items)); spec.IsArray(at.schema) && key != "" {
			all = append(all, edit{name + " with the same " + key + " twice", "repeated-reference", func(body any) { repeat(body, at.pointer) }, at.pointer, true})
		}
	})
	return all
}

// bounds adds what lies just beyond each bound that the schema states.
func (g *Generator) bounds(at site, add func(what, kind string, value any, soft bool)) {
	s := at.schema
	if spec.IsText(s) && s.MinLength > 0 {
		add(fmt.Sprintf("of %d characters", s.MinLength-1), "bound", g.TextOf(int(s.MinLength)-1), false)
	}
	if spec.IsText(s) && s.MaxLength != nil {
		add(fmt.Sprintf("of %d characters", *s.MaxLength+1), "bound", g.TextOf(int(*s.MaxLength)+1), false)
	}
	if s.ExclusiveMin.IsSet() && s.Min != nil {
		add("at its minimum, which is excluded", "bound", *s.Min, false)
	}
	if s.ExclusiveMax.IsSet() && s.Max != nil {
		add("at its maximum, which is excluded", "bound", *s.Max, false)
	}
	if s.Min != nil {
		add("below its minimum", "bound", math.Floor(*s.Min)-1, false)
	}
	if s.Max != nil {
		add("above its maximum", "bound", math.Ceil(*s.Max)+1, false)
	}
	const most = 20_000 // elements that are still sent to exceed a bound
	if spec.IsArray(s) && s.MaxItems != nil && *s.MaxItems < most && !g.exceeded[s] {
		g.exceeded[s] = true // once is enough for all operations: it takes long
		add(fmt.Sprintf("with %d elements", *s.MaxItems+1), "bound", g.tooMany(s), false)
	}
	if spec.IsArray(s) && s.MinItems > 0 {
		add("with too few elements", "bound", make([]any, s.MinItems-1), false)
	}
	if len(s.Enum) > 0 {
		add("that is none of the listed values", "enum", g.Unique(), false)
	}
	if s.Pattern != "" && spec.IsText(s) {
		for _, text := range []string{"no such text", "-", "0", ""} {
			if !spec.Accepts(s, text, openapi3.VisitAsRequest()) {
				add("that its pattern rules out", "pattern", text, false)
				break
			}
		}
	}
	if s.Format != "" && spec.IsText(s) {
		add("that is no "+s.Format, "format", "no "+s.Format, false)
	}
}

// tooMany is one element more than the schema allows. Those that refer to something
// refer to nothing that exists.
func (g *Generator) tooMany(s *openapi3.Schema) []any {
	made := make([]any, *s.MaxItems+1)
	key := referenceOf(spec.Merged(s.Items))
	element, _ := g.KnowingAll(s.Items).Value(s.Items, "", Minimal)
	for i := range made {
		made[i] = element
		if object, ok := element.(map[string]any); ok && key != "" {
			own := map[string]any{}
			for name, member := range object {
				own[name] = member
			}
			own[key] = g.UUID()
			made[i] = own
		}
	}
	return made
}

// oddTexts adds texts that the schema allows, and that cannot be stored or refer to
// nothing.
func (g *Generator) oddTexts(at site, add func(what, kind string, value any, soft bool)) {
	switch {
	case spec.IsReference(at.name):
		soft := len(g.Known[at.name]) == 0 // nothing is known of what it refers to
		add("that refers to nothing", "unknown-reference", g.UUID(), soft)
		add("that is no id", "unknown-reference", "no-such-"+g.Unique(), soft)
		add("that is empty", "unknown-reference", "", soft)
	case spec.IsFree(at.schema):
		add("with the character U+0000", "odd-text", g.Unique()+"\x00", true)
	}
}

// malformed makes bodies that are no JSON, or no JSON that all agree on, and good
// ones whose content type is another.
func (g *Generator) malformed(ref *openapi3.SchemaRef, place string) []Case {
	good := func() Case {
		made, err := g.Value(ref, "", Minimal)
		if object, _ := made.(map[string]any); err != nil || len(object) == 0 { // of {} there is little to cut
			made, _ = g.Value(ref, "", Full)
		}
		return NewCase("", "", Refused, made)
	}
	var all []Case
	add := func(what, kind string, want Expectation, contentType string, edit func(string) string) {
		c := good()
		text := edit(string(c.Raw))
		c = Case{What: "a request with " + what, Kind: kind, Want: want, Raw: []byte(text), ContentType: contentType, Place: place}
		all = append(all, c)
	}
	const media = spec.PlainJSON
	add("an empty body", "malformed", Refused, media, func(string) string { return "" })
	add("JSON without its end", "malformed", Refused, media, func(b string) string { return b[:len(b)-1] })
	add("JSON cut in a text", "malformed", Refused, media, func(b string) string { return b[:max(strings.LastIndexByte(b, '"'), 0)] })
	add("what is no JSON", "malformed", Refused, media, func(string) string { return "not: json" })
	add("JSON with single quotes", "malformed", Refused, media, func(b string) string { return strings.ReplaceAll(b, `"`, "'") })
	add("JSON with a comma too many", "malformed", Refused, media, func(b string) string { return b[:len(b)-1] + ",}" })
	add("JSON and more after it", "malformed", Either, media, func(b string) string { return b + " {}" })
	add("bytes that are not UTF-8", "malformed", Either, media, func(b string) string { return `{"x":"` + "\xff\xfe" + `",` + b[1:] })
	add("half a surrogate pair", "malformed", Either, media, func(b string) string { return `{"x":"\ud800",` + b[1:] })
	add("100 levels", "odd-body", Either, media, func(b string) string {
		return `{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,` + b[1:]
	})
	add("a number of 400 digits", "odd-body", Either, media, func(b string) string { return `{"x":` + strings.Repeat("9", 400) + `,` + b[1:] })
	for _, other := range []string{"application/xml", "text/plain", "application/x-www-form-urlencoded"} { // browsers send the last two unasked, to any host
		add("good JSON sent as "+other, "content-type", Refused, other, func(b string) string { return b })
	}
	add("good JSON sent without a content type", "content-type", Either, "", func(b string) string { return b })
	for i := range all { // what is good JSON may be stored
		if value, err := spec.DecodeJSON(all[i].Raw); err == nil {
			all[i].Value = value
		}
	}
	return all
}

// kindOf is what a value is, in words.
func kindOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case int, float64, json.Number:
		return "a number"
	case []any:
		if len(v) > 0 {
			return "an array of " + strings.TrimPrefix(strings.TrimPrefix(kindOf(v[0]), "a "), "an ") + "s"
		}
		return "an empty array"
	}
	return "an object"
}
