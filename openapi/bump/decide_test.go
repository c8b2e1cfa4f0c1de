package bump

import (
	"slices"
	"testing"

	"attributed/openapi/diff"
)

func TestDecisions(t *testing.T) {
	for _, tt := range []struct {
		name, was, is string
		want          []string
	}{
		{"a property more in two types",
			"type A struct {\n}\ntype B struct {\n}",
			"type A struct {\nC *string `json:\"c,omitempty\"`\n}\ntype B struct {\nC string `json:\"c\"`\n}",
			[]string{"the property `c` is new in A, B: serve it, or have the overlay remove it, with the reason"}},
		{"a property that is gone",
			"type A struct {\nC string `json:\"100%\"`\n}", "type A struct {\n}",
			[]string{"the property `100%` is gone from A: serve it no longer, or have the overlay put it back, with the reason"}},
		{"a property of another type",
			"type A struct {\nC *string `json:\"c\"`\n}", "type A struct {\nC map[string]int `json:\"c\"`\n}",
			[]string{"the property `c` is of another type in A (was *string, is map[string]int): convert it, or have the overlay take that back, with the reason"}},
		{"a parameter more",
			"type DoParams struct {\n}", "type DoParams struct {\nPage *int `form:\"page,omitempty\" json:\"page,omitempty\"`\n}",
			[]string{"the parameter `page` is new in DoParams: serve it, or have the overlay remove it, with the reason"}},
		{"what clients do not know", "type A struct {\n}\ntype B int", "type A struct {\nparts []int\n}\ntype B string", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			differences, err := diff.CompareGo("package gen\n"+tt.was, "package gen\n"+tt.is)
			if err != nil {
				t.Fatal(err)
			}
			if got := decisions(differences); !slices.Equal(got, tt.want) {
				t.Errorf("%q", got)
			}
		})
	}
}
