package contract

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// badBodies makes bodies with one fault each, and bodies that a schema cannot rule
// out and that servers stumble over. Of what it says of a fault it makes sure.
func (g *generator) badBodies(ref *openapi3.SchemaRef, place string) []bodyCase {
	whole, err := g.value(ref, "", full)
	if err != nil {
		g = g.knowingAll(ref)
		if whole, err = g.value(ref, "", full); err != nil {
			return nil
		}
	}
	var all []bodyCase
	for _, branch := range orNone(branchesOf(ref)) {
		g.branch = branch
		all = append(all, g.faulty(ref, place)...)
	}
	g.branch = nil
	for _, body := range []any{[]any{whole}, nil, "text", 1, true} {
		c := newBody("a request with a body that is "+kindOf(body), "type", refused, body)
		c.place = place
		if !accepts(ref.Value, c.value, openapi3.VisitAsRequest()) {
			all = append(all, c)
		}
	}
	return append(all, g.malformed(ref, place)...)
}

// faulty makes bodies with one fault each.
func (g *generator) faulty(ref *openapi3.SchemaRef, place string) []bodyCase {
	whole, err := g.value(ref, "", full)
	if err != nil {
		return nil
	}
	var all []bodyCase
	for _, fault := range g.faults(ref, newBody("", "", refused, whole).value) {
		fresh, err := g.value(ref, "", full)
		if err != nil {
			continue
		}
		fault.edit(fresh)
		c := newBody("a request with "+fault.what, fault.kind, refused, fresh)
		if fault.soft {
			c.want = either
		}
		c.place = placeIn(ref, place, fault.place)
		if fault.soft || fault.kind == "unknown-reference" || !accepts(ref.Value, c.value, openapi3.VisitAsRequest()) {
			all = append(all, c)
		}
	}
	return all
}

// knowingAll is a generator that makes up what it does not know of.
func (g *generator) knowingAll(ref *openapi3.SchemaRef) *generator {
	all := *g
	all.known = map[string][]string{}
	var learn func(ref *openapi3.SchemaRef, name string, depth int)
	learn = func(ref *openapi3.SchemaRef, name string, depth int) {
		s := merged(ref)
		if s == nil || depth == 0 {
			return
		}
		if isReference(name) && isText(s) && len(g.known[name]) == 0 {
			all.known[name] = []string{g.uuid()}
		} else if isReference(name) {
			all.known[name] = g.known[name]
		}
		for member, property := range s.Properties {
			learn(property, member, depth-1)
		}
		learn(s.Items, name, depth-1)
	}
	learn(ref, "", maxDepth)
	return &all
}

// faults lists the changes of a full body, one place each, that spoil it.
func (g *generator) faults(ref *openapi3.SchemaRef, whole any) []edit {
	var all []edit
	walk(ref, whole, nil, func(at site) {
		if len(at.pointer) == 0 {
			if object := at.schema.AdditionalProperties.Has; object != nil && !*object {
				all = append(all, edit{what: "a property that the spec does not allow", kind: "extra", edit: addUnknown})
			}
			return
		}
		name := dotted(at.pointer)
		add := func(what, kind string, value any, soft bool) {
			all = append(all, edit{name + " " + what, kind, func(body any) { set(body, at.pointer, value) }, at.pointer, soft})
		}
		if at.required && !strings.HasSuffix(name, "[]") {
			all = append(all, edit{"no " + name, "missing", func(body any) { drop(body, at.pointer) }, at.pointer, false})
		}
		for _, other := range []any{12345, "text", true, []any{}, []any{"text"}, map[string]any{}} {
			if !accepts(at.schema, newBody("", "", taken, other).value, openapi3.VisitAsRequest()) {
				add("that is "+kindOf(other), "type", other, false)
			}
		}
		if !at.schema.Nullable {
			add("that is null", "null", nil, false)
		}
		g.bounds(at, add)
		if isText(at.schema) {
			g.oddTexts(at, add)
		}
		if key := referenceOf(merged(at.schema.Items)); isArray(at.schema) && key != "" {
			all = append(all, edit{name + " with the same " + key + " twice", "repeated-reference", func(body any) { repeat(body, at.pointer) }, at.pointer, true})
		}
	})
	return all
}

// bounds adds what lies just beyond each bound that the schema states.
func (g *generator) bounds(at site, add func(what, kind string, value any, soft bool)) {
	s := at.schema
	if isText(s) && s.MinLength > 0 {
		add(fmt.Sprintf("of %d characters", s.MinLength-1), "bound", g.textOf(int(s.MinLength)-1), false)
	}
	if isText(s) && s.MaxLength != nil {
		add(fmt.Sprintf("of %d characters", *s.MaxLength+1), "bound", g.textOf(int(*s.MaxLength)+1), false)
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
	if isArray(s) && s.MaxItems != nil && *s.MaxItems < most && !g.exceeded[s] {
		g.exceeded[s] = true // once is enough for all operations: it takes long
		add(fmt.Sprintf("with %d elements", *s.MaxItems+1), "bound", g.tooMany(s), false)
	}
	if isArray(s) && s.MinItems > 0 {
		add("with too few elements", "bound", make([]any, s.MinItems-1), false)
	}
	if len(s.Enum) > 0 {
		add("that is none of the listed values", "enum", g.unique(), false)
	}
	if s.Pattern != "" && isText(s) {
		for _, text := range []string{"no such text", "-", "0", ""} {
			if !accepts(s, text, openapi3.VisitAsRequest()) {
				add("that its pattern rules out", "pattern", text, false)
				break
			}
		}
	}
	if s.Format != "" && isText(s) {
		add("that is no "+s.Format, "format", "no "+s.Format, false)
	}
}

// tooMany is one element more than the schema allows. Those that refer to something
// refer to nothing that exists.
func (g *generator) tooMany(s *openapi3.Schema) []any {
	made := make([]any, *s.MaxItems+1)
	key := referenceOf(merged(s.Items))
	element, _ := g.knowingAll(s.Items).value(s.Items, "", minimal)
	for i := range made {
		made[i] = element
		if object, ok := element.(map[string]any); ok && key != "" {
			own := map[string]any{}
			for name, member := range object {
				own[name] = member
			}
			own[key] = g.uuid()
			made[i] = own
		}
	}
	return made
}

// oddTexts adds texts that the schema allows, and that cannot be stored or refer to
// nothing.
func (g *generator) oddTexts(at site, add func(what, kind string, value any, soft bool)) {
	switch {
	case isReference(at.name):
		soft := len(g.known[at.name]) == 0 // nothing is known of what it refers to
		add("that refers to nothing", "unknown-reference", g.uuid(), soft)
		add("that is no id", "unknown-reference", "no-such-"+g.unique(), soft)
		add("that is empty", "unknown-reference", "", soft)
	case isFree(at.schema):
		add("with the character U+0000", "odd-text", g.unique()+"\x00", true)
	}
}

// repeat has an array's first element twice.
func repeat(body any, pointer []string) {
	parent, _ := holder(body, pointer).(map[string]any)
	if list, ok := parent[pointer[len(pointer)-1]].([]any); ok && len(list) > 0 {
		parent[pointer[len(pointer)-1]] = append(slices.Clone(list), list[0])
	}
}

// malformed makes bodies that are no JSON, or no JSON that all agree on, and good
// ones whose content type is another.
func (g *generator) malformed(ref *openapi3.SchemaRef, place string) []bodyCase {
	good := func() bodyCase {
		made, err := g.value(ref, "", minimal)
		if object, _ := made.(map[string]any); err != nil || len(object) == 0 { // of {} there is little to cut
			made, _ = g.value(ref, "", full)
		}
		return newBody("", "", refused, made)
	}
	var all []bodyCase
	add := func(what, kind string, want expectation, contentType string, edit func(string) string) {
		c := good()
		text := edit(string(c.raw))
		c = bodyCase{what: "a request with " + what, kind: kind, want: want, raw: []byte(text), contentType: contentType, place: place}
		all = append(all, c)
	}
	const media = plainJSON
	add("an empty body", "malformed", refused, media, func(string) string { return "" })
	add("JSON without its end", "malformed", refused, media, func(b string) string { return b[:len(b)-1] })
	add("JSON cut in a text", "malformed", refused, media, func(b string) string { return b[:max(strings.LastIndexByte(b, '"'), 0)] })
	add("what is no JSON", "malformed", refused, media, func(string) string { return "not: json" })
	add("JSON with single quotes", "malformed", refused, media, func(b string) string { return strings.ReplaceAll(b, `"`, "'") })
	add("JSON with a comma too many", "malformed", refused, media, func(b string) string { return b[:len(b)-1] + ",}" })
	add("JSON and more after it", "malformed", either, media, func(b string) string { return b + " {}" })
	add("bytes that are not UTF-8", "malformed", either, media, func(b string) string { return `{"x":"` + "\xff\xfe" + `",` + b[1:] })
	add("half a surrogate pair", "malformed", either, media, func(b string) string { return `{"x":"\ud800",` + b[1:] })
	add("100 levels", "odd-body", either, media, func(b string) string {
		return `{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,` + b[1:]
	})
	add("a number of 400 digits", "odd-body", either, media, func(b string) string { return `{"x":` + strings.Repeat("9", 400) + `,` + b[1:] })
	for _, other := range []string{"application/xml", "text/plain", "application/x-www-form-urlencoded"} { // browsers send the last two unasked, to any host
		add("good JSON sent as "+other, "content-type", refused, other, func(b string) string { return b })
	}
	add("good JSON sent without a content type", "content-type", either, "", func(b string) string { return b })
	for i := range all { // what is good JSON may be stored
		if value, err := decodeJSON(all[i].raw); err == nil {
			all[i].value = value
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
