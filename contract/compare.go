package contract

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/spec"
)

// difference is a place where two values part.
type difference struct {
	place     string
	want, got any
}

// comparison is how values are compared: what was sent with what is answered, or
// two answers about one thing.
type comparison struct {
	sent   bool                 // only what was sent counts, and what the answer has no property for does not
	paired func(spec.Pair) bool // of what was sent: properties that are two forms of the same
}

// differences compares want with got as far as both schemas speak of them. An
// optional member that is absent, null or empty is the same; the order of an array
// of objects, and the case of an id, do not count.
func (c comparison) differences(want, got any, wantSchema, gotSchema *openapi3.SchemaRef) []difference {
	return c.at("", want, got, wantSchema, gotSchema)
}

func (c comparison) at(place string, want, got any, wantRef, gotRef *openapi3.SchemaRef) []difference {
	if want == (any)(spec.Unjudged{}) || got == (any)(spec.Unjudged{}) {
		return nil
	}
	wantSchema, gotSchema := spec.MergedFor(wantRef, want, c.as()), spec.MergedFor(gotRef, got, openapi3.VisitAsResponse())
	if wantSchema == nil && wantRef != nil || gotSchema == nil && gotRef != nil {
		return nil // it is of no branch of its union, which has been told
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || !spec.IsObject(wantSchema) || !spec.IsObject(gotSchema) {
			break
		}
		return c.objects(place, w, g, wantSchema, gotSchema)
	case []any:
		g, ok := got.([]any)
		if !ok || !spec.IsArray(wantSchema) || !spec.IsArray(gotSchema) {
			break
		}
		return c.arrays(place, w, g, wantSchema, gotSchema)
	}
	if equal(want, got, gotSchema, place) {
		return nil
	}
	return []difference{{place, want, got}}
}

// as is how the expected value was on its way.
func (c comparison) as() openapi3.SchemaValidationOption {
	if c.sent {
		return openapi3.VisitAsRequest()
	}
	return openapi3.VisitAsResponse()
}

// silent reports whether a property is not to be compared: one that is only written is not
// answered (writeOnly), and what is only read was not for the client to send (readOnly).
func (c comparison) silent(want, got *openapi3.SchemaRef) bool {
	w, g := spec.Merged(want), spec.Merged(got)
	return w != nil && (w.WriteOnly || c.sent && w.ReadOnly) || g != nil && g.WriteOnly
}

func (c comparison) objects(place string, want, got map[string]any, wantSchema, gotSchema *openapi3.Schema) []difference {
	if c.paired != nil {
		want = bothForms(want, spec.Pairs(gotSchema), c.paired)
	}
	var found []difference
	for _, name := range slices.Sorted(maps.Keys(wantSchema.Properties)) {
		property := gotSchema.Properties[name]
		if property == nil {
			continue
		}
		w, wanted := want[name]
		g, there := got[name]
		switch {
		case w == (any)(spec.Unjudged{}), g == (any)(spec.Unjudged{}), c.sent && !wanted, c.silent(wantSchema.Properties[name], property):
			continue
		case !slices.Contains(gotSchema.Required, name) && nothing(w) && nothing(g):
			continue
		case wanted != there:
			found = append(found, difference{join(place, name), w, g})
			continue
		}
		found = append(found, c.at(join(place, name), w, g, wantSchema.Properties[name], property)...)
	}
	return found
}

// bothForms is what was sent with each of its paired properties in both forms: as the newer, if
// that has any, else as the older. Where neither has any the answer may say it in some way of
// its own, and what was sent in both forms is left out.
func bothForms(sent map[string]any, pairs []spec.Pair, paired func(spec.Pair) bool) map[string]any {
	sent = maps.Clone(sent)
	for _, p := range pairs {
		one, hasOne := sent[p.One]
		several, hasSeveral := sent[p.Several]
		list, _ := several.([]any)
		older, isList := one.([]any) // which the older form may take, too
		switch {
		case !paired(p) || !hasOne && !hasSeveral:
		case len(list) > 0:
			sent[p.One] = list[0]
		case hasOne && hasSeveral:
			delete(sent, p.One)
			delete(sent, p.Several)
		case len(older) > 0:
			sent[p.One], sent[p.Several] = older[0], older
		case isList:
			delete(sent, p.One)
		case hasOne && !nothing(one):
			sent[p.Several] = []any{one}
		}
	}
	return sent
}

// nothing reports whether a value says no more than leaving an optional member out.
func nothing(value any) bool { return value == nil || value == "" }

func join(place, name string) string { return strings.TrimPrefix(place+"."+name, ".") }

// arrays of objects are sets: each expected element must be there, and no other.
func (c comparison) arrays(place string, want, got []any, wantSchema, gotSchema *openapi3.Schema) []difference {
	rest := slices.Clone(got)
	key := keyOf(spec.Outline(wantSchema.Items), spec.Outline(gotSchema.Items))
	for _, w := range want {
		i := slices.IndexFunc(rest, func(g any) bool { return len(c.at(place, w, g, wantSchema.Items, gotSchema.Items)) == 0 })
		if i < 0 {
			return c.unlike(place, w, rest, key, wantSchema, gotSchema)
		}
		rest = slices.Delete(rest, i, i+1)
	}
	if len(rest) > 0 {
		return []difference{{place + "[]", nil, rest[0]}}
	}
	return nil
}

// unlike finds how an element that was not found differs from the one of its key.
func (c comparison) unlike(place string, want any, rest []any, key string, wantSchema, gotSchema *openapi3.Schema) []difference {
	for _, g := range rest {
		if key != "" && equal(spec.Dig(want, []string{key}), spec.Dig(g, []string{key}), nil, key) {
			return c.at(place+"[]", want, g, wantSchema.Items, gotSchema.Items)
		}
	}
	return []difference{{place + "[]", want, nil}}
}

// keyOf is the property by which elements of two arrays of objects are matched.
func keyOf(a, b *openapi3.Schema) string {
	if !spec.IsObject(a) || !spec.IsObject(b) {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(a.Properties)) {
		if spec.IsReference(name) && b.Properties[name] != nil {
			return name
		}
	}
	return ""
}

// uuidForm is RFC 9562, 4: of it case does not count.
var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// changing are the names of properties that may change with every update.
var changing = regexp.MustCompile(`(?i)updat|modif|chang|version|revision|last|etag|count`)

func equal(want, got any, schema *openapi3.Schema, place string) bool {
	if want == (any)(spec.Unjudged{}) || got == (any)(spec.Unjudged{}) {
		return true
	}
	switch w := want.(type) {
	case string:
		g, ok := got.(string)
		switch {
		case !ok:
			return false
		case w == g:
			return true
		case schema != nil && schema.Format == "date-time":
			return sameInstant(w, g)
		case uuidForm.MatchString(w):
			return strings.EqualFold(w, g)
		}
		return false
	case json.Number, float64, int, int64:
		return sameNumber(w, got)
	case []any:
		g, ok := got.([]any)
		return ok && slices.EqualFunc(w, g, func(a, b any) bool { return equal(a, b, nil, "") })
	case map[string]any:
		g, ok := got.(map[string]any)
		return ok && maps.EqualFunc(w, g, func(a, b any) bool { return equal(a, b, nil, "") })
	}
	return want == got
}

func sameInstant(a, b string) bool {
	x, err := spec.Instant(a)
	y, failed := spec.Instant(b)
	return err == nil && failed == nil && x.Equal(y)
}

func sameNumber(a, b any) bool {
	x, ok := spec.Rational(a)
	y, fits := spec.Rational(b)
	return ok && fits && x.Cmp(y) == 0
}
