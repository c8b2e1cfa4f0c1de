package bump_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"attributed/openapi/diff"
	"attributed/openapi/diff/difftest"
)

func TestOasdiffIsHeardAndDoesNotDecide(t *testing.T) {
	plain := object{"type": "object", "required": []string{"a"}, "properties": object{"a": object{"type": "string", "nullable": true}}}
	union := object{"type": "object", "required": []string{"a"}, "properties": object{"a": object{"anyOf": []any{object{"type": "string"}, object{"type": "number", "nullable": true, "enum": []any{nil}}}}}}
	got := compared(t, difftest.Spec(t, difftest.Asking(plain), object{}), difftest.Spec(t, difftest.Asking(union), object{}))
	heard := func(f diff.Finding) bool { return f.Kind == "second opinion" && f.Wire == diff.Compatible }
	if got.Wire != diff.Compatible || !slices.ContainsFunc(got.Findings, heard) {
		t.Errorf("%s: %+v", got.Wire, got.Findings)
	}
}

// What oasdiff multiplies out, it compares each with each: it is not asked then.
func TestOasdiffIsNotAskedForTooMuch(t *testing.T) {
	branch := func(name string) object {
		return object{"type": "object", "required": []string{name}, "properties": object{name: object{"type": "string"}}}
	}
	var unions []any
	for i := range 11 {
		unions = append(unions, object{"oneOf": []any{branch(fmt.Sprint("a", i)), branch(fmt.Sprint("b", i))}})
	}
	got := compared(t, difftest.Spec(t, difftest.Asking(object{"allOf": unions}), object{}), difftest.Spec(t, difftest.Asking(object{"allOf": unions, "description": "told"}), object{}))
	if !slices.ContainsFunc(got.Findings, func(f diff.Finding) bool { return strings.Contains(f.Detail, "it takes too long for") }) {
		t.Errorf("%+v", got.Findings)
	}
}
func TestDiffNeedsNoGoToolchain(t *testing.T) {
	t.Setenv("PATH", "")
	got := compared(t, difftest.Spec(t, difftest.Asking(object{"type": "string"}), object{}), difftest.Spec(t, difftest.Asking(object{"type": "string", "maxLength": 5}), object{}))
	if got.Go != diff.GoUnchanged {
		t.Errorf("%s: %+v", got.Go, got.Findings)
	}
}
