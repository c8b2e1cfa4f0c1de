package contract

import (
	"context"
	"fmt"
	"strings"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// ownValues sets and clears parts of a thing that have paths of their own.
type ownValues struct {
	*run
	states  *states
	updates *updates
	views   *views
}

// steps sets and clears a value of one thing and another, in every good way and every bad one.
func (r *ownValues) steps(res *resource, v *value) []step {
	if len(r.gen.Known[v.param]) == 0 {
		r.note("%s: not called with good requests, since nothing is known that %s could name", v.set.ID, v.param)
		return nil
	}
	var steps []step
	good, err := r.gen.GoodBodies(v.set.Body, 0)
	if err != nil {
		return nil
	}
	for i, c := range good {
		steps = append(steps, step{"change one value", func(ctx context.Context) { r.setValue(ctx, res, v, i, c) }})
	}
	for i, c := range r.badBodies(v.set) {
		steps = append(steps, step{"change one value with a fault", func(ctx context.Context) {
			if t := r.things.anyOf(res, i); t != nil {
				r.updates.refuseChange(ctx, t, v.set, c)
			}
		}})
	}
	return steps
}

// setValue sets one value of a thing, then clears it: each changes that one and no other.
func (r *ownValues) setValue(ctx context.Context, res *resource, v *value, i int, c cases.Case) {
	t := r.things.anyOf(res, i)
	if t == nil || t.value == nil {
		return
	}
	owner := r.gen.Known[v.param][i%len(r.gen.Known[v.param])]
	values := t.values()
	values[v.param] = owner
	one, ok := r.call(v.set, values)
	if !ok {
		return
	}
	one = withCase(one, c)
	before := t.value
	a, value := r.send(ctx, one, c.Want, t.made)
	if !a.OK() {
		if a.Err == nil {
			r.states.unchanged(ctx, t, one)
		}
		return
	}
	want := r.pairs.valueSent(c.Value, v)
	at, object := spec.ObjectIn(v.set.Answered(), res.param, false)
	told := spec.Dig(value, at)
	if object == nil {
		told = nil
	}
	if told != nil {
		r.oneValue(t, v, owner, want, before, told, report.ValueChanged, one)
	}
	t.value = told // until it is read
	now := r.readValue(ctx, t, v, owner, want, before, one)
	r.views.seen(ctx, res, t, v, owner, want, one)
	if v.clear == nil || i%2 == 1 {
		return // the next one replaces it, or it stays for the list
	}
	gone, _ := r.call(v.clear, values)
	a, _ = r.send(ctx, gone, cases.Taken, t.made, one)
	if a.OK() {
		r.readValue(ctx, t, v, owner, nil, now, gone)
		r.views.notSeen(ctx, res, t, v, owner, want, gone)
		if r.gen.Rand.IntN(3) > 0 { // as with removals
			return
		}
		again, _ := r.call(v.clear, values)
		again.What, again.Kind = "a request to clear what is cleared already", "repeated"
		r.send(ctx, again, cases.Either, t.made)
	}
}

// readValue reads a thing after one of its values was set or, with a nil want, cleared.
func (r *ownValues) readValue(ctx context.Context, t *instance, v *value, owner string, want, before any, one wire.Call) any {
	res := t.of
	if res.get == nil {
		t.value = nil
		return nil
	}
	read, _ := r.call(res.get, t.values())
	read.What, read.Kind = "what was updated", "updated"
	a, value := r.send(ctx, read, cases.Taken, t.made, one)
	got := spec.Dig(value, res.getAt)
	if !a.OK() || !spec.Judged(got) {
		if want == nil {
			t.value = nil // nobody can say what it is now
		}
		return t.value
	}
	r.oneValue(t, v, owner, want, before, got, report.UpdateLost, one)
	t.value, t.version = got, a.Head.Get("ETag")
	return got
}

// oneValue checks that a thing is as before, but for the value of one owner.
func (r *ownValues) oneValue(t *instance, v *value, owner string, want, before, got any, class report.Class, one wire.Call) {
	find := func(class report.Class, key, fault string, expected, is any) {
		r.find(spec.Problem{Class: class, Key: key, Fault: fault, Expected: spec.Excerpt(expected), Got: spec.Excerpt(is), Place: one.Op.Place}, one, t.made)
	}
	array := v.arrayOf(t.of)
	if array == "" || spec.Untold(spec.Dig(got, []string{array}), v.param) {
		return
	}
	elements := elementsFor(got, array, v.param, owner)
	switch {
	case want == nil && len(elements) > 0:
		find(report.NotRemoved, "value", fmt.Sprintf("the value of one %s is still in %s after it was cleared", v.param, array), nil, elements[0])
	case want != nil && len(elements) != 1:
		find(class, "value", fmt.Sprintf("%s has not the one value of %s that was set", array, v.param), want, elements)
	case want != nil && !equal(want, spec.Dig(elements[0], []string{v.member}), nil, ""):
		find(class, "value of", fmt.Sprintf("the value of one %s is not what was sent (%s)", v.param, one.What), want, spec.Dig(elements[0], []string{v.member}))
	}
	if before == nil {
		return // nobody could say what it was
	}
	schema := t.of.got
	if t.of.get == nil {
		schema = t.of.created
	}
	r.states.untouched(t, elementsWithout(before, array, v.param, owner), elementsWithout(got, array, v.param, owner), schema(), "one value of "+v.param+" was set or cleared", one)
}

// arrayOf is the property of a thing that holds all such values.
func (v *value) arrayOf(res *resource) string {
	for name, property := range spec.Merged(res.created()).Properties {
		if s := spec.Merged(property); spec.IsArray(s) && spec.IsObject(spec.Merged(s.Items)) && spec.Merged(s.Items).Properties[v.param] != nil {
			return name
		}
	}
	return ""
}

// elementsFor are the elements of a thing's array that are about one id.
func elementsFor(value any, array, param, id string) (found []any) {
	all, _ := spec.Dig(value, []string{array}).([]any)
	for _, element := range all {
		if told, ok := spec.Dig(element, []string{param}).(string); ok && strings.EqualFold(told, id) {
			found = append(found, element)
		}
	}
	return found
}

// elementsWithout is a thing without the elements about one id.
func elementsWithout(value any, array, param, id string) any {
	object, _ := value.(map[string]any)
	all, ok := object[array].([]any)
	if !ok {
		return value
	}
	rest := map[string]any{}
	for name, member := range object {
		rest[name] = member
	}
	var others []any
	for _, element := range all {
		if told, ok := spec.Dig(element, []string{param}).(string); !ok || !strings.EqualFold(told, id) {
			others = append(others, element)
		}
	}
	rest[array] = append([]any{}, others...)
	return rest
}
