package server_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"
)

// oddTexts are what people send, and what breaks programs; the first are names that are
// taken before long.
var oddTexts = []string{
	"sales_region", "country", "a", secret, "", " ", "\x00", "\ufeff", "😀", "é", "e\u0301", "\u202e", "'; DROP TABLE users; --", `"\`, "%s%n", "null", "\u2028",
	strings.Repeat("a", 255), strings.Repeat("a", 256), strings.Repeat("😀", 255), strings.Repeat("é", 256), strings.Repeat("x", 5<<10),
}

// value draws a value of the schema, of the property with this name, that is wrong now and then.
func (g *nearlyGood) value(t *rapid.T, name string, schema *openapi3.Schema) any {
	if once(t, 60) {
		return sampled(t, []any{nil, true, 1.5, "", []any{}, map[string]any{}, []any{nil}, -1e300})
	}
	if schema.Nullable && once(t, 4) {
		return nil
	}
	switch {
	case schema.Type.Is(openapi3.TypeArray):
		elements := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			elements = append(elements, g.value(t, "", schema.Items.Value))
		}
		return elements
	case schema.Type.Is(openapi3.TypeString):
		return g.text(t, name)
	case schema.Type.Is(openapi3.TypeObject), len(schema.AllOf) > 0:
		members := map[string]any{}
		g.fill(t, members, schema)
		if once(t, 20) {
			odd := slices.DeleteFunc(slices.Clone(oddTexts), func(text string) bool { return text == secret }) // a place is told by its names
			members[sampled(t, append(odd, "Name", "uuid", "__proto__"))] = sampled(t, oddTexts)
		}
		return members
	}
	return rapid.IntRange(-1, 3).Draw(t, "number")
}

// fill draws the members of an object.
func (g *nearlyGood) fill(t *rapid.T, members map[string]any, schema *openapi3.Schema) {
	for _, part := range schema.AllOf {
		g.fill(t, members, part.Value)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		left := 3
		if slices.Contains(schema.Required, name) {
			left = 60
		}
		if !once(t, left) {
			members[name] = g.value(t, name, schema.Properties[name].Value)
		}
	}
}

// text draws a text: an id where the name says so.
func (g *nearlyGood) text(t *rapid.T, name string) string {
	if ids := g.ids[name]; ids != nil {
		if once(t, 10) {
			return sampled(t, ids)
		}
		return sampled(t, ids[:2])
	}
	if once(t, 4) {
		return sampled(t, oddTexts)
	}
	return sampled(t, oddTexts[:3]) + sampled(t, []string{"", "1"}) // few, so that names are taken
}
