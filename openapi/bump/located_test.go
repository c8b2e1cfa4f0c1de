package bump_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"attributed/openapi"
	"attributed/openapi/bump"
	"attributed/openapi/diff"
)

// located gives a spec with operations that are alike, each told as "put /things/{id} update".
func located(t *testing.T, operations []string) []byte {
	t.Helper()
	paths := object{}
	for _, line := range operations {
		words := append(strings.Fields(line), "")
		item, _ := paths[words[1]].(object)
		if item == nil {
			item = object{}
			for _, name := range regexp.MustCompile(`\{(.*)\}`).FindAllStringSubmatch(words[1], -1) {
				item["parameters"] = []any{object{"in": "path", "name": name[1], "required": true, "schema": object{"type": "string"}}}
			}
			paths[words[1]] = item
		}
		item[words[0]] = over(answering(object{"type": "string"}), object{"operationId": words[2]})
		if words[2] == "" {
			delete(item[words[0]].(object), "operationId")
		}
	}
	data, err := json.Marshal(object{"openapi": "3.0.0", "info": object{"title": "test", "version": "1"}, "paths": paths})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestLocated(t *testing.T) {
	type row struct {
		Name     string
		Old, New []string
		Wire     diff.Wire
		Kind     string
	}
	served := []openapi.ServedOperation{{OperationID: "update", Method: "PUT", Path: "/things/{id}", From: openapi.Upstream}}
	for _, tt := range rows[row](t, "testdata/located.yaml") {
		t.Run(tt.Name, func(t *testing.T) {
			if tt.Old == nil {
				tt.Old = []string{"put /things/{id} update"}
			}
			got, err := bump.Diff(located(t, tt.Old), located(t, tt.New), served)
			if err != nil {
				t.Fatal(err)
			}
			named := func(f diff.Finding) bool { return f.Kind == tt.Kind && f.Wire == tt.Wire }
			if got.Wire != tt.Wire || tt.Kind != "" && !slices.ContainsFunc(got.Findings, named) {
				t.Errorf("%s, want %s (%s): %+v", got.Wire, tt.Wire, tt.Kind, got.Findings)
			}
			if (len(got.Findings) == 0) != (got.Wire == diff.WireUnchanged) {
				t.Errorf("wire %s with %d findings: nothing may pass in silence", got.Wire, len(got.Findings))
			}
		})
	}
}
