package tree_test

import (
	"testing"

	"attributed/openapi/tree"
)

func TestWhatIsNotChangedIsWrittenAsItCame(t *testing.T) {
	const document = `{
    "b": 1.50,
    "a": [
        1e2,
        "\u00e4\/",
        null,
        {},
        []
    ],
    "c": true
}
`
	v, err := tree.ParseJSON([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(v.Encode()); got != document {
		t.Errorf("got %s", got)
	}
	v.Rename(0, "d")
	v.Set("a", tree.Text("x"))
	v.Set("e", tree.List())
	v.Delete("c")
	if got, want := string(v.Encode()), "{\n    \"d\": 1.50,\n    \"a\": \"x\",\n    \"e\": []\n}\n"; got != want {
		t.Errorf("changed: got %s, want %s", got, want)
	}
}

func TestCanonicalIsOneTextForEqualValues(t *testing.T) {
	parsed := func(text string) *tree.Value {
		v, err := tree.ParseYAML([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tt := range []struct {
		a, b  string
		equal bool
	}{
		{`{a: 1, b: 2}`, `{b: 2, a: 1}`, true},
		{`{required: [a, b]}`, `{required: [b, a]}`, true},
		{`{enum: [a, b]}`, `{enum: [b, a]}`, false},
		{`[100]`, `[1e2]`, true},
		{`["1"]`, `[1]`, false},
		{`["a"]`, `["\x61"]`, true},
		{`[null]`, `[false]`, false},
	} {
		if got := parsed(tt.a).Canonical() == parsed(tt.b).Canonical(); got != tt.equal {
			t.Errorf("%s and %s: equal is %v", tt.a, tt.b, got)
		}
	}
}
