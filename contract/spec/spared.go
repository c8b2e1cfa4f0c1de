package spec

import (
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// Unjudged stands in a decoded answer where it is not as its schema says: what it should have
// been is unknown there, and nothing is concluded from it.
type Unjudged struct{}

// Judged reports whether there is a value that can be held against others.
func Judged(value any) bool { return value != nil && value != (any)(Unjudged{}) }

// Untold reports whether it cannot be said what an array has of which id: it, one of its
// elements or the id of one is not as its schema says.
func Untold(array any, id string) bool {
	all, _ := array.([]any)
	return array == (any)(Unjudged{}) || slices.ContainsFunc(all, func(element any) bool {
		return Dig(element, []string{id}) == (any)(Unjudged{})
	})
}

// Spare replaces the parts of an answer that its schema rules out, so that the rest can still
// be held against what is stored. It names them, and returns nil where that is the whole.
func Spare(schema *openapi3.SchemaRef, value any) (rest any, places []string) {
	if Accepts(schema.Value, value, openapi3.VisitAsResponse()) {
		return value, nil
	}
	for _, e := range schemaErrors(schema.Value.VisitJSON(value, append(options, openapi3.VisitAsResponse(), openapi3.MultiErrors())...)) {
		if e.allowed() {
			continue
		}
		if len(e.pointer) == 0 || !blot(value, e.pointer) {
			return nil, []string{"the whole"}
		}
		places = append(places, Dotted(e.pointer))
	}
	return value, places
}

// blot puts unjudged at a place. It reports whether there is such a place.
func blot(value any, pointer []string) bool {
	last := len(pointer) - 1
	for i, token := range pointer {
		switch v := value.(type) {
		case Unjudged:
			return true // all of it is, already
		case map[string]any:
			if i == last {
				v[token] = Unjudged{}
				return true
			}
			value = v[token]
		case []any:
			at, err := strconv.Atoi(token)
			if err != nil || at < 0 || at >= len(v) {
				return false
			}
			if i == last {
				v[at] = Unjudged{}
				return true
			}
			value = v[at]
		default:
			return false
		}
	}
	return false
}
