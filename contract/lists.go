package contract

import (
	"context"
	"fmt"
	"net/http"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// lists holds what is listed against what was made.
type lists struct {
	*run
	states *states
	scope  *scope
	met    map[string]bool // ids of things with the check's mark that were there before it
}

// list reads the list of a resource: what is there is in it once, as it is, and what
// was removed or refused is not.
func (r *lists) list(ctx context.Context, res *resource) {
	if res.list == nil {
		return
	}
	one, ok := r.call(res.list, nil)
	if !ok {
		return
	}
	a, value := r.send(ctx, one, cases.Taken)
	if !a.OK() || value == nil {
		return
	}
	all, ok := spec.Dig(value, res.listAt).([]any)
	if !ok {
		return // which has been told
	}
	byID := r.distinct(res, all, one)
	for _, element := range all {
		r.scope.sameScope(res.list, element, one)
	}
	if res.create == nil {
		return
	}
	for _, t := range r.things.all {
		if t.of == res && !t.stray && (byID[""] == nil || byID[t.id] != nil) { // one whose id cannot be told may be any
			r.inList(ctx, t, byID[t.id], one)
		}
	}
	r.leftovers(ctx, res, all, one)
}

// distinct returns the elements by their ids, and finds an id that is there twice.
func (r *lists) distinct(res *resource, all []any, one wire.Call) map[string]any {
	byID := map[string]any{}
	for _, element := range all {
		id := spec.IDIn(element, res.idName)
		if id != "" && byID[id] != nil {
			r.find(spec.Problem{Class: report.List, Key: "twice", Fault: "lists one thing twice", Expected: "each thing once", Got: res.idName + " " + id + " twice", Place: res.list.Place}, one)
		}
		byID[id] = element
	}
	return byID
}

// inList holds what the list says of a thing against what is known of it.
func (r *lists) inList(ctx context.Context, t *instance, element any, one wire.Call) {
	res := t.of
	switch {
	case element == nil && !t.removed && !res.list.Paged():
		r.find(spec.Problem{Class: report.List, Key: "lacks", Fault: "lacks a thing that was created", Expected: res.idName + " " + t.id, Got: "no such element", Place: res.list.Place}, one, t.made)
	case element != nil && t.removed:
		class, fault := report.List, "still has a thing that was removed"
		if res.get == nil || r.isThere(ctx, t) {
			class = report.NotRemoved
		}
		r.find(spec.Problem{Class: class, Key: "removed", Fault: fault, Expected: "no such element", Got: spec.Excerpt(element), Place: res.list.Place}, one, t.made)
	case element != nil:
		class, fault := report.List, "in the list differs from what the thing itself is"
		if res.get == nil {
			class, fault = report.ValueChanged, "in the list differs from what was answered before"
		}
		schema := res.created()
		r.states.sameState(class, fault, t, element, schema, res.listed(), one, t.made)
	}
}

// isThere asks for a thing, without judging the answer.
func (r *lists) isThere(ctx context.Context, t *instance) bool {
	one, _ := r.call(t.of.get, t.values())
	return r.client.Send(ctx, one).OK()
}

// leftovers finds things in a list that are the check's and must not be there: they
// came of requests that were refused.
func (r *lists) leftovers(ctx context.Context, res *resource, all []any, one wire.Call) {
	for _, element := range all {
		id := spec.IDIn(element, res.idName)
		if id == "" || !r.ours(res, element) || r.things.named(res, id) != nil {
			continue
		}
		stray := &instance{of: res, id: id, made: one, removed: true, stray: true} // told once; swept away at the end
		r.things.all = append(r.things.all, stray)
		if res.get != nil && !r.isThere(ctx, stray) {
			r.find(spec.Problem{Class: report.List, Key: "phantom", Fault: "lists a thing that is not there", Expected: "a list of what " + res.get.ID + " gives", Got: spec.Excerpt(element), Place: res.list.Place}, one)
			continue
		}
		r.find(spec.Problem{
			Class: report.SideEffect, Key: "left behind", Fault: "a request that was refused, or was answered without an id, has left something behind",
			Expected: "nothing", Got: spec.Excerpt(element), Place: res.create.Place,
		}, wire.Call{Op: res.create, Method: one.Method, Path: one.Path, As: one.As})
	}
}

// meet remembers what an earlier run with the same seed has left: it bears the same
// mark, and is not this one's to judge or to remove.
func (r *lists) meet(ctx context.Context) {
	for _, res := range r.resources {
		if res.create == nil || !res.wanted() {
			continue
		}
		for _, element := range r.elements(ctx, res) {
			if id := spec.IDIn(element, res.idName); r.ours(res, element) {
				r.met[id] = true
			}
		}
	}
}

// ours reports whether a thing holds the check's mark in a text that clients choose, and
// was not there before it.
func (r *lists) ours(res *resource, element any) bool {
	if id := spec.IDIn(element, res.idName); r.met[id] {
		return false
	}
	body := spec.Outline(res.create.Body)
	object, _ := element.(map[string]any)
	for name, value := range object {
		if text, ok := value.(string); ok && body.Properties[name] != nil && r.gen.HoldsMark([]byte(text)) {
			return true
		}
	}
	return false
}

func (r *lists) stillListed(ctx context.Context, res *resource, id string) bool {
	for _, element := range r.elements(ctx, res) {
		if spec.IDIn(element, res.idName) == id {
			return true
		}
	}
	return false
}

// strangers are elements of a list that the check did not make. Each must be what it
// is when it is asked for itself; one that is gone by then is looked for again.
func (r *lists) strangers(ctx context.Context, res *resource) {
	if res.list == nil || res.get == nil {
		return
	}
	const most = 5
	asked := 0
	for _, element := range r.elements(ctx, res) {
		id := spec.IDIn(element, res.idName)
		if id == "" || r.things.named(res, id) != nil || asked == most {
			continue
		}
		asked++
		one, ok := r.call(res.get, map[string]string{res.param: id})
		if !ok {
			return
		}
		a := r.client.Send(ctx, one)
		list, _ := r.call(res.list, nil)
		if (a.Gone() || a.Status == http.StatusForbidden) && r.stillListed(ctx, res, id) && !r.client.Send(ctx, one).OK() {
			r.find(spec.Problem{
				Class: report.ForeignData, Key: "phantom", Fault: "lists a thing that may not be read, or is not there",
				Expected: "a list of what " + res.get.ID + " gives", Got: fmt.Sprintf("%s %s, of which %s answers %d", res.idName, id, res.get.ID, a.Status), Place: res.list.Place,
			}, list)
		}
	}
}

// readOnly looks at a resource that nothing can be made of.
func (r *lists) readOnly(ctx context.Context, res *resource) {
	if res.list.Selected || res.get != nil && res.get.Selected {
		r.list(ctx, res)
		if res.get != nil {
			r.strangers(ctx, res)
		}
	}
}
