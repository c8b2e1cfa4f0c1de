package bump_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"attributed/openapi"
	"attributed/openapi/bump"
	"attributed/openapi/diff"

	"gopkg.in/yaml.v3"
)

// object is a part of a spec, in the tests.
type object = map[string]any

// rows reads the cases of a file.
func rows[T any](t *testing.T, file string) []T {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []T
	if err := yaml.Unmarshal(data, &all); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return all
}

// specOf gives a spec with one operation, "do", at POST /do/{id}.
func specOf(t testing.TB, operation, components object) []byte {
	t.Helper()
	if operation["operationId"] == nil {
		operation["operationId"] = "do"
	}
	data, err := json.Marshal(object{
		"openapi": "3.0.0", "info": object{"title": "test", "version": "1"},
		"paths": object{"/do/{id}": object{
			"parameters": []any{object{"in": "path", "name": "id", "required": true, "schema": object{"type": "string"}}},
			"post":       operation,
		}},
		"components": components,
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var served = []openapi.ServedOperation{{OperationID: "do", Method: "POST", Path: "/do/{id}", From: openapi.Upstream}}

func content(schema any) object { return object{"application/json": object{"schema": schema}} }

func answering(schema any) object {
	return object{"responses": object{"200": object{"description": "ok", "content": content(schema)}}}
}

func asking(schema any) object {
	operation := answering(object{"type": "string"})
	operation["requestBody"] = object{"required": true, "content": content(schema)}
	return operation
}

// compared compares two specs in a way that must not fail.
func compared(t *testing.T, before, after []byte) *diff.Report {
	t.Helper()
	report, err := bump.Diff(before, after, served)
	if err != nil {
		t.Fatal(err)
	}
	if (len(report.Findings) == 0) != (report.Wire == diff.WireUnchanged) {
		t.Errorf("wire %s with %d findings: nothing may pass in silence", report.Wire, len(report.Findings))
	}
	return report
}

func TestSchemas(t *testing.T) {
	type row struct {
		Name              string
		Old, New          any
		Components        object
		OldComponents     object `yaml:"oldComponents"`
		NewComponents     object `yaml:"newComponents"`
		Request, Response diff.Wire
	}
	for _, tt := range rows[row](t, "testdata/schemas.yaml") {
		for direction, use := range map[string]func(any) object{"request": asking, "response": answering} {
			t.Run(direction+"/"+tt.Name, func(t *testing.T) {
				old, new := tt.OldComponents, tt.NewComponents
				if tt.Components != nil {
					old, new = tt.Components, tt.Components
				}
				got := compared(t, specOf(t, use(tt.Old), object{"schemas": orEmpty(old)}), specOf(t, use(tt.New), object{"schemas": orEmpty(new)}))
				if want := map[string]diff.Wire{"request": tt.Request, "response": tt.Response}[direction]; got.Wire != want {
					t.Errorf("%s, want %s: %+v", got.Wire, want, got.Findings)
				}
			})
		}
	}
}

func orEmpty(o object) object {
	if o == nil {
		return object{}
	}
	return o
}

func TestOasdiffIsHeardAndDoesNotDecide(t *testing.T) {
	plain := object{"type": "object", "required": []string{"a"}, "properties": object{"a": object{"type": "string", "nullable": true}}}
	union := object{"type": "object", "required": []string{"a"}, "properties": object{"a": object{"anyOf": []any{object{"type": "string"}, object{"type": "number", "nullable": true, "enum": []any{nil}}}}}}
	got := compared(t, specOf(t, asking(plain), object{}), specOf(t, asking(union), object{}))
	heard := func(f diff.Finding) bool { return f.Kind == "second opinion" && f.Wire == diff.Compatible }
	if got.Wire != diff.Compatible || !slices.ContainsFunc(got.Findings, heard) {
		t.Errorf("%s: %+v", got.Wire, got.Findings)
	}
}

// What oasdiff multiplies out, it compares each with each: it is not asked then.
func TestOasdiffIsNotAskedForTooMuch(t *testing.T) {
	branch := func(name string) object {
		return object{"type": "object", "required": []string{name}, "properties": object{name: object{"type": "string"}}}
	}
	var unions []any
	for i := range 11 {
		unions = append(unions, object{"oneOf": []any{branch(fmt.Sprint("a", i)), branch(fmt.Sprint("b", i))}})
	}
	got := compared(t, specOf(t, asking(object{"allOf": unions}), object{}), specOf(t, asking(object{"allOf": unions, "description": "told"}), object{}))
	if !slices.ContainsFunc(got.Findings, func(f diff.Finding) bool { return strings.Contains(f.Detail, "it takes too long for") }) {
		t.Errorf("%+v", got.Findings)
	}
}
