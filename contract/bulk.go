package contract

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// bulk changes many parts of a thing in one call.
type bulk struct {
	*run
	states *states
}

// steps changes many parts of things in every good way, and in every bad one, which must
// leave them as they are.
func (r *bulk) steps(res *resource, op *spec.Operation) []step {
	good, err := r.gen.GoodBodies(op.Body, max(r.cfg.Cases, 0))
	if err != nil {
		r.note("%s: no good request can be made: %v", op.ID, err)
	}
	var steps []step
	for i, c := range append(good, r.badBodies(op)...) {
		steps = append(steps, step{"change many values", func(ctx context.Context) {
			if t := r.things.anyOf(res, i); t != nil {
				r.changeMany(ctx, t, op, c)
			}
		}})
	}
	return steps
}

// changeMany sends a body that changes many parts of a thing, and reads what became of them.
func (r *bulk) changeMany(ctx context.Context, t *instance, op *spec.Operation, c cases.Case) {
	one, ok := r.call(op, t.values())
	if !ok {
		return
	}
	one = withCase(one, c)
	a, _ := r.send(ctx, one, c.Want, t.made)
	if !a.OK() {
		if a.Err == nil {
			r.states.unchanged(ctx, t, one)
		}
		return
	}
	read, _ := r.call(t.of.get, t.values())
	read.What, read.Kind = "what was updated", "updated"
	a, value := r.send(ctx, read, cases.Taken, t.made, one)
	got := spec.Dig(value, t.of.getAt)
	if !a.OK() || !spec.Judged(got) {
		t.value = nil // nobody can say what it is now
		return
	}
	before := t.value
	t.value, t.version = got, a.Head.Get("ETag")
	body, _ := c.Value.(map[string]any)
	for _, list := range slices.Sorted(maps.Keys(body)) {
		r.manyKept(list, body[list], got, op, read, t.made, one)
		before, got = withoutNamed(before, list, body[list]), withoutNamed(got, list, body[list])
	}
	if before != nil {
		r.states.untouched(t, before, got, t.of.got(), "values of others were set or cleared", one)
	}
}

// withoutNamed is a thing without the elements of a list that are about whoever is named in what
// was sent.
func withoutNamed(thing any, list string, sent any) any {
	elements, _ := sent.([]any)
	for _, element := range elements {
		object, _ := element.(map[string]any)
		for param, id := range object {
			if text, ok := id.(string); ok && spec.IsReference(param) {
				thing = elementsWithout(thing, list, param, text)
			}
		}
	}
	return thing
}

// manyKept finds which elements of a list that was sent a thing does not have as they were
// sent. One that has null is to be gone.
func (r *bulk) manyKept(list string, sent, got any, op *spec.Operation, read wire.Call, before ...wire.Call) {
	elements, _ := sent.([]any)
	for _, element := range elements {
		object, _ := element.(map[string]any)
		for param, id := range object {
			text, _ := id.(string)
			if !spec.IsReference(param) || spec.Untold(spec.Dig(got, []string{list}), param) {
				continue
			}
			has := elementsFor(got, list, param, text)
			if r.hasAsSent(object, has) {
				continue
			}
			r.find(spec.Problem{
				Class: report.UpdateLost, Key: "many " + list, Fault: fmt.Sprintf("%s does not have what was set or cleared with many others", list),
				Expected: spec.Excerpt(element), Got: spec.Excerpt(has), Place: op.Place,
			}, read, before...)
		}
	}
}

// hasAsSent reports whether what there is of somebody is what was sent: nothing for null, else
// one element with the same value, in either form.
func (r *bulk) hasAsSent(sent map[string]any, has []any) bool {
	sent = bothForms(sent, []spec.Pair{valueForms}, r.pairs.paired)
	value, one := sent[valueForms.One]
	_, several := sent[valueForms.Several]
	if !one && !several {
		return true // it was sent in both, and in neither is any
	}
	if one && value == nil {
		return len(has) == 0
	}
	if len(has) != 1 {
		return false
	}
	for _, name := range []string{valueForms.One, valueForms.Several} {
		if value, there := sent[name]; there && !equal(value, spec.Dig(has[0], []string{name}), nil, name) {
			return false
		}
	}
	return true
}

// valueForms are what an element that changes somebody's value may have it in.
var valueForms = spec.Pair{One: "value", Several: "values"}
