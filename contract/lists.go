package contract

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// elements reads a list without judging it.
func (r *run) elements(ctx context.Context, res *resource) []any {
	if res.list == nil || r.client.deaf(res.list) {
		return nil
	}
	one, ok := r.call(res.list, nil)
	if !ok {
		return nil
	}
	a := r.client.send(ctx, one)
	value, err := decodeJSON(a.body)
	if !a.ok() || err != nil {
		return nil
	}
	all, _ := dig(value, res.listAt).([]any)
	return all
}

// paged tells a list of which one answer may be a part.
func (op *operation) paged() bool {
	return op.takesQuery("page") || op.takesQuery("offset") || op.takesQuery("cursor") || op.takesQuery("limit")
}

// list reads the list of a resource: what is there is in it once, as it is, and what
// was removed or refused is not.
func (r *run) list(ctx context.Context, res *resource) {
	if res.list == nil {
		return
	}
	one, ok := r.call(res.list, nil)
	if !ok {
		return
	}
	a, value := r.send(ctx, one, taken)
	if !a.ok() || value == nil {
		return
	}
	all, ok := dig(value, res.listAt).([]any)
	if !ok {
		return // which has been told
	}
	byID := r.distinct(res, all, one)
	for _, element := range all {
		r.sameScope(res.list, element, one)
	}
	if res.create == nil {
		return
	}
	for _, t := range r.things {
		if t.of == res && !t.stray && (byID[""] == nil || byID[t.id] != nil) { // one whose id cannot be told may be any
			r.inList(ctx, t, byID[t.id], one)
		}
	}
	r.leftovers(ctx, res, all, one)
}

// distinct gives the elements by their ids, each of which may be there once.
func (r *run) distinct(res *resource, all []any, one call) map[string]any {
	byID := map[string]any{}
	for _, element := range all {
		id := idIn(element, res.idName)
		if id != "" && byID[id] != nil {
			r.find(problem{class: List, key: "twice", fault: "lists one thing twice", expected: "each thing once", got: res.idName + " " + id + " twice", place: res.list.place}, one)
		}
		byID[id] = element
	}
	return byID
}

// inList holds what the list says of a thing against what is known of it.
func (r *run) inList(ctx context.Context, t *thing, element any, one call) {
	res := t.of
	switch {
	case element == nil && !t.removed && !res.list.paged():
		r.find(problem{class: List, key: "lacks", fault: "lacks a thing that was created", expected: res.idName + " " + t.id, got: "no such element", place: res.list.place}, one, t.made)
	case element != nil && t.removed:
		class, fault := List, "still has a thing that was removed"
		if res.get == nil || r.isThere(ctx, t) {
			class = NotRemoved
		}
		r.find(problem{class: class, key: "removed", fault: fault, expected: "no such element", got: excerpt(element), place: res.list.place}, one, t.made)
	case element != nil:
		class, fault := List, "in the list differs from what the thing itself is"
		if res.get == nil {
			class, fault = ValueChanged, "in the list differs from what was answered before"
		}
		schema := res.created()
		r.same(class, fault, t, element, schema, res.listed(), one, t.made)
	}
}

// isThere asks for a thing, without judging the answer.
func (r *run) isThere(ctx context.Context, t *thing) bool {
	one, _ := r.call(t.of.get, t.values())
	return r.client.send(ctx, one).ok()
}

// leftovers tells of things in a list that are the check's and must not be there: they
// came of requests that were refused.
func (r *run) leftovers(ctx context.Context, res *resource, all []any, one call) {
	for _, element := range all {
		id := idIn(element, res.idName)
		if id == "" || !r.ours(res, element) || r.thing(res, id) != nil {
			continue
		}
		stray := &thing{of: res, id: id, made: one, removed: true, stray: true} // told once; swept away at the end
		r.things = append(r.things, stray)
		if res.get != nil && !r.isThere(ctx, stray) {
			r.find(problem{class: List, key: "phantom", fault: "lists a thing that is not there", expected: "a list of what " + res.get.id + " gives", got: excerpt(element), place: res.list.place}, one)
			continue
		}
		r.find(problem{
			class: SideEffect, key: "left behind", fault: "a request that was refused, or was answered without an id, has left something behind",
			expected: "nothing", got: excerpt(element), place: res.create.place,
		}, call{op: res.create, method: one.method, path: one.path, as: one.as})
	}
}

// meet remembers what an earlier run with the same seed has left: it bears the same
// mark, and is not this one's to judge or to remove.
func (r *run) meet(ctx context.Context) {
	for _, res := range r.resources {
		if res.create == nil || !res.wanted() {
			continue
		}
		for _, element := range r.elements(ctx, res) {
			if id := idIn(element, res.idName); r.ours(res, element) {
				r.met[id] = true
			}
		}
	}
}

// ours tells whether a thing holds the check's mark in a text that clients choose, and
// was not there before it.
func (r *run) ours(res *resource, element any) bool {
	if id := idIn(element, res.idName); r.met[id] {
		return false
	}
	body := outline(res.create.body)
	object, _ := element.(map[string]any)
	for name, value := range object {
		if text, ok := value.(string); ok && body.Properties[name] != nil && r.gen.holdsMark([]byte(text)) {
			return true
		}
	}
	return false
}

func (r *run) thing(res *resource, id string) *thing {
	for _, t := range r.things {
		if t.of == res && t.id == id {
			return t
		}
	}
	return nil
}

var scopeName = regexp.MustCompile(`(?i)^(organi[sz]ation|tenant)_?(uuid|id)$`)

// sameScope wants everything that one token is shown to be of one organization.
func (r *run) sameScope(op *operation, value any, one call) {
	object, _ := value.(map[string]any)
	for name, member := range object {
		id, ok := member.(string)
		if !ok || !scopeName.MatchString(name) {
			continue
		}
		if r.scope == "" {
			r.scope = id
		}
		if id != r.scope {
			r.find(problem{class: ForeignData, key: name, fault: "shows data of another organization", expected: name + " " + r.scope, got: id, place: op.place}, one)
		}
	}
}

// sameEmails wants whoever is named in a thing to have there the e-mail that the list of
// people tells.
func (r *run) sameEmails(op *operation, value any, one call) {
	object, _ := value.(map[string]any)
	for _, list := range object {
		elements, _ := list.([]any)
		for _, element := range elements {
			email, id := "", ""
			named, _ := element.(map[string]any)
			for name, member := range named {
				text, _ := member.(string)
				if isReference(name) {
					id = text
				} else if name == "email" {
					email = text
				}
			}
			if told, ok := dig(r.people[strings.ToLower(id)], []string{"email"}).(string); ok && email != "" && !strings.EqualFold(email, told) {
				r.find(problem{class: ValueChanged, key: "email", fault: "tells another e-mail of somebody than the list of people does", expected: told, got: email, place: op.place}, one)
			}
		}
	}
}

// strangers are elements of a list that the check did not make. Each must be what it
// is when it is asked for itself; one that is gone by then is looked for again.
func (r *run) strangers(ctx context.Context, res *resource) {
	if res.list == nil || res.get == nil {
		return
	}
	const most = 5
	asked := 0
	for _, element := range r.elements(ctx, res) {
		id := idIn(element, res.idName)
		if id == "" || r.thing(res, id) != nil || asked == most {
			continue
		}
		asked++
		one, ok := r.call(res.get, map[string]string{res.param: id})
		if !ok {
			return
		}
		a := r.client.send(ctx, one)
		list, _ := r.call(res.list, nil)
		if (a.gone() || a.status == http.StatusForbidden) && r.stillListed(ctx, res, id) && !r.client.send(ctx, one).ok() {
			r.find(problem{
				class: ForeignData, key: "phantom", fault: "lists a thing that may not be read, or is not there",
				expected: "a list of what " + res.get.id + " gives", got: fmt.Sprintf("%s %s, of which %s answers %d", res.idName, id, res.get.id, a.status), place: res.list.place,
			}, list)
		}
	}
}

func (r *run) stillListed(ctx context.Context, res *resource, id string) bool {
	for _, element := range r.elements(ctx, res) {
		if idIn(element, res.idName) == id {
			return true
		}
	}
	return false
}
