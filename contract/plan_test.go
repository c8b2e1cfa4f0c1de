package contract

import (
	"slices"
	"testing"
)

// TestPlan has the order of the steps, as a reader of the plan is to find it. What needs many
// refused tokens comes last.
func TestPlan(t *testing.T) {
	spec, err := Lightdash()
	if err != nil {
		t.Fatal(err)
	}
	cfg, operations, err := Config{URL: "http://127.0.0.1:1", Spec: spec, OtherToken: "theirs"}.normal()
	if err != nil {
		t.Fatal(err)
	}
	cfg.choose(operations)
	r := newRun(cfg, operations)
	r.gen.Known = map[string][]string{"userUuid": {"a"}, "groupUuid": {"b"}}
	var got []string
	for _, step := range newPlan(r).steps() {
		got = append(got, step.name)
	}
	want := []string{
		"create", "list", "create the same again", "create with another's name", "create again with the key", "create", "list", "list many",
		"update", "list", "update with a fault", "change on a condition", "change with a key that was used", "view", "list",
		"read only", "read", "call about what is not there", "read", "call with another method", "call as another organization",
		"read what others made", "remove",
		"call without a token", "call with nearly the token", "look at what nobody changed",
	}
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
