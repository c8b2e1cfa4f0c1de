// Package alternatives knows the one way in which our spec says that an object has at least one
// of several properties:
//
//	not: {allOf: [{not: {required: [a]}}, {not: {required: [b]}}]}
//
// Code is generated from it as if it were not there, where an anyOf would make a union.
package alternatives

import "github.com/getkin/kin-openapi/openapi3"

// Of returns the properties of which a schema wants at least one; nil if it does not say so.
func Of(s *openapi3.Schema) []string {
	if s == nil || s.Not == nil || s.Not.Value == nil {
		return nil
	}
	var names []string
	for _, without := range s.Not.Value.AllOf {
		if without.Value == nil || without.Value.Not == nil || without.Value.Not.Value == nil || len(without.Value.Not.Value.Required) != 1 {
			return nil
		}
		names = append(names, without.Value.Not.Value.Required[0])
	}
	return names
}
