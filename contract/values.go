package contract

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// valueSteps sets and clears parts of a thing that have paths of their own.
func (r *run) valueSteps(res *resource, v *value) []step {
	if len(r.gen.known[v.param]) == 0 {
		r.note("%s: not called with good requests, since nothing is known that %s could name", v.set.id, v.param)
		return nil
	}
	var steps []step
	good, err := r.gen.goodBodies(v.set.body, 0)
	if err != nil {
		return nil
	}
	for i, c := range good {
		steps = append(steps, func(ctx context.Context) { r.setValue(ctx, res, v, i, c) })
	}
	for i, c := range r.badBodies(v.set) {
		steps = append(steps, func(ctx context.Context) {
			if t := r.some(res, i); t != nil {
				r.refuseChange(ctx, t, v.set, c)
			}
		})
	}
	return steps
}

// setValue sets one value of a thing, then clears it: each changes that one and no other.
func (r *run) setValue(ctx context.Context, res *resource, v *value, i int, c bodyCase) {
	t := r.some(res, i)
	if t == nil || t.value == nil {
		return
	}
	whose := r.gen.known[v.param][i%len(r.gen.known[v.param])]
	values := t.values()
	values[v.param] = whose
	one, ok := r.call(v.set, values)
	if !ok {
		return
	}
	one = withCase(one, c)
	before := t.value
	a, value := r.send(ctx, one, c.want, t.made)
	if !a.ok() {
		if a.err == nil {
			r.unchanged(ctx, t, one)
		}
		return
	}
	want := dig(c.value, []string{v.member})
	at, object := objectIn(v.set.answered(), res.param, false)
	told := dig(value, at)
	if object == nil {
		told = nil
	}
	if told != nil {
		r.oneValue(t, v, whose, want, before, told, ValueChanged, one)
	}
	t.value = told // until it is read
	now := r.readValue(ctx, t, v, whose, want, before, one)
	r.seen(ctx, res, t, v, whose, want, one)
	if v.clear == nil || i%2 == 1 {
		return // the next one replaces it, or it stays for the list
	}
	gone, _ := r.call(v.clear, values)
	a, _ = r.send(ctx, gone, taken, t.made, one)
	if a.ok() {
		r.readValue(ctx, t, v, whose, nil, now, gone)
		r.notSeen(ctx, res, t, v, whose, want, gone)
		if r.gen.rand.IntN(3) > 0 { // as with removals
			return
		}
		again, _ := r.call(v.clear, values)
		again.what, again.kind = "a request to clear what is cleared already", "repeated"
		r.send(ctx, again, either, t.made)
	}
}

// readValue reads a thing after one of its values was set or, with a nil want, cleared.
func (r *run) readValue(ctx context.Context, t *thing, v *value, whose string, want, before any, one call) any {
	res := t.of
	if res.get == nil {
		t.value = nil
		return nil
	}
	read, _ := r.call(res.get, t.values())
	read.what, read.kind = "what was updated", "updated"
	a, value := r.send(ctx, read, taken, t.made, one)
	got := dig(value, res.getAt)
	if !a.ok() || !judged(got) {
		if want == nil {
			t.value = nil // nobody can say what it is now
		}
		return t.value
	}
	r.oneValue(t, v, whose, want, before, got, UpdateLost, one)
	t.value, t.version = got, a.head.Get("ETag")
	return got
}

// oneValue wants a thing to be as before, but for one value: that of whose.
func (r *run) oneValue(t *thing, v *value, whose string, want, before, got any, class Class, one call) {
	find := func(class Class, key, fault string, expected, is any) {
		r.find(problem{class: class, key: key, fault: fault, expected: excerpt(expected), got: excerpt(is), place: one.op.place}, one, t.made)
	}
	array := v.arrayOf(t.of)
	if array == "" || untold(dig(got, []string{array}), v.param) {
		return
	}
	elements := of(got, array, v.param, whose)
	switch {
	case want == nil && len(elements) > 0:
		find(NotRemoved, "value", fmt.Sprintf("the value of one %s is still in %s after it was cleared", v.param, array), nil, elements[0])
	case want != nil && len(elements) != 1:
		find(class, "value", fmt.Sprintf("%s has not the one value of %s that was set", array, v.param), want, elements)
	case want != nil && !equal(want, dig(elements[0], []string{v.member}), nil, ""):
		find(class, "value of", fmt.Sprintf("the value of one %s is not what was sent (%s)", v.param, one.what), want, dig(elements[0], []string{v.member}))
	}
	if before == nil {
		return // nobody could say what it was
	}
	schema := t.of.got
	if t.of.get == nil {
		schema = t.of.created
	}
	for _, d := range (comparison{}).differences(without(before, array, v.param, whose), without(got, array, v.param, whose), schema(), schema()) {
		if !changing.MatchString(d.place) {
			find(SideEffect, "other "+d.place, d.place+" changed when one value of "+v.param+" was set or cleared", d.want, d.got)
		}
	}
}

// arrayOf is the property of a thing that holds all such values.
func (v *value) arrayOf(res *resource) string {
	for name, property := range merged(res.created()).Properties {
		if s := merged(property); isArray(s) && isObject(merged(s.Items)) && merged(s.Items).Properties[v.param] != nil {
			return name
		}
	}
	return ""
}

// of are the elements of a thing's array that are about one id.
func of(value any, array, param, id string) (found []any) {
	all, _ := dig(value, []string{array}).([]any)
	for _, element := range all {
		if told, ok := dig(element, []string{param}).(string); ok && strings.EqualFold(told, id) {
			found = append(found, element)
		}
	}
	return found
}

// without is a thing without the elements about one id.
func without(value any, array, param, id string) any {
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
		if told, ok := dig(element, []string{param}).(string); !ok || !strings.EqualFold(told, id) {
			others = append(others, element)
		}
	}
	rest[array] = append([]any{}, others...)
	return rest
}

// seen wants a value that was just set for somebody in their view, and in nobody
// else's.
func (r *run) seen(ctx context.Context, res *resource, t *thing, v *value, whose string, want any, one call) {
	text, _ := want.(string)
	for _, w := range res.views {
		if w.param != v.param || !r.gen.holdsMark([]byte(text)) {
			continue
		}
		if element, read, ok := r.look(ctx, res, w, t, whose); ok && !holds(element, text) {
			r.find(problem{class: UpdateLost, key: "view", fault: "does not show a value that was set", expected: text, got: excerpt(element), place: w.get.place}, read, t.made, one)
		} else if ok {
			r.comesFrom(w, element, v, text, read, t.made, one)
		}
		for _, other := range r.gen.known[v.param] {
			if other == whose {
				continue
			}
			if element, read, ok := r.look(ctx, res, w, t, other); ok && holds(element, text) {
				r.find(problem{class: ForeignData, key: "view", fault: "shows somebody a value that is another's", expected: "nothing of " + text, got: excerpt(element), place: w.get.place}, read, t.made, one)
			}
			break
		}
	}
}

func (r *run) notSeen(ctx context.Context, res *resource, t *thing, v *value, whose string, want any, one call) {
	text, _ := want.(string)
	for _, w := range res.views {
		if w.param != v.param || !r.gen.holdsMark([]byte(text)) {
			continue
		}
		if element, read, ok := r.look(ctx, res, w, t, whose); ok && holds(element, text) {
			r.find(problem{class: NotRemoved, key: "view", fault: "still shows a value that was cleared", expected: "nothing of " + text, got: excerpt(element), place: w.get.place}, read, t.made, one)
		} else if ok {
			r.comesFrom(w, element, v, "", read, t.made, one)
		}
	}
}

// look reads, in somebody's view, what is about a thing; nil if nothing is.
func (r *run) look(ctx context.Context, res *resource, w *view, t *thing, whose string) (element any, read call, ok bool) {
	read, ok = r.call(w.get, map[string]string{w.param: whose})
	if !ok {
		return nil, read, false
	}
	a, value := r.send(ctx, read, taken)
	at, _ := listIn(w.get.answered())
	list := dig(value, at)
	all, _ := list.([]any)
	for _, element := range all {
		if id, _ := dig(element, []string{res.param}).(string); strings.EqualFold(id, t.id) {
			return element, read, a.ok()
		}
	}
	return nil, read, a.ok() && value != nil && !untold(list, res.param)
}

// holds tells whether a text is anywhere in a value.
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

// views wants in nobody's view a thing twice, and what the thing is called as it is.
func (r *run) views(ctx context.Context, res *resource) {
	t := r.some(res, 0)
	for _, w := range res.views {
		known := r.gen.known[w.param]
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
				r.find(problem{class: ValueChanged, key: "view " + d.place, fault: d.place + " differs from what the thing itself is", expected: excerpt(d.want), got: excerpt(d.got), place: w.get.place}, read, t.made)
			}
		}
	}
}

func elementSchema(op *operation) *openapi3.SchemaRef {
	at, _ := listIn(op.answered())
	if list := merged(under(op.answered(), at)); list != nil {
		return list.Items
	}
	return nil
}

// comesFrom holds what a view says of where a value comes from against where it does: somebody's
// own (user, for a userUuid) where text was just set, from elsewhere where text is "" and it
// was cleared. The word is one that the spec lists among others, beside the value.
func (r *run) comesFrom(w *view, element any, v *value, text string, one call, before ...call) {
	who := stem(v.param)
	var look func(ref *openapi3.SchemaRef, value any, depth int)
	look = func(ref *openapi3.SchemaRef, value any, depth int) {
		s := outline(ref)
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
			property := outline(s.Properties[name])
			word, ok := member.(string)
			if !ok || property == nil {
				look(s.Properties[name], member, depth-1)
			} else if about && len(property.Enum) > 1 && slices.Contains(property.Enum, any(who)) && (word == who) != (text != "") {
				expected := map[bool]string{true: who, false: "another than " + who}[text != ""]
				r.find(problem{class: ValueChanged, key: name, fault: "tells another " + name + " of a value than it has", expected: expected, got: excerpt(object), place: w.get.place}, one, before...)
			}
		}
	}
	look(elementSchema(w.get), element, maxDepth)
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
