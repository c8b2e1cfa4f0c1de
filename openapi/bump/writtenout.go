package bump

import (
	"errors"
	"fmt"
	"slices"

	"attributed/openapi"
	"attributed/openapi/tree"
)

// writtenOut measures what a slice comes to once a library puts its allOf together: it
// writes out references in the places where they stand, and multiplies unions out. Some lines
// can come to millions, and a schema that contains itself never comes to an end.
type writtenOut struct {
	spec  *openapi.Spec
	keeps bool // the library keeps references as names where no allOf is put together
	onWay map[*tree.Value]bool
	done  map[*tree.Value]extent
}

func newWrittenOut(slice *openapi.Spec, keeps bool) *writtenOut {
	return &writtenOut{spec: slice, keeps: keeps, onWay: map[*tree.Value]bool{}, done: map[*tree.Value]extent{}}
}

// extent is how many values a schema has, and from how many cases one is chosen.
type extent struct{ values, cases int }

// unmeasured is the number from which on it is not counted further.
const unmeasured = 1 << 30

func plus(a, b int) int { return min(a+b, unmeasured) }

func times(a, b int) int { return min(a*b, unmeasured) }

// finite cuts off, in the slice itself, each reference that leads back to what contains it,
// where the slice has an allOf, and returns how many values the whole comes to. What
// is cut off is compared where it is reached first.
func finite(slice *openapi.Spec) int {
	if !hasAllOf(slice.Root) {
		return slice.Root.Size() // references are kept, and their circles known
	}
	return newWrittenOut(slice, false).enter(slice.Root).values
}

func hasAllOf(v *tree.Value) bool {
	return slices.ContainsFunc(v.Elements(), hasAllOf) || slices.ContainsFunc(v.Fields(), func(m tree.Member) bool {
		return m.Name == "allOf" && m.Value.Is(tree.Array) || hasAllOf(m.Value)
	})
}

// maxGenerated bounds what oapi-codegen is given: it takes a second for so many values.
const maxGenerated = 100_000

// generatable returns an error where oapi-codegen would not come to an end: it writes out the
// parts of an allOf, and those of each allOf in their properties.
func generatable(slice *openapi.Spec) error {
	w := newWrittenOut(slice, true)
	if w.enter(slice.Root).values > maxGenerated {
		return fmt.Errorf("schemas in allOf come to more than %d values when they are written out, which is too much for oapi-codegen", maxGenerated)
	}
	steps := 10 * maxGenerated
	var contained func(v *tree.Value) bool
	contained = func(v *tree.Value) bool {
		if v.Get("allOf").Is(tree.Array) && !keepsName(v) && w.contains(v, v, map[*tree.Value]bool{}, &steps) {
			return true
		}
		return slices.ContainsFunc(v.Elements(), contained) ||
			slices.ContainsFunc(v.Fields(), func(m tree.Member) bool { return contained(m.Value) })
	}
	if contained(slice.Root) {
		return errors.New("a schema contains itself through its allOf, on which oapi-codegen would run forever")
	}
	return nil
}

// keepsName reports whether oapi-codegen takes a schema for another one's name: it is a
// reference, or an allOf of one that adds no properties.
func keepsName(v *tree.Value) bool {
	parts := v.Get("allOf").Elements()
	return v.Ref() != "" || len(parts) == 1 && parts[0].Ref() != "" &&
		v.Get("properties") == nil && v.Get("required") == nil && v.Get("additionalProperties") == nil
}

// parts returns what is written out in the place of v, or below it.
func (w *writtenOut) parts(v *tree.Value) []*tree.Value {
	if v.Ref() != "" {
		if target, err := w.spec.Target(v); err == nil {
			return []*tree.Value{target}
		}
		return nil
	}
	all := slices.Clone(v.Elements())
	for _, m := range v.Fields() {
		if m.Name == "allOf" {
			all = append(all, m.Value.Elements()...)
		} else {
			all = append(all, m.Value)
		}
	}
	if w.keeps {
		allOf := v.Get("allOf").Elements()
		all = slices.DeleteFunc(all, func(part *tree.Value) bool { return keepsName(part) && !slices.Contains(allOf, part) })
	}
	return all
}

func (w *writtenOut) enter(v *tree.Value) extent {
	if e, done := w.done[v]; done {
		return e
	}
	if w.onWay[v] {
		return extent{1, 1}
	}
	w.onWay[v] = true
	defer delete(w.onWay, v)
	if target, err := w.spec.Target(v); !w.keeps && v.Ref() != "" && err == nil && w.onWay[target] {
		*v = tree.Value{Kind: tree.Object}
	}
	whole := extent{1, w.cases(v)}
	for _, part := range w.parts(v) {
		whole.values = plus(whole.values, w.enter(part).values)
	}
	if v.Get("allOf").Is(tree.Array) && !w.keeps { // oapi-codegen multiplies no unions out
		whole.values = times(whole.values, whole.cases)
	}
	w.done[v] = whole
	return whole
}

// cases returns how many there are once unions are multiplied out.
func (w *writtenOut) cases(v *tree.Value) int {
	if v.Ref() != "" {
		if target, err := w.spec.Target(v); err == nil {
			return w.enter(target).cases
		}
	}
	product := 1
	for _, part := range v.Get("allOf").Elements() {
		product = times(product, w.enter(part).cases)
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		sum := 0
		for _, branch := range v.Get(keyword).Elements() {
			sum = plus(sum, w.enter(branch).cases)
		}
		product = times(product, max(sum, 1))
	}
	return product
}

// contains reports whether v, written out, contains the schema wanted, or whether that takes
// too many steps to tell.
func (w *writtenOut) contains(v, wanted *tree.Value, seen map[*tree.Value]bool, steps *int) bool {
	if seen[v] {
		return false
	}
	seen[v] = true
	if *steps--; *steps < 0 {
		return true
	}
	return slices.ContainsFunc(w.parts(v), func(part *tree.Value) bool {
		return part == wanted || w.contains(part, wanted, seen, steps)
	})
}
