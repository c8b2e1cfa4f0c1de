package bump

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Whoever calls a server would be left with the old spec's types otherwise.
func TestABumpMakesTheClientToo(t *testing.T) {
	tree := newTree(t)
	config, err := os.ReadFile("../oapi-codegen.client.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tree, "openapi", "oapi-codegen.client.yaml"), config, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(tree, generated, "client"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Generate(t.Context(), tree); err != nil {
		t.Fatal(err)
	}
	result := Apply{Tree: tree}.mustRun(t, edited(t, tree, `"Greet"`, `"Say hello"`))
	want := []string{"openapi/swagger.json", "gen/client/client.go", "gen/gen.go"}
	if slices.Sort(result.Changed[1:]); !result.Swapped || !slices.Equal(result.Changed, want) {
		t.Errorf("swapped %t: %v, want %v; %+v", result.Swapped, result.Changed, want, result.Steps)
	}
}
