package openapi_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"attributed/openapi"

	"github.com/google/go-cmp/cmp"
)

var get = []openapi.ServedOperation{{OperationID: "a", Method: "GET", Path: "/a", From: openapi.Upstream}}

// cut cuts a spec to the operation a.
func cut(t *testing.T, text string) (*openapi.Spec, error) {
	t.Helper()
	spec := parsed(t, text)
	return spec.Cut(spec.Locate(get))
}

func TestTheVendoredSpecIsItsOwnSlice(t *testing.T) {
	vendored := read(t, "swagger.json")
	served, err := openapi.ParseServed(read(t, "served.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var upstream []openapi.ServedOperation
	for _, operation := range served {
		if operation.From == openapi.Upstream {
			upstream = append(upstream, operation)
		}
	}
	spec := parsed(t, string(vendored))
	slice, err := spec.Cut(spec.Locate(upstream))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(slice.Root.Encode(), vendored) {
		t.Errorf("-vendored +cut again:\n%s", cmp.Diff(string(vendored), string(slice.Root.Encode())))
	}
}

func TestCutKeepsWhatIsReached(t *testing.T) {
	slice, err := cut(t, `{
	"info": {"title": "t", "version": "1.00"}, "openapi": "3.0.0", "security": [{"all": []}],
	"components": {
		"schemas": {
			"Far": {"type": "string", "example": {"$ref": "#/components/schemas/NotReached"}},
			"Near": {"properties": {"far": {"$ref": "#/components/schemas/Far"}, "near": {"$ref": "#/components/schemas/Near"}}},
			"NotReached": {"type": "string"},
			"Chosen": {"type": "object"}
		},
		"parameters": {"p": {"in": "query", "name": "p", "schema": {"type": "string"}}, "q": {}},
		"securitySchemes": {"all": {"type": "http", "scheme": "basic"}, "none": {}},
		"headers": {}
	},
	"paths": {
		"/b": {"get": {"operationId": "b"}},
		"/a": {
			"put": {"operationId": "c"},
			"get": {"operationId": "a", "parameters": [{"$ref": "#/components/parameters/p"}], "responses": {"200": {"description": "é \u00e9 \/", "content": {"application/json": {"schema": {"oneOf": [{"$ref": "#/components/schemas/Near"}], "discriminator": {"propertyName": "k", "mapping": {"x": "Chosen"}}}}}}}},
			"summary": "kept"
		}
	},
	"x-last": [1.0, 1e2, {}, []]}`)
	if err != nil {
		t.Fatal(err)
	}
	got := string(slice.Root.Encode())
	for _, kept := range []string{`"Far"`, `"Near"`, `"Chosen"`, `"p": {`, `"all": {`, `"summary": "kept"`, `"é \u00e9 \/"`, `"1.00"`, "1.0,\n", "1e2,\n", "{},\n", "[]\n"} {
		if !strings.Contains(got, kept) {
			t.Errorf("%s is gone: %s", kept, got)
		}
	}
	for _, left := range []string{`"NotReached":`, `"/b"`, `"put"`, `"q"`, `"none"`, `"headers"`} {
		if strings.Contains(got, left) {
			t.Errorf("%s is still there: %s", left, got)
		}
	}
	if strings.Index(got, `"info"`) > strings.Index(got, `"openapi"`) || strings.Index(got, `"components"`) > strings.Index(got, `"paths"`) {
		t.Errorf("the order is another: %s", got)
	}
}

func TestCutRefusesReferencesThatLeadNowhere(t *testing.T) {
	respond := func(schema string) string {
		return `{/a: {get: {operationId: a, responses: {'200': {description: ok, content: {application/json: {schema: ` + schema + `}}}}}}, /b: {get: {operationId: b, responses: {'200': {$ref: 'https://elsewhere.example/#/x'}}}}}`
	}
	for name, tt := range map[string]struct{ paths, schemas, says string }{
		"nowhere":            {respond(`{$ref: '#/components/schemas/None'}`), `{}`, `/paths/~1a/get/responses/200/content/application~1json/schema: $ref "#/components/schemas/None" leads nowhere`},
		"nowhere, from afar": {respond(`{$ref: '#/components/schemas/A'}`), `{A: {items: {$ref: '#/components/schemas/None'}}}`, `/components/schemas/A/items: $ref`},
		"another host":       {respond(`{$ref: 'https://elsewhere.example/spec.json#/x'}`), `{}`, `leads out of the document`},
		"another file":       {respond(`{$ref: 'other.yaml'}`), `{}`, `leads out of the document`},
		"the document":       {respond(`{$ref: '#'}`), `{}`, `leads to the whole document`},
		"an operation":       {respond(`{$ref: '#/paths/~1b/get'}`), `{}`, `something else than a component`},
		"no text":            {respond(`{$ref: 5}`), `{}`, `not a text`},
		"a circle":           {respond(`{$ref: '#/components/schemas/A'}`), `{A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}`, `in a circle`},
		"a circle of allOf":  {respond(`{$ref: '#/components/schemas/A'}`), `{A: {allOf: [{$ref: '#/components/schemas/A'}]}}`, `in a circle`},
		"a path elsewhere":   {`{/a: {$ref: '#/paths/~1b', get: {operationId: a}}}`, `{}`, `a path that is a $ref`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cut(t, document(tt.paths, tt.schemas))
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
}

// A few lines that are written out to millions of schemas, or of cases, must not keep us.
func TestCutRefusesWhatIsTooMuchWhenWrittenOut(t *testing.T) {
	const paths = `{/a: {get: {operationId: a, responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/C0'}}}}}}}}`
	chain := func(keyword string, levels int) string {
		var schemas strings.Builder
		for i := range levels {
			fmt.Fprintf(&schemas, `C%d: {%s: [{$ref: '#/components/schemas/C%d'}, {$ref: '#/components/schemas/C%d'}]}, `, i, keyword, i+1, i+1)
		}
		return fmt.Sprintf(`{%sC%d: {type: object}}`, schemas.String(), levels)
	}
	unions := func(n int) string {
		return `{C0: {allOf: [` + strings.Repeat(`{oneOf: [{type: object}, {type: string}]}, `, n) + `]}}`
	}
	for _, tt := range []struct {
		name, schemas string
		refused       bool
	}{
		{"allOf", chain("allOf", 40), true},
		{"anyOf", chain("anyOf", 40), true},
		{"allOf of unions", unions(40), true},
		{"a few of allOf", chain("allOf", 5), false},
		{"a few unions", unions(5), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := cut(t, document(paths, tt.schemas))
			if (err != nil) != tt.refused || tt.refused && !strings.Contains(err.Error(), "more than 10000 schemas or cases") {
				t.Error(err)
			}
		})
	}
}

func TestCutKeepsExamplesThatAreComponents(t *testing.T) {
	slice, err := cut(t, `{"openapi": "3.0.0",
	"paths": {"/a": {"get": {"operationId": "a", "parameters": [{"in": "query", "name": "q", "schema": {"type": "string"}, "examples": {"one": {"$ref": "#/components/examples/One"}}}],
		"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "string", "example": {"$ref": "#/nowhere"}}, "examples": {"two": {"$ref": "#/components/examples/Two"}, "three": {"value": {"$ref": "#/nowhere"}}}}}}}}}},
	"components": {"examples": {"One": {"value": "1"}, "Two": {"value": "2"}, "NotReached": {"value": "3"}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	if kept := slice.Root.At("components", "examples").Canonical(); kept != `{"One":{"value":"1",},"Two":{"value":"2",},}` {
		t.Error(kept)
	}
}

func TestCutRefusesWhatWouldBeOverlooked(t *testing.T) {
	for schema, says := range map[string]string{
		`{type: [string, 'null']}`:              `schema/type is an array, where OpenAPI 3.0 has a text`,
		`{exclusiveMinimum: 5}`:                 `schema/exclusiveMinimum is a number, where OpenAPI 3.0 has true or false`,
		`{required: name}`:                      `schema/required is a text, where OpenAPI 3.0 has an array or true or false`,
		`{properties: [a]}`:                     `schema/properties is an array, where`,
		`{properties: {type: true}}`:            `schema/properties/type is true or false, where OpenAPI 3.0 has an object`,
		`{allOf: [{maxLength: '5'}]}`:           `schema/allOf/0/maxLength is a text, where OpenAPI 3.0 has a number`,
		`{anyOf: [5]}`:                          `schema/anyOf/0 is a number`,
		`{items: true}`:                         `schema/items is true or false, where OpenAPI 3.0 has an object`,
		`{properties: {type: {enum: [a]}}}`:     ``, // properties that are called as keywords are
		`{example: {type: [a]}, x-type: [5]}`:   ``, // no keywords
		`{enum: [5, a, null], default: [true]}`: ``,
	} {
		spec := document(`{/a: {get: {operationId: a, responses: {'200': {description: ok, links: {next: {parameters: {id: a}}}, content: {application/json: {schema: `+schema+`}}}}}}}`, `{}`)
		_, err := cut(t, spec)
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v, want %q", schema, err, says)
		}
	}
	for _, operation := range []string{`parameters: {}`, `parameters: [5]`, `responses: []`, `requestBody: []`, `responses: {'200': {content: []}}`} {
		if _, err := cut(t, document(`{/a: {get: {operationId: a, `+operation+`}}}`, `{}`)); err == nil || !strings.Contains(err.Error(), "where OpenAPI 3.0 has") {
			t.Errorf("%s: %v", operation, err)
		}
	}
	if _, err := cut(t, document(`{/a: {parameters: {}, get: {operationId: a}}}`, `{}`)); err == nil || !strings.Contains(err.Error(), "/paths/~1a/parameters is an object, where OpenAPI 3.0 has an array") {
		t.Error(err)
	}
}

func TestCutLeavesAloneWhatIsNotReached(t *testing.T) {
	slice, err := cut(t, document(`{/a: {get: {operationId: a}}}`, `{A: {$ref: '#/nowhere'}, B: {$ref: '#/components/schemas/B'}, C: {$ref: 'https://elsewhere.example'}}`))
	if err != nil || slice.Root.Get("components") != nil {
		t.Error(err)
	}
}

func TestRecursionIsNoCircle(t *testing.T) {
	if _, err := cut(t, document(`{/a: {get: {operationId: a, responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}}}}`,
		`{A: {properties: {a: {$ref: '#/components/schemas/A'}}, items: {$ref: '#/components/schemas/A'}}}`)); err != nil {
		t.Error(err)
	}
}

func TestSlicesAreEqual(t *testing.T) {
	const base = `{"openapi": "3.0.0", "info": {"version": "1"}, "paths": {"/a": {"get": {"operationId": "a", "x": 10, "y": {"required": ["a", "b"], "enum": ["é"]}}}}}`
	for name, tt := range map[string]struct {
		old, new string
		equal    bool
	}{
		"other info":           {`"1"`, `"2"`, true},
		"another order":        {`"operationId": "a", "x": 10`, `"x": 10, "operationId": "a"`, true},
		"required in order":    {`["a", "b"]`, `["b", "a"]`, true},
		"a number":             {`10`, `1e1`, true},
		"a text":               {`"é"`, `"\u00e9"`, true},
		"another path":         {`"paths": {`, `"paths": {"/b": {"get": {}},`, true},
		"a security of all":    {`"info"`, `"security": [{"k": []}], "info"`, false},
		"another list":         {`["é"]`, `["é", 1]`, false},
		"a path with a member": {`{"get"`, `{"summary": "s", "get"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := cut(t, base)
			if err != nil {
				t.Fatal(err)
			}
			b, err := cut(t, strings.Replace(base, tt.old, tt.new, 1))
			if err != nil {
				t.Fatal(err)
			}
			if (a.Slice() == b.Slice()) != tt.equal {
				t.Errorf("equal is %t:\n%s\n%s", !tt.equal, a.Slice(), b.Slice())
			}
		})
	}
}

func TestServedByID(t *testing.T) {
	spec := parsed(t, document(`{/a: {get: {operationId: a}, put: {operationId: b}}, /b: {put: {operationId: b}}}`, `{}`))
	if got, err := spec.ServedByID([]string{"a", "a"}); err != nil || !cmp.Equal(got, get) {
		t.Errorf("%v %v", got, err)
	}
	for id, says := range map[string]string{"b": "PUT /a and at PUT /b", "c": `no operation "c"`} {
		if _, err := spec.ServedByID([]string{id}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", id, err)
		}
	}
}
