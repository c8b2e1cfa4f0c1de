package sample_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/openapi/sample"
)

// schemaOf is the schema X of these components.
func schemaOf(t *testing.T, components string) *openapi3.SchemaRef {
	t.Helper()
	spec, err := openapi3.NewLoader().LoadFromData([]byte(`{"openapi":"3.0.0","info":{"title":"","version":""},"paths":{},"components":{"schemas":` + components + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	return spec.Components.Schemas["X"]
}

func made(t *testing.T, schema *openapi3.SchemaRef, seed uint64, given map[string]string) (string, error) {
	t.Helper()
	m := sample.Maker{Rand: rand.New(rand.NewPCG(seed, 0)), Given: given}
	value, err := m.Answer(schema)
	if err != nil {
		return "", err
	}
	if err := schema.Value.VisitJSON(value, openapi3.VisitAsResponse()); err != nil {
		t.Errorf("%v is refused: %v", value, err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), nil
}

func TestAnswer(t *testing.T) {
	given := map[string]string{"id": "a-7", "size": "7", "flag": "true", "long": "too long"}
	for name, tt := range map[string]struct{ components, want string }{ // want: a part of the value
		"an example":                {`{"X":{"type":"string","example":"as told","default":"not so"}}`, `"as told"`},
		"an example that is wrong":  {`{"X":{"type":"string","enum":["right"],"example":"wrong"}}`, `"right"`},
		"a default":                 {`{"X":{"type":"integer","default":7}}`, `7`},
		"what is given":             {`{"X":{"type":"object","properties":{"id":{"type":"string"},"size":{"type":"integer"},"flag":{"type":"boolean"}}}}`, `{"flag":true,"id":"a-7","size":7}`},
		"given in an example":       {`{"X":{"type":"object","example":{"id":"other","deep":[{"id":"other"}]}}}`, `{"deep":[{"id":"a-7"}],"id":"a-7"}`},
		"given that does not fit":   {`{"X":{"type":"object","properties":{"long":{"type":"string","maxLength":3}}}}`, `{"long":"lon"}`},
		"given that is no uuid":     {`{"X":{"type":"object","properties":{"id":{"type":"string","format":"uuid"}}}}`, `-4`},
		"enums of two parts":        {`{"X":{"allOf":[{"type":"string","enum":["a","b"]},{"enum":["b","c"]}]}}`, `"b"`},
		"bounds of two parts":       {`{"X":{"allOf":[{"type":"string","minLength":60},{"maxLength":60}]}}`, `xxxx`},
		"a bound that is excluded":  {`{"X":{"type":"integer","minimum":3,"maximum":5,"exclusiveMinimum":true,"exclusiveMaximum":true}}`, `4`},
		"a multiple":                {`{"X":{"type":"integer","minimum":11,"maximum":29,"multipleOf":10}}`, `20`},
		"a pattern":                 {`{"X":{"type":"string","pattern":"^[A-Z]{3}-7$"}}`, `-7"`},
		"a format":                  {`{"X":{"type":"string","format":"date-time"}}`, `"2026-`},
		"distinct elements":         {`{"X":{"type":"array","uniqueItems":true,"minItems":2,"items":{"type":"boolean"}}}`, `true`},
		"a discriminator":           {`{"X":{"oneOf":[{"$ref":"#/components/schemas/A"}],"discriminator":{"propertyName":"kind","mapping":{"first":"#/components/schemas/A"}}},"A":{"type":"object","required":["kind"],"properties":{"kind":{"type":"string"}}}}`, `{"kind":"first"}`},
		"what is beside a union":    {`{"X":{"type":"object","required":["a"],"properties":{"a":{"type":"boolean"}},"anyOf":[{"type":"object","required":["b"],"properties":{"b":{"enum":[1]}}}]}}`, `"b":1`},
		"of one branch alone":       {`{"X":{"oneOf":[{"type":"string"},{"type":"string","enum":["b"]},{"type":"integer","enum":[7]}]}}`, ``},
		"itself, where it may":      {`{"X":{"type":"object","required":["all","next"],"properties":{"all":{"type":"array","items":{"$ref":"#/components/schemas/X"}},"next":{"nullable":true,"allOf":[{"$ref":"#/components/schemas/X"}]},"more":{"$ref":"#/components/schemas/X"}}}}`, `{"all":[],"next":null}`},
		"null alone":                {`{"X":{"type":"object","properties":{"gone":{"type":"string","nullable":true,"enum":[]}}}}`, `{"gone":null}`},
		"any members":               {`{"X":{"type":"object","minProperties":2,"additionalProperties":{"enum":[1]}}}`, `{"key1":1,"key2":1}`},
		"what is written alone":     {`{"X":{"type":"object","required":["secret"],"properties":{"secret":{"type":"string","writeOnly":true}}}}`, `{}`},
		"a part that cannot be had": {`{"X":{"type":"object","properties":{"no":{"type":"integer","minimum":2,"maximum":1}}}}`, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			schema := schemaOf(t, tt.components)
			got, err := made(t, schema, 1, given)
			if err != nil || !strings.Contains(got, tt.want) {
				t.Errorf("%s %v, want %s", got, err, tt.want)
			}
			if again, err := made(t, schema, 1, given); again != got {
				t.Errorf("%s, and then %s %v", got, again, err)
			}
		})
	}
}

func TestAnswerThatCannotBeMade(t *testing.T) {
	in := func(schema string) string {
		return `{"X":{"type":"object","required":["a"],"properties":{"a":{"type":"array","minItems":1,"items":` + schema + `}}}}`
	}
	for name, tt := range map[string]struct{ components, says string }{
		"bounds that contradict": {in(`{"type":"integer","minimum":2,"maximum":1}`), "a[]: no number"},
		"lengths":                {in(`{"type":"string","minLength":2,"maxLength":1}`), "a[]: it must be longer than it may be"},
		"counts":                 {in(`{"type":"array","minItems":2,"maxItems":1}`), "a[]: it must have more elements"},
		"an impossible pattern":  {in(`{"type":"string","pattern":"^a$","minLength":2}`), "a[]: no text of its pattern"},
		"a pattern that is none": {in(`{"type":"string","pattern":"("}`), "a[]: no text of its pattern"},
		"itself without an end":  {in(`{"$ref":"#/components/schemas/X"}`), "a[]: it contains itself"},
		"enums":                  {in(`{"allOf":[{"type":"string","enum":["a"]},{"enum":["b"]}]}`), "a.0: no value"},
		"an endless text":        {in(`{"type":"string","minLength":1000000}`), "a[]: it must be longer"},
		"endless elements":       {in(`{"type":"array","minItems":1000000,"items":{"type":"string"}}`), "more than a sample can have"},
		"no branch":              {in(`{"oneOf":[{"type":"string"},{"type":"string"}]}`), "a[]: no value"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := made(t, schemaOf(t, tt.components), 1, map[string]string{"a": "b"}); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%.100s %v, want %q", got, err, tt.says)
			}
		})
	}
}
