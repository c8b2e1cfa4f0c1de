package spec

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Pair is an older property and a newer one that may tell the same: a text, and a list of which
// it is the first.
type Pair struct{ One, Several string }

// Pairs returns those of an object's schema, by their names: value and values.
func Pairs(s *openapi3.Schema) []Pair {
	var all []Pair
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		one, several := Merged(s.Properties[name]), Merged(s.Properties[name+"s"])
		if IsText(one) && IsArray(several) && IsText(Merged(several.Items)) {
			all = append(all, Pair{name, name + "s"})
		}
	}
	return all
}
