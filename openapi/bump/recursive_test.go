package bump_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"attributed/openapi/diff"
)

func refTo(name string) object { return object{"$ref": "#/components/schemas/" + name} }

func allOf(parts ...any) object { return object{"allOf": parts} }

func withProperties(properties object) object {
	return object{"type": "object", "properties": properties}
}

// recursive are schemas that contain themselves, each with a description that changes.
var recursive = []struct {
	name    string
	schemas func(description string) object // X is asked for and answered
}{
	{"a property that is an allOf of the whole", func(d string) object {
		return object{"X": withProperties(object{"parent": object{"allOf": []any{refTo("X")}, "description": d}})}
	}},
	{"an item", func(d string) object {
		return object{"X": withProperties(object{"all": object{"type": "array", "description": d, "items": allOf(refTo("X"))}})}
	}},
	{"by way of another schema", func(d string) object {
		return object{
			"X": withProperties(object{"next": allOf(refTo("Y"), object{"required": []any{"back"}})}),
			"Y": object{"type": "object", "description": d, "properties": object{"back": allOf(refTo("X"))}},
		}
	}},
	{"two schemas in each other's properties", func(d string) object {
		return object{
			"X": withProperties(object{"a": allOf(refTo("X"), refTo("Y")), "b": object{"allOf": []any{refTo("Y"), refTo("X")}, "description": d}}),
			"Y": withProperties(object{"a": allOf(refTo("X")), "c": allOf(refTo("Y"), refTo("X"))}),
		}
	}},
	{"a branch", func(d string) object {
		return object{"X": allOf(withProperties(object{"next": object{"oneOf": []any{refTo("X"), object{"type": "string", "description": d}}}}))}
	}},
	{"other properties", func(d string) object {
		return object{"X": allOf(object{"type": "object", "additionalProperties": refTo("X")}, object{"description": d})}
	}},
	{"what it must not be", func(d string) object {
		return object{"X": withProperties(object{"next": object{"description": d, "not": allOf(refTo("X"))}})}
	}},
}

// A library that followed such a schema would end the program: there is no recovering
// from an overflow of the stack.
func TestASchemaThatContainsItself(t *testing.T) {
	for _, tt := range recursive {
		t.Run(tt.name, func(t *testing.T) {
			before := specOf(t, asking(refTo("X")), object{"schemas": tt.schemas("d")})
			after := specOf(t, over(asking(refTo("X")), answering(refTo("X"))), object{"schemas": tt.schemas("e")})
			if got := compared(t, before, after); got.Wire == "" {
				t.Error("no verdict")
			}
		})
	}
	t.Run("only a text differs", func(t *testing.T) {
		schemas := recursive[0].schemas
		got := compared(t, specOf(t, asking(refTo("X")), object{"schemas": schemas("d")}), specOf(t, asking(refTo("X")), object{"schemas": schemas("e")}))
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
			next := refTo(fmt.Sprint("X", i+1))
			part := func(name string) object { return withProperties(object{name: object{"type": "string"}}) }
			last[fmt.Sprint("X", i)] = withProperties(object{"a": allOf(next, part("k")), "b": allOf(next, part("l"))})
		}
		return object{"schemas": last}
	}
	got := compared(t, specOf(t, asking(refTo("X0")), schemas("d")), specOf(t, asking(refTo("X0")), schemas("e")))
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
		return withProperties(all)
	}
	got := compared(t, specOf(t, asking(properties(40_000)), object{}), specOf(t, asking(properties(40_001)), object{}))
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
	got := compared(t, specOf(t, asking(object{"allOf": unions}), object{}), specOf(t, asking(object{"anyOf": closed}), object{}))
	for _, f := range got.Findings {
		if f.Kind == "undecided" && !strings.Contains(f.Detail, "more than 5") {
			t.Errorf("without its bound: %+v", f)
		}
	}
	if !slices.ContainsFunc(got.Findings, func(f diff.Finding) bool { return f.Kind == "undecided" }) {
		t.Errorf("%s: %.3000v", got.Wire, got.Findings)
	}
}
