package subset_test

import (
	"slices"
	"testing"

	"attributed/openapi"
	"attributed/openapi/subset"
)

// The verdicts that clients meet are in the rows of package diff. These are the terms of the
// package comment: what is proven of requests, and which keywords stand in the way.
func TestProve(t *testing.T) {
	for _, tt := range []struct {
		name, a, b string
		kinds      []string // of the failures; none is a proof
	}{
		{"the same", "{type: string}", "{type: string}", nil},
		{"a set of two schemas", "{allOf: [{minimum: 1, type: number}, {maximum: 5}]}", "{type: number, minimum: 0, maximum: 5}", nil},
		{"a shape that is nothing", "{allOf: [{type: string}, {type: number}]}", "{type: boolean}", nil},
		{"null is a value", "{type: string, nullable: true}", "{type: string}", []string{"null"}},
		{"each choice has a branch", "{anyOf: [{type: string, maxLength: 3}, {type: integer}]}", "{oneOf: [{type: number}, {type: string, maxLength: 9}]}", nil},
		{"a choice has none", "{anyOf: [{type: string}, {type: boolean}]}", "{anyOf: [{type: string}, {type: number}]}", []string{"enum"}},
		{"a set is divided by type", "{}", "{nullable: true, anyOf: [{type: string}, {type: number}, {type: boolean}, {type: object}, {type: array}]}", nil},
		{"a set is divided by a property of few values", "{type: object, required: [k], properties: {k: {type: string, enum: [x, y]}}}",
			"{anyOf: [{type: object, properties: {k: {type: string, enum: [x]}}}, {type: object, properties: {k: {type: string, enum: [y]}}}]}", nil},
		{"branches that a value may both match", "{type: integer}", "{oneOf: [{type: integer}, {type: number}]}", []string{"oneOf"}},
		{"ruled out before", "{type: string, not: {enum: [a, b]}}", "{not: {enum: [a]}}", nil},
		{"ruled out by its type", "{type: string}", "{not: {type: number}}", nil},
		{"the trail: a schema that contains itself", "{$ref: '#/components/schemas/List'}", "{$ref: '#/components/schemas/List'}", nil},
		{"the trail: what fails further in", "{$ref: '#/components/schemas/List'}", "{$ref: '#/components/schemas/Short'}", []string{"maximum"}},
		{"listed values", "{type: integer, enum: [1, 2]}", "{type: integer, minimum: 1, maximum: 2}", nil},
		{"a format within another", "{type: integer, format: int32}", "{type: integer, format: int64}", nil},
		{"it gives up: patterns", "{type: string, pattern: '^a$'}", "{type: string, pattern: '^[a-z]$'}", []string{"pattern"}},
		{"it gives up: unknown keywords", "{type: string}", "{type: string, contentEncoding: base64}", []string{"contentEncoding"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec, err := openapi.Read([]byte("openapi: 3.0.0\npaths: {}\ncomponents: {schemas: {" +
				"List: {type: object, properties: {value: {type: integer}, next: {$ref: '#/components/schemas/List'}}}, " +
				"Short: {type: object, properties: {value: {type: integer, maximum: 5}, next: {$ref: '#/components/schemas/Short'}}}, " +
				"A: " + tt.a + ", B: " + tt.b + "}}"))
			if err != nil {
				t.Fatal(err)
			}
			schemas := spec.Root.At("components", "schemas")
			var kinds []string
			failures := subset.OfRequests(spec, spec).Prove(schemas.Get("A"), schemas.Get("B"), "")
			for _, f := range failures {
				kinds = append(kinds, f.Kind)
			}
			if !slices.Equal(kinds, tt.kinds) {
				t.Errorf("%v, want %v: %+v", kinds, tt.kinds, failures)
			}
		})
	}
}
