package cases

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/spec"
)

// site is one place of a body, with what the schema says of it.
type site struct {
	pointer  []string
	schema   *openapi3.Schema
	name     string // of the property, or of the array that it is in
	required bool
}

// walk visits the places of a value, outer ones first; of an array the last element, since
// who looks at the first alone looks at too little.
func walk(ref *openapi3.SchemaRef, value any, pointer []string, visit func(site)) {
	walkAt(ref, value, pointer, "", true, visit)
}

func walkAt(ref *openapi3.SchemaRef, value any, pointer []string, name string, required bool, visit func(site)) {
	s := spec.MergedFor(ref, value, openapi3.VisitAsRequest())
	if s == nil || len(pointer) > spec.MaxDepth {
		return
	}
	visit(site{pointer, s, name, required})
	switch v := value.(type) {
	case map[string]any:
		for _, member := range slices.Sorted(maps.Keys(v)) {
			if property := s.Properties[member]; property != nil {
				walkAt(property, v[member], slices.Concat(pointer, []string{member}), member, slices.Contains(s.Required, member), visit)
			}
		}
	case []any:
		if len(v) > 0 {
			walkAt(s.Items, v[len(v)-1], slices.Concat(pointer, []string{"0"}), name, true, visit)
		}
	}
}

func holder(body any, pointer []string) any {
	for _, token := range pointer[:len(pointer)-1] {
		switch b := body.(type) {
		case map[string]any:
			body = b[token]
		case []any:
			if len(b) == 0 {
				return nil
			}
			body = b[len(b)-1]
		}
	}
	return body
}

// Set replaces the value at a place of a body, if the place is there.
func Set(body any, pointer []string, value any) {
	switch parent := holder(body, pointer).(type) {
	case map[string]any:
		parent[pointer[len(pointer)-1]] = value
	case []any:
		if len(parent) > 0 {
			parent[len(parent)-1] = value
		}
	}
}

// Drop removes the member at a place of a body, if it is there.
func Drop(body any, pointer []string) {
	if parent, ok := holder(body, pointer).(map[string]any); ok {
		delete(parent, pointer[len(pointer)-1])
	}
}

// setAll sets all texts that need not be a thing's own: the nested ones, and those that may be null.
func setAll(ref *openapi3.SchemaRef, body any, text string) {
	var places [][]string
	walk(ref, body, nil, func(at site) {
		if spec.IsFree(at.schema) && !spec.IsReference(at.name) && (len(at.pointer) > 1 || spec.TakesNull(at.schema)) {
			places = append(places, at.pointer)
		}
	})
	for _, place := range places {
		Set(body, place, text)
	}
}

// rename gives a member another name.
func rename(body any, pointer []string, name string) {
	if parent, ok := holder(body, pointer).(map[string]any); ok {
		parent[name] = parent[pointer[len(pointer)-1]]
	}
	Drop(body, pointer)
}

// repeat has an array's first element twice.
func repeat(body any, pointer []string) {
	parent, _ := holder(body, pointer).(map[string]any)
	if list, ok := parent[pointer[len(pointer)-1]].([]any); ok && len(list) > 0 {
		parent[pointer[len(pointer)-1]] = append(slices.Clone(list), list[0])
	}
}
