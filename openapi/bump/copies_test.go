package bump_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"attributed/openapi/bump"
	"attributed/openapi/diff"
	"attributed/openapi/diff/difftest"
)

// copying returns a tree that serves read from upstream, and a copy of update.
func copying(t *testing.T, kept []string) string {
	t.Helper()
	tree := t.TempDir()
	files := map[string][]byte{
		"swagger.json": difftest.Located(t, []string{"get /things/{id} read"}),
		"copied.json":  difftest.Located(t, kept),
		"served.yaml": []byte(`operations:
  - {operationId: read, method: GET, path: "/things/{id}", from: upstream}
  - {operationId: update, method: PUT, path: "/things/{id}", from: overlay, upstream: true}
  - {operationId: ours, method: DELETE, path: "/things/{id}", from: overlay}
`),
	}
	if err := os.Mkdir(filepath.Join(tree, "openapi"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(tree, "openapi", name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func TestCopiesOfUpstreamsOperationsAreWatched(t *testing.T) {
	read, update, other := "get /things/{id} read", "put /things/{id} update", "get /others other"
	for _, tt := range []struct {
		name     string
		old, new []string
		wire     diff.Wire
		kind     string
		missing  bool
	}{
		{"as it was", []string{read}, []string{read, update, other}, diff.WireUnchanged, "", false},
		{"gone from a whole spec", []string{read}, []string{read, other}, diff.Breaking, "missing", true},
		{"not in a slice, nor was it", []string{read}, []string{read}, diff.WireUnchanged, "", false},
		{"not in a slice, and it was", []string{read, update}, []string{read}, diff.Breaking, "missing", true},
		{"under another method", []string{read}, []string{read, "patch /things/{id} update", other}, diff.Breaking, "moved", false},
		{"renamed", []string{read}, []string{read, "put /things/{id} replace"}, diff.Compatible, "operationId", false},
		{"between whole specs", []string{read, update, other}, []string{read, other}, diff.Breaking, "missing", true},
		{"what is ours alone", []string{read}, []string{read, update, "delete /things/{id} erase", other}, diff.WireUnchanged, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := bump.DiffTree(copying(t, []string{update}), difftest.Located(t, tt.old), difftest.Located(t, tt.new))
			if err != nil {
				t.Fatal(err)
			}
			named := func(f diff.Finding) bool { return f.Kind == tt.kind && f.Wire == tt.wire && f.Operation == "update" }
			if got.Wire != tt.wire || tt.kind != "" && !slices.ContainsFunc(got.Findings, named) {
				t.Errorf("%s, want %s (%s): %+v", got.Wire, tt.wire, tt.kind, got.Findings)
			}
			if slices.Contains(got.Missing, "update") != tt.missing {
				t.Errorf("missing: %q", got.Missing)
			}
		})
	}
}
