package bump_test

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"attributed/openapi"
	"attributed/openapi/bump"
	"attributed/openapi/diff"
	"attributed/openapi/diff/difftest"
	"attributed/openapi/tree"
)

// FuzzDiff feeds diff with specs that were changed at random. It must not panic, nor
// take long, and a spec must be unchanged against itself.
func FuzzDiff(f *testing.F) {
	tree, err := os.ReadFile("testdata/tree/openapi/swagger.json")
	if err != nil {
		f.Fatal(err)
	}
	vendored, err := os.ReadFile("../swagger.json")
	if err != nil {
		f.Fatal(err)
	}
	spec := strings.NewReplacer("/greeting", "/do/{id}", `"get"`, `"post"`, "greet", "do").Replace(string(tree))
	f.Add([]byte(spec), []byte(strings.Replace(spec, `"string"`, `"integer"`, 1)), uint64(1))
	f.Add([]byte(spec), []byte(strings.NewReplacer("/api/v1/org/attributes", "/do/{id}", "createUserAttribute", "do").Replace(string(vendored))), uint64(1))
	for _, schema := range []string{
		`{"allOf":[{"$ref":"#/components/schemas/A"},{"type":"object","required":["a"]}],"nullable":true}`,
		`{"oneOf":[{"$ref":"#/components/schemas/A"},{"type":"string","enum":["a",null]}],"discriminator":{"propertyName":"a","mapping":{"x":"A"}}}`,
		`{"anyOf":[{"type":"array","items":{"$ref":"#/components/schemas/A"},"maxItems":1},{"type":"number","minimum":0,"exclusiveMinimum":true,"multipleOf":0.5}]}`,
		`{"type":"object","additionalProperties":{"$ref":"#/components/schemas/A"},"properties":{"a":{"type":"string","pattern":"^a","readOnly":true}}}`,
		`{"not":{"$ref":"#/components/schemas/A"}}`,
	} {
		part := func(schema string) []byte {
			return []byte(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/do/{id}":{"post":{"operationId":"do","parameters":[{"in":"query","name":"q","schema":` + schema +
				`}],"requestBody":{"content":{"application/json":{"schema":` + schema + `}}},"responses":{"200":{"description":"ok","headers":{"h":{"schema":{}}},"content":{"application/json":{"schema":` + schema +
				`}}}}}}},"components":{"schemas":{"A":{"type":"object","properties":{"a":{"$ref":"#/components/schemas/A"}}},"A%3F":{"$ref":"#/components/schemas/A%3F"}}}}`)
		}
		f.Add(part(schema), part(`{"type":"string"}`), uint64(1))
		f.Add(part(`{"$ref":"#/components/schemas/A"}`), part(schema), uint64(1))
	}
	for _, tt := range recursive {
		part := func(description string) []byte {
			return difftest.Spec(f, difftest.Over(difftest.Asking(difftest.RefTo("X")), difftest.Answering(difftest.RefTo("X"))), object{"schemas": tt.schemas(description)})
		}
		f.Add(part("d"), part("e"), uint64(1))
	}
	f.Fuzz(func(t *testing.T, before, after []byte, seed uint64) {
		check(t, before, after)
		check(t, mutated(before, seed), mutated(after, seed/2))
	})
}

func check(t *testing.T, before, after []byte) {
	for _, pair := range [][2][]byte{{before, after}, {after, before}} {
		if report, err := bump.Diff(pair[0], pair[1], difftest.Served); err == nil && report.Wire == "" {
			t.Error("no verdict")
		}
	}
	if report, err := bump.Diff(before, before, difftest.Served); err == nil && report.Wire != diff.WireUnchanged {
		t.Errorf("%s against itself: %+v", report.Wire, report.Findings)
	}
}

// mutated returns a spec in which some values were put in the place of others, which a
// change of bytes seldom comes to.
func mutated(data []byte, seed uint64) []byte {
	spec, err := openapi.Read(data)
	if err != nil {
		return data
	}
	random := rand.New(rand.NewPCG(seed, 1))
	var all []*tree.Value
	var collect func(*tree.Value)
	collect = func(v *tree.Value) {
		all = append(all, v)
		for _, m := range v.Fields() {
			collect(m.Value)
		}
		for _, item := range v.Elements() {
			collect(item)
		}
	}
	collect(spec.Root)
	for range 1 + random.IntN(4) {
		target, source := all[random.IntN(len(all))], all[random.IntN(len(all))].Clone()
		switch name := keywords[random.IntN(len(keywords))]; {
		case target.Kind == tree.Object && random.IntN(2) == 0:
			target.Set(name, source)
		case target.Kind == tree.Object && len(target.Members) > 0:
			target.Delete(target.Members[random.IntN(len(target.Members))].Name)
		case target.Kind == tree.Array:
			target.Items = append(target.Items, source)
		default:
			*target = *source
		}
	}
	return spec.Root.Encode()
}

var keywords = []string{
	"allOf", "anyOf", "oneOf", "not", "items", "properties", "additionalProperties", "required", "enum", "type", "nullable", "format",
	"$ref", "discriminator", "mapping", "propertyName", "a", "schema", "content", "parameters", "responses", "200", "default", "headers",
	"minimum", "maximum", "multipleOf", "minLength", "pattern", "readOnly", "security", "operationId", "x-go-name", "x-go-type", "callbacks",
}
