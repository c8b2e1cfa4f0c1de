package openapi_test

import (
	"strings"
	"testing"

	"attributed/openapi"
)

// ours implements GET /things/{id}, and whoever calls it needs a token.
const ours = `{"openapi": "3.0.0", "security": [{"Key": []}], "servers": [{"url": "/"}],
	"paths": {"/things/{id}": {"get": {"operationId": "getThing", "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}}}},
	"components": {"schemas": {"Thing": {"$ref": "#/components/schemas/Same"}, "Same": {"type": "string"}},
		"securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "Authorization"}}}}`

func host(t *testing.T, whole string) (*openapi.Spec, error) {
	t.Helper()
	var specs []*openapi.Spec
	for _, text := range []string{whole, ours} {
		spec, err := openapi.Read([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		spec.Mend(nil)
		specs = append(specs, spec)
	}
	return specs[0].Host(specs[1], "none")
}

func TestHostPutsOursIntoTheWholeSpec(t *testing.T) {
	spec, err := host(t, `{"openapi": "3.0.0", "security": [{"Other": []}], "servers": [{"url": "https://example.com"}],
		"paths": {
			"/things/{id}": {"parameters": [{"in": "path", "name": "id", "required": true, "schema": {"type": "integer"}}, {"in": "query", "name": "q", "schema": {"type": "string"}}],
				"get": {"operationId": "old", "responses": {}},
				"put": {"operationId": "getThing", "security": [], "servers": [{"url": "https://example.com"}], "parameters": [{"in": "query", "name": "q", "schema": {"type": "number"}}],
					"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}}}},
		"components": {"schemas": {"Thing": {"allOf": [{"$ref": "#/components/schemas/Same"}, {"$ref": "#/components/schemas/Thing_attributed"}]}, "Same": {"type": "string"}, "Thing_attributed": {}},
			"securitySchemes": {"Other": {"type": "http", "scheme": "basic"}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	item := []string{"paths", "/things/{id}"}
	for place, want := range map[string]string{
		"get/operationId": `"getThing"`, "get/x-attributed": `"real"`, "put/operationId": `"getThing_2"`, "put/x-attributed": `"none"`,
		"get/responses/200/content/application~json/schema/$ref": `"#/components/schemas/Thing_attributed_"`,
		"put/responses/200/content/application~json/schema/$ref": `"#/components/schemas/Thing"`,
	} {
		names := item
		for name := range strings.SplitSeq(place, "/") {
			names = append(names[:len(names):len(names)], strings.ReplaceAll(name, "~", "/"))
		}
		if got := spec.Root.At(names...).Literal(); got != want {
			t.Errorf("%s is %s, want %s", place, got, want)
		}
	}
	put := spec.Root.At("paths", "/things/{id}", "put")
	if got := put.Get("parameters").Canonical(); !strings.Contains(got, "number") || !strings.Contains(got, "integer") || strings.Contains(got, `"string"`) {
		t.Errorf("of the path's parameters the operation has %s", got)
	}
	if text := string(spec.Root.Encode()); strings.Contains(text, "example.com") || strings.Contains(text, "basic") || put.Get("security") != nil {
		t.Errorf("other servers or ways to say who calls are in\n%s", text)
	}
}

func TestHostRefuses(t *testing.T) {
	const none = `{"responses": {}}`
	for whole, says := range map[string]string{
		`{"openapi": "3.0.0", "paths": {"/a/{x}": {"get": ` + none + `}, "/a/{y}": {"get": ` + none + `}}}`:                                                 "two operations at one method and path: GET /a/{x} and GET /a/{y}",
		`{"openapi": "3.0.0", "paths": {"/a": {"$ref": "#/paths/~1b"}}}`:                                                                                    "/paths/~1a: a path that is a $ref",
		`{"openapi": "3.0.0", "paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/x"}}}}}}}}}`: "leads nowhere",
	} {
		if _, err := host(t, whole); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}
