package bump_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"attributed/openapi/diff"
	"attributed/openapi/diff/difftest"
)

// recursive are schemas that contain themselves, each with a description that changes.
var recursive = []struct {
	name    string
	schemas func(description string) object // X is asked for and answered
}{
	{"a property that is an allOf of the whole", func(d string) object {
		return object{"X": difftest.WithProperties(object{"parent": object{"allOf": []any{difftest.RefTo("X")}, "description": d}})}
	}},
	{"an item", func(d string) object {
		return object{"X": difftest.WithProperties(object{"all": object{"type": "array", "description": d, "items": difftest.AllOf(difftest.RefTo("X"))}})}
	}},
	{"by way of another schema", func(d string) object {
		return object{
			"X": difftest.WithProperties(object{"next": difftest.AllOf(difftest.RefTo("Y"), object{"required": []any{"back"}})}),
			"Y": object{"type": "object", "description": d, "properties": object{"back": difftest.AllOf(difftest.RefTo("X"))}},
		}
	}},
	{"two schemas in each other's properties", func(d string) object {
		return object{
			"X": difftest.WithProperties(object{"a": difftest.AllOf(difftest.RefTo("X"), difftest.RefTo("Y")), "b": object{"allOf": []any{difftest.RefTo("Y"), difftest.RefTo("X")}, "description": d}}),
			"Y": difftest.WithProperties(object{"a": difftest.AllOf(difftest.RefTo("X")), "c": difftest.AllOf(difftest.RefTo("Y"), difftest.RefTo("X"))}),
		}
	}},
	{"a branch", func(d string) object {
		return object{"X": difftest.AllOf(difftest.WithProperties(object{"next": object{"oneOf": []any{difftest.RefTo("X"), object{"type": "string", "description": d}}}}))}
	}},
	{"other properties", func(d string) object {
		return object{"X": difftest.AllOf(object{"type": "object", "additionalProperties": difftest.RefTo("X")}, object{"description": d})}
	}},
	{"what it must not be", func(d string) object {
		return object{"X": difftest.WithProperties(object{"next": object{"description": d, "not": difftest.AllOf(difftest.RefTo("X"))}})}
	}},
}

// A library that followed such a schema would end the program: there is no recovering
// from an overflow of the stack.
func TestASchemaThatContainsItself(t *testing.T) {
	for _, tt := range recursive {
		t.Run(tt.name, func(t *testing.T) {
			before := difftest.Spec(t, difftest.Asking(difftest.RefTo("X")), object{"schemas": tt.schemas("d")})
			after := difftest.Spec(t, difftest.Over(difftest.Asking(difftest.RefTo("X")), difftest.Answering(difftest.RefTo("X"))), object{"schemas": tt.schemas("e")})
			if got := compared(t, before, after); got.Wire == "" {
				t.Error("no verdict")
			}
		})
	}
	t.Run("only a text differs", func(t *testing.T) {
		schemas := recursive[0].schemas
		got := compared(t, difftest.Spec(t, difftest.Asking(difftest.RefTo("X")), object{"schemas": schemas("d")}), difftest.Spec(t, difftest.Asking(difftest.RefTo("X")), object{"schemas": schemas("e")}))
		if got.Wire != diff.Compatible || got.Go != diff.GoUnchanged {
			t.Errorf("%s, Go %s: %+v", got.Wire, got.Go, got.Findings)
		}
	})
}

// Schemas of which each holds the next one twice come to 2 to the 24th.
func TestSchemasThatComeToMillions(t *testing.T) {
	schemas := func(description string) object {
		last := object{"X24": object{"type": "object", "description": description, "properties": object{"end": object{"type": "string"}}}}
		for i := range 24 {
			next := difftest.RefTo(fmt.Sprint("X", i+1))
			part := func(name string) object {
				return difftest.WithProperties(object{name: object{"type": "string"}})
			}
			last[fmt.Sprint("X", i)] = difftest.WithProperties(object{"a": difftest.AllOf(next, part("k")), "b": difftest.AllOf(next, part("l"))})
		}
		return object{"schemas": last}
	}
	got := compared(t, difftest.Spec(t, difftest.Asking(difftest.RefTo("X0")), schemas("d")), difftest.Spec(t, difftest.Asking(difftest.RefTo("X0")), schemas("e")))
	bounded := func(f diff.Finding) bool {
		return f.Kind == "generation" && strings.Contains(f.Detail, "100000 values")
	}
	if got.Wire != diff.Compatible || got.Go != diff.GoChanged || !slices.ContainsFunc(got.Findings, bounded) {
		t.Errorf("%s, Go %s: %+v", got.Wire, got.Go, got.Findings)
	}
}

// The bound on the work grows with the schemas: to be large is not to be involved.
func TestFortyThousandProperties(t *testing.T) {
	properties := func(count int) object {
		all := object{}
		for i := range count {
			all[fmt.Sprint("p", i)] = object{"type": "string"}
		}
		return difftest.WithProperties(all)
	}
	got := compared(t, difftest.Spec(t, difftest.Asking(properties(40_000)), object{}), difftest.Spec(t, difftest.Asking(properties(40_001)), object{}))
	if got.Wire != diff.Compatible || got.Go != diff.GoChanged {
		t.Errorf("%s, Go %s: %.2000v", got.Wire, got.Go, got.Findings)
	}
}

// What takes more steps than the bound is said together with it.
func TestTheBoundOnStepsIsSaid(t *testing.T) {
	var unions, closed []any
	for i := range 11 {
		branch := func(name string) object {
			return object{"type": "object", "properties": object{fmt.Sprint(name, i): object{"type": "string"}, "shared": object{"type": "string", "pattern": fmt.Sprint(name, i)}}}
		}
		unions = append(unions, object{"anyOf": []any{branch("a"), branch("b")}})
		closed = append(closed, object{"anyOf": []any{branch("a"), branch("b"), object{"type": "object", "properties": object{"shared": object{"minLength": i}}}}, "maxProperties": i})
	}
	got := compared(t, difftest.Spec(t, difftest.Asking(object{"allOf": unions}), object{}), difftest.Spec(t, difftest.Asking(object{"anyOf": closed}), object{}))
	for _, f := range got.Findings {
		if f.Kind == "undecided" && !strings.Contains(f.Detail, "more than 5") {
			t.Errorf("without its bound: %+v", f)
		}
	}
	if !slices.ContainsFunc(got.Findings, func(f diff.Finding) bool { return f.Kind == "undecided" }) {
		t.Errorf("%s: %.3000v", got.Wire, got.Findings)
	}
}
