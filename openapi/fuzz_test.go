package openapi_test

import (
	"testing"

	"attributed/openapi"
)

// FuzzCut reads, cuts and mends specs that were changed at random. It must neither panic nor
// take long, and what was mended must be readable again.
func FuzzCut(f *testing.F) {
	for _, schemas := range []string{
		`{"X":{"type":"object","properties":{"parent":{"allOf":[{"$ref":"#/components/schemas/X"}],"description":"d"}}}}`,
		`{"X":{"type":"object","properties":{"a":{"allOf":[{"$ref":"#/components/schemas/X"},{"$ref":"#/components/schemas/Y"}]}}},"Y":{"type":"array","items":{"allOf":[{"$ref":"#/components/schemas/X"}]}}}`,
		`{"X":{"allOf":[{"$ref":"#/components/schemas/X"}]}}`,
		`{"X":{"oneOf":[{"$ref":"#/components/schemas/Y"},{"type":"string"}]},"Y":{"not":{"allOf":[{"$ref":"#/components/schemas/X"}]}}}`,
		`{"X":{"type":"object","additionalProperties":{"$ref":"#/components/schemas/X","nullable":true}},"A%3F":{"$ref":"#/components/schemas/A%3F"}}`,
	} {
		f.Add([]byte(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/do/{id}":{"post":{"operationId":"do","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/X"}}}},"responses":{"200":{"description":"ok"}}}}},"components":{"schemas":` + schemas + `}}`))
	}
	served := []openapi.ServedOperation{{OperationID: "do", Method: "POST", Path: "/do/{id}", From: openapi.Upstream}}
	f.Fuzz(func(t *testing.T, data []byte) {
		spec, err := openapi.Read(data)
		if err != nil {
			return
		}
		located := spec.Locate(served)
		if _, err := spec.Cut(located); err != nil {
			return
		}
		spec.Mend(located)
		cut, err := spec.Cut(located)
		if err != nil {
			t.Fatalf("mended, it cannot be cut: %v", err)
		}
		if _, err := openapi.Read(cut.Bare().Root.Encode()); err != nil {
			t.Fatal(err)
		}
	})
}
