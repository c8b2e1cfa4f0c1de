package cases

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// What a body has may have an older and a newer form, of which one has to be there.

// oneOf adds one of the alternatives to an object that has none.
func (g *Generator) oneOf(wanted []string, s *openapi3.Schema, made map[string]any, how Style, depth int) error {
	if len(wanted) == 0 || slices.ContainsFunc(wanted, func(name string) bool { _, there := made[name]; return there }) {
		return nil
	}
	name := wanted[g.Rand.IntN(len(wanted))]
	member, err := g.at(s.Properties[name], name, how, depth-1)
	made[name] = member
	return err
}

// inOlderForm drops from a body each list that has beside it a text of its name in the
// singular, as those send it who know only that, and reports whether there is any.
func inOlderForm(body any) (dropped bool) {
	switch b := body.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(b)) {
			_, one := b[name].(string)
			if _, several := b[name+"s"].([]any); one && several {
				delete(b, name+"s")
				dropped = true
			}
			dropped = inOlderForm(b[name]) || dropped
		}
	case []any:
		for _, element := range b {
			dropped = inOlderForm(element) || dropped
		}
	}
	return dropped
}
