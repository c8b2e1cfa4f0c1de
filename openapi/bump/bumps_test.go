package bump

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attributed/openapi"
	"attributed/openapi/bump/swap"
	"attributed/openapi/bump/swap/swaptest"
	"attributed/openapi/diff"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// bumpRow is a row of bumps.yaml.
type bumpRow struct {
	Name    string
	Served  string // an operation that served.yaml takes from upstream, beside those it takes
	Actions yaml.Node
	Overlay []string // a text of our overlay, and another in its place
	Wire    diff.Wire
	Stopped string
	Names   string
	Decide  string
}

// spec returns a whole spec of upstream's as a row changes it.
func (r bumpRow) spec(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(upstreamSpec)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := openapi.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	// The parser of YAML does not take the whole of it.
	reached := []openapi.ServedOperation{{OperationID: "createUserAttribute", Method: "POST", Path: "/api/v1/org/attributes"}}
	for _, u := range upstreams {
		reached = append(reached, openapi.ServedOperation{OperationID: u.id, Method: u.method, Path: u.path})
	}
	if spec, err = spec.Cut(spec.Locate(reached)); err != nil {
		t.Fatal(err)
	}
	actions, err := yaml.Marshal(map[string]any{
		"overlay": "1.0.0", "x-speakeasy-jsonpath": "rfc9535", "info": map[string]string{"title": r.Name, "version": "1"}, "actions": &r.Actions,
	})
	if err != nil {
		t.Fatal(err)
	}
	changed, effects, err := spec.WithOverlay(actions)
	if err != nil {
		t.Fatal(err)
	}
	for _, effect := range effects {
		if effect.Matches == 0 {
			t.Fatalf("%s matches nothing", effect.Target)
		}
	}
	return changed.Root.Encode()
}

// tree returns ours, without tests: what stops a bump is the build, or the program itself.
func (r bumpRow) tree(t *testing.T) string {
	t.Helper()
	tree := t.TempDir()
	copyOurs(t, tree, "go.mod", "go.sum", "openapi", "gen", "server", "store", "web", "deploy")
	if r.Stopped == "contract check" {
		copyOurs(t, tree, "contract", "ascode", "cmd")
	}
	for _, u := range upstreams {
		if u.id == r.Served {
			servedFrom(t, tree, u.id, u.method, u.path)
		}
	}
	if len(r.Overlay) == 2 {
		replace(t, tree, overlayFile, r.Overlay[0], r.Overlay[1])
	}
	return tree
}

func TestBumpsOfEachKindAreStopped(t *testing.T) { bumpsAreStopped(t, "testdata/bumps.yaml") }

// bumpsAreStopped tries each row of a file.
func bumpsAreStopped(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rows []bumpRow
	if err := yaml.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	for _, tt := range rows {
		t.Run(tt.Name, func(t *testing.T) {
			tree := tt.tree(t)
			before := swaptest.Contents(t, tree)
			result := Apply{Tree: tree, AcceptBreaking: tt.Stopped != "verdict"}.mustRun(t, tt.spec(t))
			stopped := "verdict"
			if result.Failed() {
				stopped = result.Steps[len(result.Steps)-1].Name
			}
			var report strings.Builder
			if err := result.WriteText(&report); err != nil {
				t.Fatal(err)
			}
			if result.Swapped || result.Wire != tt.Wire || stopped != tt.Stopped || !strings.Contains(report.String(), tt.Names) {
				t.Errorf("%s, stopped by %s, must name %s:\n%s", result.Wire, stopped, tt.Names, &report)
			}
			if stopped == "compile" && (tt.Decide == "" || !strings.Contains(report.String(), "\n  "+tt.Decide)) {
				t.Errorf("%q is not to be decided:\n%s", tt.Decide, &report)
			}
			if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
				t.Errorf("the tree was changed:\n%s", diff)
			}
			if left, err := filepath.Glob(filepath.Join(tree, swap.Folder)); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}
