package contract

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// valueSteps sets and clears parts of a thing that have paths of their own.
func (r *run) valueSteps(res *resource, v *value) []step {
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
		steps = append(steps, func(ctx context.Context) { r.setValue(ctx, res, v, i, c) })
	}
	for i, c := range r.badBodies(v.set) {
		steps = append(steps, func(ctx context.Context) {
			if t := r.anyOf(res, i); t != nil {
				r.refuseChange(ctx, t, v.set, c)
			}
		})
	}
	return steps
}

// setValue sets one value of a thing, then clears it: each changes that one and no other.
func (r *run) setValue(ctx context.Context, res *resource, v *value, i int, c cases.Case) {
	t := r.anyOf(res, i)
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
			r.unchanged(ctx, t, one)
		}
		return
	}
	want := r.valueSent(c.Value, v)
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
	r.seen(ctx, res, t, v, owner, want, one)
	if v.clear == nil || i%2 == 1 {
		return // the next one replaces it, or it stays for the list
	}
	gone, _ := r.call(v.clear, values)
	a, _ = r.send(ctx, gone, cases.Taken, t.made, one)
	if a.OK() {
		r.readValue(ctx, t, v, owner, nil, now, gone)
		r.notSeen(ctx, res, t, v, owner, want, gone)
		if r.gen.Rand.IntN(3) > 0 { // as with removals
			return
		}
		again, _ := r.call(v.clear, values)
		again.What, again.Kind = "a request to clear what is cleared already", "repeated"
		r.send(ctx, again, cases.Either, t.made)
	}
}

// readValue reads a thing after one of its values was set or, with a nil want, cleared.
func (r *run) readValue(ctx context.Context, t *instance, v *value, owner string, want, before any, one wire.Call) any {
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
func (r *run) oneValue(t *instance, v *value, owner string, want, before, got any, class report.Class, one wire.Call) {
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
	for _, d := range (comparison{}).differences(elementsWithout(before, array, v.param, owner), elementsWithout(got, array, v.param, owner), schema(), schema()) {
		if !changing.MatchString(d.place) {
			find(report.SideEffect, "other "+d.place, d.place+" changed when one value of "+v.param+" was set or cleared", d.want, d.got)
		}
	}
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

// seen checks that a value that was just set for somebody is in their view, and in nobody
// else's.
func (r *run) seen(ctx context.Context, res *resource, t *instance, v *value, owner string, want any, one wire.Call) {
	text, _ := want.(string)
	for _, w := range res.views {
		if w.param != v.param || !r.gen.HoldsMark([]byte(text)) {
			continue
		}
		if element, read, ok := r.look(ctx, res, w, t, owner); ok && !holds(element, text) {
			r.find(spec.Problem{Class: report.UpdateLost, Key: "view", Fault: "does not show a value that was set", Expected: text, Got: spec.Excerpt(element), Place: w.get.Place}, read, t.made, one)
		} else if ok {
			r.comesFrom(w, element, v, text, read, t.made, one)
		}
		for _, other := range r.gen.Known[v.param] {
			if other == owner {
				continue
			}
			if element, read, ok := r.look(ctx, res, w, t, other); ok && holds(element, text) {
				r.find(spec.Problem{Class: report.ForeignData, Key: "view", Fault: "shows somebody a value that is another's", Expected: "nothing of " + text, Got: spec.Excerpt(element), Place: w.get.Place}, read, t.made, one)
			}
			break
		}
	}
}

func (r *run) notSeen(ctx context.Context, res *resource, t *instance, v *value, owner string, want any, one wire.Call) {
	text, _ := want.(string)
	for _, w := range res.views {
		if w.param != v.param || !r.gen.HoldsMark([]byte(text)) {
			continue
		}
		if element, read, ok := r.look(ctx, res, w, t, owner); ok && holds(element, text) {
			r.find(spec.Problem{Class: report.NotRemoved, Key: "view", Fault: "still shows a value that was cleared", Expected: "nothing of " + text, Got: spec.Excerpt(element), Place: w.get.Place}, read, t.made, one)
		} else if ok {
			r.comesFrom(w, element, v, "", read, t.made, one)
		}
	}
}

// look reads, in somebody's view, what is about a thing; nil if nothing is.
func (r *run) look(ctx context.Context, res *resource, w *view, t *instance, owner string) (element any, read wire.Call, ok bool) {
	read, ok = r.call(w.get, map[string]string{w.param: owner})
	if !ok {
		return nil, read, false
	}
	a, value := r.send(ctx, read, cases.Taken)
	at, _ := spec.ListIn(w.get.Answered())
	list := spec.Dig(value, at)
	all, _ := list.([]any)
	for _, element := range all {
		if id, _ := spec.Dig(element, []string{res.param}).(string); strings.EqualFold(id, t.id) {
			return element, read, a.OK()
		}
	}
	return nil, read, a.OK() && value != nil && !spec.Untold(list, res.param)
}

// holds reports whether a text is anywhere in a value.
func holds(value any, text string) bool {
	switch v := value.(type) {
	case string:
		return v == text
	case []any:
		for _, element := range v {
			if holds(element, text) {
				return true
			}
		}
	case map[string]any:
		for _, member := range v {
			if holds(member, text) {
				return true
			}
		}
	}
	return false
}

// views checks that nobody's view has a thing twice, and that each thing is called there as it is.
func (r *run) views(ctx context.Context, res *resource) {
	t := r.anyOf(res, 0)
	for _, w := range res.views {
		known := r.gen.Known[w.param]
		if t == nil || len(known) == 0 {
			continue
		}
		element, read, ok := r.look(ctx, res, w, t, known[0])
		if !ok || element == nil {
			continue
		}
		schema := elementSchema(w.get)
		for _, d := range (comparison{}).differences(t.value, element, res.created(), schema) {
			if d.want != nil && d.got != nil {
				r.find(spec.Problem{Class: report.ValueChanged, Key: "view " + d.place, Fault: d.place + " differs from what the thing itself is", Expected: spec.Excerpt(d.want), Got: spec.Excerpt(d.got), Place: w.get.Place}, read, t.made)
			}
		}
	}
}

func elementSchema(op *spec.Operation) *openapi3.SchemaRef {
	at, _ := spec.ListIn(op.Answered())
	if list := spec.Merged(under(op.Answered(), at)); list != nil {
		return list.Items
	}
	return nil
}

// comesFrom holds what a view says of where a value comes from against where it does: somebody's
// own (user, for a userUuid) where text was just set, from elsewhere where text is "" and it
// was cleared. The word is one that the spec lists among others, beside the value.
func (r *run) comesFrom(w *view, element any, v *value, text string, one wire.Call, before ...wire.Call) {
	who := spec.Stem(v.param)
	var look func(ref *openapi3.SchemaRef, value any, depth int)
	look = func(ref *openapi3.SchemaRef, value any, depth int) {
		s := spec.Outline(ref)
		if s == nil || depth == 0 {
			return
		}
		all, _ := value.([]any)
		for _, member := range all {
			look(s.Items, member, depth-1)
		}
		object, _ := value.(map[string]any)
		about := text == "" || hasText(object, text)
		for name, member := range object {
			property := spec.Outline(s.Properties[name])
			word, ok := member.(string)
			if !ok || property == nil {
				look(s.Properties[name], member, depth-1)
			} else if about && len(property.Enum) > 1 && slices.Contains(property.Enum, any(who)) && (word == who) != (text != "") {
				expected := map[bool]string{true: who, false: "another than " + who}[text != ""]
				r.find(spec.Problem{Class: report.ValueChanged, Key: name, Fault: "tells another " + name + " of a value than it has", Expected: expected, Got: spec.Excerpt(object), Place: w.get.Place}, one, before...)
			}
		}
	}
	look(elementSchema(w.get), element, spec.MaxDepth)
}

// hasText reports whether one of an object's own members is a text.
func hasText(object map[string]any, text string) bool {
	for _, member := range object {
		if member == text {
			return true
		}
	}
	return false
}
