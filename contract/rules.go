package contract

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// A rule across several members of a body (an end after its start, a country that has no
// such city) is in no schema. Where the spec lists 409 or 422, a good body may be refused for
// one: if each of its members is taken beside others, only the whole can have been the cause.

// mostRules is how many refusals of one operation are looked into: each takes some requests.
const mostRules = 10

// ruling is what is known of an operation's rules.
type ruling struct {
	looks int
	found bool // some refusal was for one: so may those be that are not looked into
}

// byRule reports whether only a rule across the members of a good body can be the cause of its
// refusal, and notes that it is not judged.
func (r *run) byRule(ctx context.Context, a *answer) bool {
	if a.status != http.StatusConflict && a.status != http.StatusUnprocessableEntity || a.op.body == nil {
		return false
	}
	if p := a.op.promised(a.status); p == nil || !p.documented {
		return false
	}
	if !slices.ContainsFunc(r.resources, func(res *resource) bool { return a.op == res.create || a.op == res.update }) {
		return false
	}
	value, err := decodeJSON(a.call.body)
	if _, ok := value.(map[string]any); !ok || err != nil {
		return false
	}
	if r.ruled[a.op] == nil {
		r.ruled[a.op] = &ruling{}
	}
	rules := r.ruled[a.op]
	if rules.looks++; rules.looks <= mostRules {
		across := r.acrossMembers(ctx, a.call, value)
		rules.found = rules.found || across
		if !across {
			return false
		}
	} else if !rules.found {
		return false
	}
	r.note("%s: %d to a request that its schema allows, and each of whose members is taken in another, was not judged: it may be for a rule that no schema says", a.op.id, a.status)
	return true
}

// acrossMembers reports whether each member of a refused body, and each lack of one, is taken
// in some other body, and the whole is refused again.
func (r *run) acrossMembers(ctx context.Context, one call, value any) bool {
	const tries, enough = 30, 6
	var bases []any // that are taken
	for i := 0; i < tries && len(bases) < enough; i++ {
		how := []style{full, minimal, random}[i%3]
		if made, err := r.gen.value(one.op.body, "", how); err == nil && r.wouldTake(ctx, one, made) {
			bases = append(bases, newBody("", "", taken, made).value)
		}
	}
	for _, change := range changesTo(value, bases) {
		if !slices.ContainsFunc(bases, func(base any) bool { return r.takesChanged(ctx, one, base, change) }) {
			return false
		}
	}
	return len(bases) > 0 && !r.wouldTake(ctx, one, value)
}

// takesChanged reports whether a body is taken after a change, by itself or with the number
// that is changed in the place of all others too: no random one is beyond the greatest.
func (r *run) takesChanged(ctx context.Context, one call, base any, change change) bool {
	changed := newBody("", "", taken, base).value
	change.apply(changed)
	if equal(base, changed, nil, "") || r.wouldTake(ctx, one, changed) {
		return true
	}
	if _, ok := change.to.(json.Number); !ok {
		return false
	}
	for name, member := range changed.(map[string]any) {
		if _, ok := member.(json.Number); ok {
			changed.(map[string]any)[name] = change.to
		}
	}
	return r.wouldTake(ctx, one, changed)
}

// change is one of a body at one place.
type change struct {
	apply func(body any)
	to    any // what is there then
}

// changesTo lists the changes of other bodies, one place each, that make them the wanted one.
func changesTo(wanted any, others []any) []change {
	var all []change
	var walk func(value any, pointer []string)
	walk = func(value any, pointer []string) {
		object, ok := value.(map[string]any)
		if len(pointer) > 0 && (!ok || len(object) == 0) {
			all = append(all, change{func(body any) { set(body, pointer, value) }, value})
		}
		for _, name := range slices.Sorted(maps.Keys(object)) {
			walk(object[name], append(slices.Clone(pointer), name))
		}
	}
	walk(wanted, nil)
	lacking := map[string]any{}
	for _, other := range others {
		for name := range other.(map[string]any) {
			if _, there := wanted.(map[string]any)[name]; !there {
				lacking[name] = nil
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lacking)) {
		all = append(all, change{func(body any) { drop(body, []string{name}) }, nil})
	}
	return all
}

// wouldTake reports whether another body is taken in a call's place.
func (r *run) wouldTake(ctx context.Context, one call, body any) bool {
	a := r.try(ctx, one, body)
	return a != nil && a.ok()
}

// try sends another body in a call's place, without judging the answer, and removes what it
// makes. It returns nil, and sends nothing, if the schema does not allow the body.
func (r *run) try(ctx context.Context, one call, body any) *answer {
	c := newBody(one.what, one.kind, taken, body)
	if ctx.Err() != nil || !accepts(one.op.body.Value, c.value, openapi3.VisitAsRequest()) {
		return nil
	}
	one = withCase(one, c)
	one.whole = true
	a := r.client.send(ctx, one)
	if !a.ok() {
		return a
	}
	value, _ := decodeJSON(a.body)
	for _, res := range r.resources {
		if id := idIn(dig(value, res.createdAt), res.idName); res.create == one.op && id != "" && r.thing(res, id) == nil {
			t := &thing{of: res, id: id, made: one, stray: true}
			r.things = append(r.things, t)
			r.drop(ctx, t)
		}
	}
	for _, t := range r.things {
		if t.of.update != one.op || t.removed {
			continue
		}
		if its, ok := r.call(one.op, t.values()); ok && its.path == one.path {
			r.refresh(ctx, t, dig(value, t.of.updateAt))
		}
	}
	return a
}
