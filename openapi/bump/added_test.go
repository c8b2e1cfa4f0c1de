package bump

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attributed/openapi"
	"attributed/openapi/diff"
)

// upstreamSpec is a whole spec of Lightdash's, which is under the MIT license.
const upstreamSpec = "../testdata/upstream/0.2512.0-668fd035.json.gz"

// copyOurs copies parts of our own tree into a folder, without their tests.
func copyOurs(t *testing.T, tree string, parts ...string) {
	t.Helper()
	copyParts(t, tree, func(file string) bool { return !strings.HasSuffix(file, "_test.go") }, parts...)
}

// copyParts copies those files of parts of our own tree that are wanted.
func copyParts(t *testing.T, tree string, wanted func(file string) bool, parts ...string) {
	t.Helper()
	for _, part := range parts {
		root := filepath.Join("../..", part)
		err := filepath.WalkDir(root, func(file string, d os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && d.Name() == "testdata" {
				return filepath.SkipDir
			}
			path, err := filepath.Rel("../..", file)
			if err != nil || !d.IsDir() && !wanted(path) {
				return err
			}
			target := filepath.Join(tree, path)
			if d.IsDir() {
				return os.MkdirAll(target, 0o755)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			return os.WriteFile(target, data, 0o644)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// replace replaces a text in a file of a tree, which must have it.
func replace(t *testing.T, tree, file, old, new string) {
	t.Helper()
	name := filepath.Join(tree, file)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), old) {
		t.Fatalf("%s has no %s", file, old)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(data), old, new, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// servedFrom writes served.yaml of a tree anew, with an operation taken from upstream.
func servedFrom(t *testing.T, tree, id, method, path string) {
	t.Helper()
	member := "operationId: " + id + "\n    method: " + method + "\n    path: " + path + "\n    "
	data, err := os.ReadFile(filepath.Join(tree, servedFile))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), member) {
		replace(t, tree, servedFile, member+"from: overlay", member+"from: upstream")
		return
	}
	replace(t, tree, servedFile, "operations:\n", "operations:\n  - "+member+"from: upstream\n")
}

// Nobody serves the last one yet.
var upstreams = []struct{ id, method, path string }{
	{"getUserAttributes", "GET", "/api/v1/org/attributes"},
	{"updateUserAttribute", "PUT", "/api/v1/org/attributes/{userAttributeUuid}"},
	{"removeUserAttribute", "DELETE", "/api/v1/org/attributes/{userAttributeUuid}"},
	{"ListOrganizationMembers", "GET", "/api/v1/org/users"},
	{"ListGroupsInOrganization", "GET", "/api/v1/org/groups"},
	{"CreateGroupInOrganization", "POST", "/api/v1/org/groups"},
}

func TestAnOperationOfUpstreamsIsTakenIn(t *testing.T) {
	spec, err := os.ReadFile(upstreamSpec)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range upstreams {
		t.Run(tt.id, func(t *testing.T) {
			tree, stage := t.TempDir(), filepath.Join(t.TempDir(), "stage")
			copyOurs(t, tree, "go.mod", "go.sum", "openapi", "gen")
			// Without handlers nothing compiles, and that is not asked here.
			if err := os.WriteFile(filepath.Join(tree, "handlers.go"), []byte("package attributed\n\nimport _ \"attributed/handlers\"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			servedFrom(t, tree, tt.id, tt.method, tt.path)
			result := Apply{Tree: tree, Stage: stage}.mustRun(t, spec)
			if len(result.Steps) != 3 || !result.Steps[1].OK {
				t.Fatalf("%+v", result.Steps)
			}
			if !slices.ContainsFunc(result.Findings, func(f diff.Finding) bool {
				return f.Operation == tt.id && f.Kind == "added" && f.Wire == diff.Compatible
			}) || result.Wire != diff.Compatible {
				t.Errorf("not added: %s %+v", result.Wire, result.Findings)
			}
			slice, err := mendedSlice(stage)
			if err != nil {
				t.Fatal(err)
			}
			one := []openapi.ServedOperation{{OperationID: tt.id, Method: tt.method, Path: tt.path}}
			if l := slice.Locate(one)[0]; l.Missing() || l.Path != tt.path || l.ID != tt.id {
				t.Errorf("not in the vendored spec: %+v", l)
			}
			actions, err := os.ReadFile(filepath.Join(stage, overlayFile))
			if err != nil {
				t.Fatal(err)
			}
			_, effects, err := slice.Bare().WithOverlay(actions)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range effects { // such an action adds one operation, and its target ends in what must be missing
				condition := strings.TrimSuffix(e.Target, ")]")
				own := "['" + tt.path + "']." + strings.ToLower(tt.method)
				if e.Matches > 0 && strings.HasSuffix(condition, "!@"+own) {
					t.Errorf("the overlay still adds its own: %s", e.Target)
				}
			}
			if err := Generate(t.Context(), stage); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnOperationThatIsInNoSpecIsRefused(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"another path and id", "removeUserAttribute\n    method: DELETE\n    path: /api/v1/org/attributes/{userAttributeUuid}",
			"dropUserAttribute\n    method: DELETE\n    path: /api/v1/org/attribute/{userAttributeUuid}",
			"openapi/served.yaml: dropUserAttribute (DELETE /api/v1/org/attribute/{userAttributeUuid}) is in no spec"},
		{"an id with a slip", "operationId: createUserAttribute", "operationId: createUserAttributes",
			"openapi/served.yaml: createUserAttributes is in no spec: at POST /api/v1/org/attributes it has createUserAttribute"},
		{"another method", "updateUserAttribute\n    method: PUT", "updateUserAttribute\n    method: PATCH",
			"openapi/served.yaml: updateUserAttribute is not at PATCH /api/v1/org/attributes/{userAttributeUuid}, but at PUT"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := t.TempDir()
			copyOurs(t, tree, "go.mod", "go.sum", "openapi", "gen")
			replace(t, tree, servedFile, tt.old, tt.new)
			if err := Generate(t.Context(), tree); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
	tree := t.TempDir()
	copyOurs(t, tree, "go.mod", "go.sum", "openapi", "gen")
	servedFrom(t, tree, "dropUserAttribute", "DELETE", "/api/v1/org/attribute")
	spec, err := os.ReadFile(upstreamSpec)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Apply{Tree: tree, Log: t.Output()}.Run(t.Context(), spec)
	if want := "new spec: it has no operation dropUserAttribute (DELETE /api/v1/org/attribute), nor has the old spec"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
