package bump_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"attributed/openapi/bump"
)

// schemes are the security schemes of the tests.
func schemes() object {
	return object{"securitySchemes": object{
		"key":   object{"type": "apiKey", "in": "header", "name": "Authorization"},
		"other": object{"type": "oauth2", "flows": object{"implicit": object{"authorizationUrl": "https://login.example", "scopes": object{"write": "to write"}}}},
	}}
}

// over puts the members of a change over those of base; one that is null is taken away.
func over(base, change object) object {
	result := maps.Clone(base)
	for name, value := range change {
		if value == nil {
			delete(result, name)
		} else {
			result[name] = value
		}
	}
	return result
}

func TestOperations(t *testing.T) {
	type row struct {
		Name     string
		Old, New object
		Wire     bump.Wire
		Kind     string // of a finding that must be there
	}
	all := rows[row](t, "testdata/operations.yaml")
	base := all[0].Old
	for _, tt := range all {
		t.Run(tt.Name, func(t *testing.T) {
			got := diff(t, specOf(t, over(base, tt.Old), schemes()), specOf(t, over(base, tt.New), schemes()))
			if got.Wire != tt.Wire {
				t.Errorf("%s, want %s: %+v", got.Wire, tt.Wire, got.Findings)
			}
			named := func(f bump.Finding) bool { return f.Kind == tt.Kind && f.Wire == tt.Wire }
			if tt.Kind != "" && !slices.ContainsFunc(got.Findings, named) {
				t.Errorf("no finding of the kind %q: %+v", tt.Kind, got.Findings)
			}
		})
	}
}

func TestASecuritySchemeDiffers(t *testing.T) {
	operation := func() object {
		return over(asking(object{"type": "string"}), object{"security": []any{object{"key": []any{}}}})
	}
	elsewhere := schemes()
	elsewhere["securitySchemes"].(object)["key"].(object)["in"] = "query"
	if got := diff(t, specOf(t, operation(), schemes()), specOf(t, operation(), elsewhere)); got.Wire != bump.Breaking {
		t.Errorf("%s: %+v", got.Wire, got.Findings)
	}
}

func TestWhereAnOperationIs(t *testing.T) {
	old := string(specOf(t, asking(object{"type": "string"}), object{}))
	for _, tt := range []struct {
		name, from, to string
		wire           bump.Wire
		kind           string
	}{
		{"at another path", `"/do/{id}"`, `"/done/{id}"`, bump.Breaking, "moved"},
		{"at another method", `"post"`, `"put"`, bump.Breaking, "moved"},
		{"under another operationId", `"do"`, `"act"`, bump.Compatible, "operationId"},
		{"with another name of its path parameter", `id`, `key`, bump.Compatible, "path"},
		{"gone, where the path has another one", `"do","requestBody"`, `"act","x-was"`, bump.Breaking, "removed"},
		{"twice", `"components"`, `"x-none"`, bump.WireUnchanged, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			new := strings.ReplaceAll(old, tt.from, tt.to)
			if tt.from == `id` {
				new = strings.NewReplacer("{id}", "{key}", `"name":"id"`, `"name":"key"`).Replace(old)
			}
			got := diff(t, []byte(old), []byte(new))
			if got.Wire != tt.wire || tt.kind != "" && !slices.ContainsFunc(got.Findings, func(f bump.Finding) bool { return f.Kind == tt.kind && f.Wire == tt.wire }) {
				t.Errorf("%s %+v", got.Wire, got.Findings)
			}
		})
	}
}
