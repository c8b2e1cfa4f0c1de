package diff

import (
	"fmt"
	"slices"
	"strings"

	"attributed/openapi"
	"attributed/openapi/subset"
	"attributed/openapi/tree"
)

// schemas reports how two schemas differ in what the provers do not object to, so
// that nothing passes in silence. Both are read as one: references followed, allOf put together.
func (c *comparison) schemas(before, after *tree.Value, place string) {
	(&reader{comparison: c, seen: map[string]bool{}}).schemas(before, after, place)
}

type reader struct {
	*comparison
	seen map[string]bool
}

func (r *reader) schemas(before, after *tree.Value, place string) {
	key := fmt.Sprintf("%p %p", before, after)
	if before == nil && after == nil || r.seen[key] {
		return
	}
	r.seen[key] = true
	was, is := view(r.old, before), view(r.new, after)
	r.components(was, is, place)
	if was.ignored != is.ignored {
		r.note(place, "$ref siblings", "what stands beside the $ref differs (was {%s}, is {%s}): it is no part of the schema, for OpenAPI 3.0 ignores it", was.ignored, is.ignored)
	}
	r.keywords(was, is, place)
	r.properties(was, is, place)
	r.below("items", was, is, place+"[]", place)
	r.below("additionalProperties", was, is, place+".*", place)
	r.below("not", was, is, place, place)
	r.alternatives("anyOf", was, is, place)
	r.alternatives("oneOf", was, is, place)
}

// viewed is a schema with all that it is made of.
type viewed struct {
	spec       *openapi.Spec
	parts      []*tree.Value
	components []string // those that are referred to on the way
	schemas    int      // how many it is put together from
	ignored    string   // the constraints that stand beside a $ref
}

func view(spec *openapi.Spec, schema *tree.Value) viewed {
	v := viewed{spec: spec}
	v.take(schema, 0)
	return v
}

func (v *viewed) take(schema *tree.Value, depth int) {
	for ; schema.Ref() != "" && depth < 100; depth++ {
		v.components = append(v.components, openapi.ComponentName(schema.Ref()))
		v.texts(schema)
		schema = resolveOnce(v.spec, schema)
	}
	if !schema.Is(tree.Object) || depth >= 100 {
		return
	}
	v.parts = append(v.parts, schema)
	v.schemas++
	for _, part := range schema.Get("allOf").Elements() {
		v.take(part, depth+1)
	}
}

// texts keeps what stands beside a $ref.
func (v *viewed) texts(ref *tree.Value) {
	text := &tree.Value{Kind: tree.Object}
	for _, m := range ref.Members {
		switch {
		case m.Name == "$ref":
		case openapi.Beside(m.Name) || isText(m.Name):
			text.Members = append(text.Members, m)
		default:
			v.ignored += m.Name + ": " + m.Value.Canonical() + " "
		}
	}
	if len(text.Members) > 0 {
		v.parts = append(v.parts, text)
	}
}

func resolveOnce(spec *openapi.Spec, v *tree.Value) *tree.Value {
	target, err := spec.Target(v)
	if err != nil {
		return nil
	}
	return target
}

func (r *reader) components(was, is viewed, place string) {
	a, b := strings.Join(was.components, ", "), strings.Join(is.components, ", ")
	switch {
	case a == b:
		if was.schemas != is.schemas {
			r.note(place, "allOf", "the schema is put together otherwise")
		}
	case a == "":
		r.note(place, "component", "what was written out here is the component %s now", b)
	case b == "":
		r.note(place, "component", "what was the component %s is written out here now", a)
	default:
		r.note(place, "component", "it is described by the component %s now, no longer by %s", b, a)
	}
}

// note adds a finding that harms nobody, unless the same place is known to break something.
func (r *reader) note(place, kind, format string, args ...any) {
	if !r.broken[r.operation+"\n"+tidy(place)] {
		r.add(Compatible, place, kind, format, args...)
	}
}

// structure are the keywords of a schema that are looked into.
var structure = []string{"$ref", "allOf", "anyOf", "oneOf", "not", "properties", "required", "items", "additionalProperties"}

func (r *reader) keywords(was, is viewed, place string) {
	for _, name := range memberNames(append(slices.Clone(was.parts), is.parts...)...) {
		if slices.Contains(structure, name) {
			continue
		}
		a, b := was.values(name), is.values(name)
		if slices.Equal(a, b) {
			continue
		}
		detail := change(name, first(was, name), first(is, name))
		if isText(name) {
			if x, y := first(was, name), first(is, name); x.Canonical() != y.Canonical() {
				r.add(Compatible, place, name, "%s", detail)
			} else if slices.Equal(was.components, is.components) {
				r.add(Compatible, place, name, "%s of what it is made of differs", name)
			}
		} else if len(slices.Compact(slices.Clone(a))) != len(slices.Compact(slices.Clone(b))) || !slices.Equal(slices.Compact(a), slices.Compact(b)) {
			r.note(place, name, "%s", detail)
		}
	}
}

func (v viewed) values(name string) []string {
	var all []string
	for _, part := range v.parts {
		if value := part.Get(name); value != nil {
			all = append(all, value.Canonical())
		}
	}
	slices.Sort(all)
	return all
}

func first(v viewed, name string) *tree.Value {
	for _, part := range v.parts {
		if value := part.Get(name); value != nil {
			return value
		}
	}
	return nil
}

func (v viewed) property(name string) *tree.Value {
	for _, part := range v.parts {
		if property := part.At("properties", name); property != nil {
			return property
		}
	}
	return nil
}

// names returns the properties of both, in their order.
func names(was, is viewed) []string {
	return subset.PropertyNames(append(slices.Clone(was.parts), is.parts...))
}

func (v viewed) required() map[string]bool {
	all := map[string]bool{}
	for _, part := range v.parts {
		for _, name := range part.Get("required").Elements() {
			all[name.Str()] = true
		}
	}
	return all
}

func (r *reader) properties(was, is viewed, place string) {
	did, does := was.required(), is.required()
	for _, name := range names(was, is) {
		at := place + "." + name
		a, b := was.property(name), is.property(name)
		switch {
		case a == nil:
			r.note(at, "added", "the property is there now")
		case b == nil:
			r.note(at, "removed", "the property is gone; nothing required it")
		default:
			if did[name] != does[name] {
				r.note(at, "required", "the property is %s", map[bool]string{true: "required now", false: "no longer required"}[does[name]])
			}
			r.schemas(a, b, at)
		}
	}
}

// below compares a schema inside another one.
func (r *reader) below(keyword string, was, is viewed, inside, place string) {
	a, b := first(was, keyword), first(is, keyword)
	switch {
	case a.Is(tree.Object) && b.Is(tree.Object):
		r.schemas(a, b, inside)
	case a.Canonical() != b.Canonical():
		r.note(place, keyword, "%s", change(keyword, a, b))
	}
}

func (r *reader) alternatives(keyword string, was, is viewed, place string) {
	a, b := first(was, keyword).Elements(), first(is, keyword).Elements()
	if len(a) != len(b) {
		r.note(place, keyword, "%s had %d branches and has %d", keyword, len(a), len(b))
		return
	}
	for i := range a {
		r.schemas(a[i], b[i], place)
	}
}
