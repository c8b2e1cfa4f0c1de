package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
)

// bodyShape is the shape of a schema that our own spec does not have; others,
// by name, are what it may refer to.
func bodyShape(t *testing.T, schema string) *shape {
	t.Helper()
	return testOperation(t, `"requestBody":{"required":true,"content":{"application/json":{"schema":`+schema+`}}}`).body
}

// testOperation is POST /things/{id} with these fields.
func testOperation(t *testing.T, fields string) *operation {
	t.Helper()
	spec, err := openapi3.NewLoader().LoadFromData([]byte(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},
		"paths":{"/things/{id}":{"post":{"operationId":"op",` + fields + `,"responses":{}}}},
		"components":{"schemas":{
			"Tree":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"children":{"type":"array","items":{"$ref":"#/components/schemas/Tree"}}}}
		}}}`))
	if err != nil {
		t.Fatal(err)
	}
	operations, err := operationsOf(spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	return operations["op"]
}

func TestWordsForEveryKeyword(t *testing.T) {
	property := func(schema string) string { return `{"type":"object","properties":{"a":` + schema + `}}` }
	tests := []struct{ schema, body, place, want string }{
		{property(`{"type":"integer"}`), `{"a":1.5}`, "body.a", "must be a whole number"},
		{property(`{"type":"integer"}`), `{"a":"1"}`, "body.a", "must be a whole number"},
		{property(`{"type":"number"}`), `{"a":1e999}`, "body.a", "is out of range"},
		{property(`{"type":"boolean"}`), `{"a":"true"}`, "body.a", "must be true or false"},
		{property(`{"type":"array","items":{}}`), `{"a":{}}`, "body.a", "must be an array"},
		{property(`{"type":"object"}`), `{"a":[]}`, "body.a", "must be an object"},
		{property(`{"type":"string","enum":["x"]}`), `{"a":"y"}`, "body.a", "is not one of the allowed values"},
		{property(`{"type":"string","pattern":"^x$"}`), `{"a":"y"}`, "body.a", "does not have the required form"},
		{property(`{"type":"string","format":"date"}`), `{"a":"y"}`, "body.a", "does not have the required form"},
		{property(`{"type":"string","minLength":2}`), `{"a":"y"}`, "body.a", "must have at least 2 characters"},
		{property(`{"type":"string","maxLength":2000}`), `{"a":"` + strings.Repeat("y", 2001) + `"}`, "body.a", "must have at most 2,000 characters"},
		{property(`{"type":"number","minimum":1500000}`), `{"a":1}`, "body.a", "must be at least 1,500,000"},
		{property(`{"type":"number","maximum":0.5}`), `{"a":1}`, "body.a", "must be at most 0.5"},
		{property(`{"type":"number","maximum":1,"exclusiveMaximum":true}`), `{"a":1}`, "body.a", "does not have the required shape"},
		{property(`{"type":"number","multipleOf":10}`), `{"a":1}`, "body.a", "must be a multiple of 10"},
		{property(`{"type":"array","items":{},"minItems":1}`), `{"a":[]}`, "body.a", "must have at least 1 element"},
		{property(`{"type":"array","items":{},"maxItems":1}`), `{"a":[1,2,3]}`, "body.a", "must have at most 1 element"},
		{property(`{"type":"array","items":{},"uniqueItems":true}`), `{"a":[1,1]}`, "body.a", "must not have the same element twice"},
		{property(`{"type":"string","readOnly":true}`), `{"a":"x"}`, "body.a", "must not be sent"},
		{`{"type":"object","minProperties":1}`, `{}`, "body", "must have at least 1 member"},
		{`{"type":"object","maxProperties":1}`, `{"a":1,"b":2}`, "body", "must have at most 1 member"},
		{`{"type":"object","additionalProperties":false}`, `{"a":1}`, "body", "has a member that is not allowed"},
		{`{"type":"object","additionalProperties":{"type":"string"}}`, `{"a b":1}`, `body["a b"]`, "must be a string"},
		{`{"oneOf":[{"type":"string"},{"type":"boolean"}]}`, `1`, "body", "does not have the required shape"},
		{`{"anyOf":[{"type":"string"},{"type":"boolean"}]}`, `[[1]]`, "body", "does not have the required shape"},
		{`{"not":{"type":"string"}}`, `"x"`, "body", "does not have the required shape"},
		{`{"type":"array","items":{"type":"array","items":{"type":"string"}}}`, `[["x"],["x",1]]`, "body[1][1]", "must be a string"},
		{`{"type":"array","items":{"oneOf":[{"type":"string"}]}}`, `["x",1]`, "body[1]", "does not have the required shape"},
		{`{"allOf":[{"type":"object","properties":{"a":{"type":"array","maxItems":3,"items":{"type":"string"}}}},{"type":"object","properties":{"a":{"type":"array","maxItems":9,"items":{"type":"string","minLength":1}}}}]}`, `{"a":["x",""]}`, "body.a[1]", "must not be empty"},
		{`{"$ref":"#/components/schemas/Tree"}`, `{"name":"x","children":[{"name":"x","children":[{"name":"y"},{"name":1}]}]}`, "body.children[0].children[1].name", "must be a string"},
	}
	for _, tt := range tests {
		t.Run(tt.want+" "+tt.body[:min(len(tt.body), 30)], func(t *testing.T) {
			var f faults
			sh := bodyShape(t, tt.schema)
			body, err := decode([]byte(tt.body), sh, &f)
			if err != nil {
				t.Fatal(err)
			}
			sh.check(body, &f)
			if len(f.list) != 1 || f.list[0] != (fault{tt.place, tt.want}) {
				t.Errorf("%q, want %q %q", f.list, tt.place, tt.want)
			}
		})
	}
}

// TestShapesKeepWhatTheirSchemaSpeaksOf shows what is left of a body.
func TestShapesKeepWhatTheirSchemaSpeaksOf(t *testing.T) {
	const body = `{"a":{"b":[1,2,3,4],"c":[5],"d":{"e":6}},"f":7}`
	object := func(properties string) string { return `{"type":"object","properties":{` + properties + `}}` }
	tests := []struct{ name, schema, want string }{
		{"members that are named", object(`"a":` + object(`"d":`+object(`"e":{"type":"number"}`))), `{"a":{"d":{"e":6}}}`},
		{"one element too many", object(`"a":` + object(`"b":{"type":"array","maxItems":2,"items":{"type":"number"}}`)), `{"a":{"b":[1,2,3]}}`},
		{"the least of two limits", object(`"a":{"allOf":[` + object(`"b":{"type":"array","maxItems":3,"items":{}}`) + `,` + object(`"b":{"type":"array","maxItems":1,"items":{}}`) + `]}`), `{"a":{"b":[1,2]}}`},
		{"an empty array where none is allowed", object(`"a":` + object(`"b":{"type":"string"}`)), `{"a":{"b":[]}}`},
		{"an empty object where none is allowed", object(`"a":{"type":"string"},"f":{"type":"number"}`), `{"a":{},"f":7}`},
		{"all of what may be anything", object(`"a":{}`), `{"a":{"b":[1,2,3,4],"c":[5],"d":{"e":6}}}`},
		{"all where the schema cannot be told by members", `{"type":"object","additionalProperties":false}`, body},
		{"all where names are free", `{"type":"object","additionalProperties":{}}`, body},
		{"all within oneOf", object(`"a":{"oneOf":[{"type":"object"}]}`), `{"a":{"b":[1,2,3,4],"c":[5],"d":{"e":6}}}`},
		{"all of a keyword of tomorrow", `{"type":"object","minProperties":1}`, body},
		{"members that two parts name", `{"allOf":[` + object(`"f":{"type":"number"}`) + `,` + object(`"a":{"type":"string"}`) + `]}`, `{"a":{},"f":7}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f faults
			kept, err := decode([]byte(body), bodyShape(t, tt.schema), &f)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := json.Marshal(kept); err != nil || string(got) != tt.want {
				t.Errorf("%s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	op := testOperation(t, `"parameters":[
		{"in":"path","name":"id","required":true,"schema":{"type":"string","maxLength":3}},
		{"in":"query","name":"page","schema":{"type":"integer","minimum":1}},
		{"in":"query","name":"q","required":true,"schema":{"type":"string"}},
		{"in":"query","name":"list","schema":{"type":"array","items":{"type":"string"}}},
		{"in":"query","name":"only","schema":{"type":"boolean"}},
		{"in":"header","name":"X-Kind","schema":{"type":"string","enum":["a"]}}]`)
	tests := []struct {
		name, target, kind string
		want               map[string]string
	}{
		{"all good", "/things/abc?page=2&q=x&only=true", "a", nil},
		{"unknown ones are ignored", "/things/abc?q=x&other=1", "", nil},
		{"each at fault", "/things/abcd?page=0&only=yes", "b", map[string]string{
			"path.id": "must have at most 3 characters", "query.page": "must be at least 1", "query.q": "is missing",
			"query.only": "must be true or false", "header.X-Kind": "is not one of the allowed values"}},
		{"a fraction is no whole number", "/things/a?q=x&page=1.5", "", map[string]string{"query.page": "must be a whole number"}},
		{"a word is no number", "/things/a?q=x&page=one", "", map[string]string{"query.page": "must be a whole number"}},
		{"an empty number", "/things/a?q=x&page=", "", map[string]string{"query.page": "must not be empty"}},
		{"an exponent is no whole number", "/things/a?q=x&page=1e999", "", map[string]string{"query.page": "must be a whole number"}},
		{"a number beyond all range", "/things/a?q=x&page=99999999999999999999", "", map[string]string{"query.page": "is out of range"}},
		{"a parameter sent twice", "/things/a?q=x&q=y&page=1&page=1", "", map[string]string{"query.q": "must be sent once", "query.page": "must be sent once"}},
		{"U+0000", "/things/a?q=x%00y", "", map[string]string{"query.q": "must not contain the character U+0000"}},
		{"no UTF-8", "/things/a?q=%ff", "", map[string]string{"query.q": "must be UTF-8"}},
		{"a list of values where a list is expected", "/things/a?q=x&list=a&list=b", "", nil},
	}
	e := echo.New()
	var got faults
	e.POST(op.path, func(c echo.Context) error {
		got = faults{}
		return op.checkParameters(c, &got)
	})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, tt.target, nil)
			if tt.kind != "" {
				r.Header.Set("X-Kind", tt.kind)
			}
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			found := map[string]string{}
			for _, f := range got.list {
				found[f.place] = f.message
			}
			if w.Code != http.StatusOK || !maps.Equal(found, tt.want) {
				t.Errorf("%d %q\nwant %q", w.Code, found, tt.want)
			}
		})
	}
}

// TestFaultsAreCollectedInBoundedWork counts, since time does not repeat.
func TestFaultsAreCollectedInBoundedWork(t *testing.T) {
	op := effectiveOperations(t)["createUserAttribute"]
	good, bad := bodyWith(10_000, 0), []byte(strings.ReplaceAll(string(bodyWith(10_000, 0)), `"EMEA"`, `123456`))
	accepting := testing.AllocsPerRun(1, func() {
		if err := judge(op, good); err != nil {
			t.Fatal(err)
		}
	})
	refusing := testing.AllocsPerRun(1, func() {
		if err := judge(op, bad); err == nil {
			t.Fatal("accepted")
		}
	})
	if refusing > 3*accepting {
		t.Errorf("to refuse takes %v allocations, to accept %v", refusing, accepting)
	}
	if got := fmt.Sprint(answerTo(judge(op, bad)).data["body.users[99].value"]); got != "{must be a string}" {
		t.Errorf("body.users[99].value: %s", got)
	}
}
