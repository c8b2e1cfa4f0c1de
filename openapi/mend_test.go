package openapi_test

import (
	"strings"
	"testing"

	"attributed/openapi"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// parsed reads a spec that must be readable.
func parsed(t *testing.T, text string) *openapi.Spec {
	t.Helper()
	spec, err := openapi.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// document returns a spec with these paths and schemas, in YAML of one line each.
func document(paths, schemas string) string {
	return "openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths: " + paths + "\ncomponents: {schemas: " + schemas + "}\n"
}

func TestMend(t *testing.T) {
	const ok = `responses: {'200': {description: ok}}`
	for _, tt := range []struct {
		name, paths, schemas string
		want                 []openapi.Mended
		has                  string // in the mended spec
	}{
		{"a percent-encoded component key", `{/a: {get: {operationId: a, responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/A%253F'}}}}}}}}`,
			`{'A%3F': {type: string}}`,
			[]openapi.Mended{{Kind: openapi.EncodedKey, Place: "/components/schemas/A%3F"}}, `"#/components/schemas/A_"`},
		{"a reference that is not encoded as the key is", `{/a: {get: {operationId: a, responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/A%3F'}}}}}}}}`,
			`{'A%3F': {type: string}, A_: {type: integer}}`,
			[]openapi.Mended{{Kind: openapi.EncodedKey, Place: "/components/schemas/A%3F"}}, `"#/components/schemas/A__"`},
		{"null in an enum", `{}`, `{A: {type: string, enum: [a, null]}}`,
			[]openapi.Mended{{Kind: openapi.NullInEnum, Place: "/components/schemas/A/enum"}}, `"nullable": true`},
		{"null alone in an enum", `{}`, `{A: {type: number, nullable: true, enum: [null]}}`,
			[]openapi.Mended{{Kind: openapi.NullInEnum, Place: "/components/schemas/A/enum"}}, `"enum": []`},
		{"a path parameter that nobody declares", `{'/a/{b}': {get: {operationId: a, ` + ok + `}}}`, `{}`,
			[]openapi.Mended{{Kind: openapi.UndeclaredParameter, Place: "/paths/~1a~1{b}/get/parameters/b"}}, `"name": "b"`},
		{"an operationId that is there twice", `{/a: {get: {operationId: x, ` + ok + `}}, /b: {get: {operationId: x, ` + ok + `}}}`, `{}`,
			[]openapi.Mended{{Kind: openapi.DuplicateID, Place: "/paths/~1b/get/operationId"}}, `"x_2"`},
		{"a component that is an alias of itself", `{}`, `{A: {$ref: '#/components/schemas/A'}}`,
			[]openapi.Mended{{Kind: openapi.SelfAlias, Place: "/components/schemas/A"}}, `"A": {}`},
		{"a response with an empty schema", `{/a: {get: {operationId: a, responses: {'200': {description: ok, content: {application/json: {schema: {}}}}}}}}`, `{}`,
			[]openapi.Mended{{Kind: openapi.EmptyResponse, Place: "/paths/~1a/get/responses/200/content/application~1json"}}, `"x-go-type"`},
		{"a $ref with siblings", `{}`, `{A: {$ref: '#/components/schemas/B', nullable: true, description: d}, B: {type: string}}`,
			[]openapi.Mended{{Kind: openapi.RefSiblings, Place: "/components/schemas/A"}}, `"description": "d"`},
		{"nothing in examples and extensions", `{}`, `{A: {type: object, example: {$ref: nowhere, x: 1}, x-a: {enum: [null]}, properties: {enum: {type: string}, $ref: {type: string}}}}`, nil, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec := parsed(t, document(tt.paths, tt.schemas))
			if diff := cmp.Diff(tt.want, spec.Mend(nil)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			bare := spec.Bare().Root.Encode()
			if !strings.Contains(string(bare), tt.has) {
				t.Errorf("no %s in %s", tt.has, bare)
			}
			loaded, err := openapi3.NewLoader().LoadFromData(bare)
			if err == nil {
				err = loaded.Validate(t.Context())
			}
			if err != nil {
				t.Errorf("it is still not valid: %v", err)
			}
			if again := spec.Mend(nil); len(again) > 0 && again[0].Kind != openapi.RefSiblings {
				t.Errorf("mended twice: %v", again)
			}
		})
	}
}

func TestTheServedOperationKeepsItsID(t *testing.T) {
	spec := parsed(t, document(`{/a: {get: {operationId: x}}, /b: {get: {operationId: x}}}`, `{}`))
	located := spec.Locate([]openapi.ServedOperation{{OperationID: "x", Method: "GET", Path: "/b"}})
	want := []openapi.Mended{{Kind: openapi.DuplicateID, Place: "/paths/~1a/get/operationId"}}
	if diff := cmp.Diff(want, spec.Mend(located)); diff != "" {
		t.Error(diff)
	}
}
