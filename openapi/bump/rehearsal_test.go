//go:build system

package bump

import (
	"os"
	"slices"
	"strings"
	"testing"

	"attributed/openapi/bump/swap/swaptest"
	"attributed/openapi/diff"
)

// TestMoreBumpsAreStopped has what each place of our own spec may bring, by a build of our own tree for each.
func TestMoreBumpsAreStopped(t *testing.T) { bumpsAreStopped(t, "testdata/more-bumps.yaml") }

// TestTheBumpThatBringsSeveralValues is the rehearsal of a day that will come: upstream's own form of
// several values, written from its published types, goes through all steps with nothing by hand,
// and what the overlay adds of it does nothing from then on.
func TestTheBumpThatBringsSeveralValues(t *testing.T) {
	tree := t.TempDir()
	copyOurs(t, tree, "go.mod", "go.sum", "openapi", "gen", "store", "web", "contract", "ascode", "cmd", "deploy")
	copyParts(t, tree, func(string) bool { return true }, "server")
	before := swaptest.Contents(t, tree)
	next, err := os.ReadFile("testdata/several-values.json")
	if err != nil {
		t.Fatal(err)
	}

	result := Apply{Tree: tree}.mustRun(t, next)
	var report strings.Builder
	if err := result.WriteText(&report); err != nil {
		t.Fatal(err)
	}
	if !result.Swapped || result.Wire != diff.Compatible || result.Go != diff.GoChanged {
		t.Fatal(&report)
	}
	var steps []string
	for _, step := range result.Steps {
		steps = append(steps, step.Name)
	}
	if want := []string{"overlay", "generate", "compile", "vet", "test server/", "contract check"}; !slices.Equal(steps, want) {
		t.Errorf("steps: %q, want %q", steps, want)
	}
	for _, schema := range []string{
		"Pick_UserAttribute.name-or-description-or-attributeDefault_", "Pick_UserAttributeValue.Exclude_keyofUserAttributeValue.email__",
		"CreateGroupAttributeValue", "UserAttribute", "UserAttributeValue", "GroupAttributeValue",
	} {
		if !slices.ContainsFunc(result.Overlay, func(e ActionEffect) bool {
			return e.Superseded && strings.Contains(e.Target, schema) && strings.Contains(e.Target, "!@")
		}) {
			t.Errorf("what the overlay adds to %s is not told to be superseded:\n%s", schema, &report)
		}
	}
	after := swaptest.Contents(t, tree)
	for file := range before {
		if before[file] != after[file] && !slices.Contains(result.Changed, file) {
			t.Errorf("%s was changed", file)
		}
	}
	if again := (Apply{Tree: tree}).mustRun(t, next); again.Wire != diff.WireUnchanged || again.Swapped {
		t.Errorf("applied twice: %+v", again)
	}
}
