package bump

import (
	"slices"
	"testing"

	"attributed/openapi"
	"attributed/openapi/diff"
)

// Upstream's own file could hold each of these: nothing in them is more than text.
const oddTexts = `\ud83d\ude00 \u0000 \u0001 \b \f \n \r \t \" \\ \/ \u007f \u0085 \u2028 \u2029 \ufeff \ufffe \uffff \udbff\udfff %d ` + "`" + ` */ // : - # 😀`

func TestTextsGoThroughABump(t *testing.T) {
	tree := newTree(t)
	spec := edited(t, tree, `"Greet"`, `"`+oddTexts+`"`, `"description": "Ok"`, `"description": "`+oddTexts+`"`,
		`"type": "string"`, `"type": "string", "description": "`+oddTexts+`"`)
	result := Apply{Tree: tree}.mustRun(t, spec)
	if !result.Swapped || result.Wire != diff.Compatible {
		t.Fatalf("%+v", result)
	}
	want, err := openapi.Read(spec)
	if err != nil {
		t.Fatal(err)
	}
	got, err := openapi.Read(edited(t, tree))
	if err != nil {
		t.Fatal(err)
	}
	if got.Root.Canonical() != want.Root.Canonical() {
		t.Errorf("the vendored spec says something else:\n%s", got.Root.Encode())
	}
	if err := Generate(t.Context(), tree); err != nil {
		t.Error(err)
	}
	if again := (Apply{Tree: tree}).mustRun(t, spec); again.Wire != diff.WireUnchanged || slices.Contains(again.Changed, vendored) {
		t.Errorf("%+v", again)
	}
}
