package contract

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// mostRules is how many refusals of one operation are looked into: each takes some requests.
const mostRules = 10

// rules finds out whether a refusal is for what no schema says. It asks the server, but judges
// nothing.
type rules struct {
	*quiet
	ruled map[*spec.Operation]*ruling // by byRule
}

// ruling is what is known of an operation's rules.
type ruling struct {
	looks int
	found bool // some refusal was for one: so may those be that are not looked into
}

// byRule reports whether only a rule across the members of a good body can be the cause of its
// refusal, and notes that it is not judged. Such a rule (an end after its start, a country that has
// no such city) is in no schema. Where the spec lists 409 or 422, a good body may be refused for
// one: if each of its members is taken beside others, only the whole can have been the cause.
func (r *rules) byRule(ctx context.Context, a *wire.Answer) bool {
	if a.Status != http.StatusConflict && a.Status != http.StatusUnprocessableEntity || a.Op.Body == nil {
		return false
	}
	if p := a.Op.Promised(a.Status); p == nil || !p.Documented {
		return false
	}
	if !slices.ContainsFunc(r.resources, func(res *resource) bool { return a.Op == res.create || a.Op == res.update }) {
		return false
	}
	value, err := spec.DecodeJSON(a.Call.Body)
	if _, ok := value.(map[string]any); !ok || err != nil {
		return false
	}
	if r.ruled[a.Op] == nil {
		r.ruled[a.Op] = &ruling{}
	}
	rules := r.ruled[a.Op]
	if rules.looks++; rules.looks <= mostRules {
		across := r.acrossMembers(ctx, a.Call, value)
		rules.found = rules.found || across
		if !across {
			return false
		}
	} else if !rules.found {
		return false
	}
	r.note("%s: %d to a request that its schema allows, and each of whose members is taken in another, was not judged: it may be for a rule that no schema says", a.Op.ID, a.Status)
	return true
}

// acrossMembers reports whether each member of a refused body, and each lack of one, is taken
// in some other body, and the whole is refused again.
func (r *rules) acrossMembers(ctx context.Context, one wire.Call, value any) bool {
	const tries, enough = 30, 6
	var bases []any // that are taken
	for i := 0; i < tries && len(bases) < enough; i++ {
		how := []cases.Style{cases.Full, cases.Minimal, cases.Random}[i%3]
		if made, err := r.gen.Value(one.Op.Body, "", how); err == nil && r.wouldTake(ctx, one, made) {
			bases = append(bases, cases.NewCase("", "", cases.Taken, made).Value)
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
func (r *rules) takesChanged(ctx context.Context, one wire.Call, base any, change change) bool {
	changed := cases.NewCase("", "", cases.Taken, base).Value
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
			all = append(all, change{func(body any) { cases.Set(body, pointer, value) }, value})
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
		all = append(all, change{func(body any) { cases.Drop(body, []string{name}) }, nil})
	}
	return all
}

// wouldTake reports whether another body is taken in a call's place.
func (r *rules) wouldTake(ctx context.Context, one wire.Call, body any) bool {
	a := r.try(ctx, one, body)
	return a != nil && a.OK()
}

// try sends another body in a call's place, without judging the answer, and removes what it
// makes. It returns nil, and sends nothing, if the schema does not allow the body.
func (r *rules) try(ctx context.Context, one wire.Call, body any) *wire.Answer {
	c := cases.NewCase(one.What, one.Kind, cases.Taken, body)
	if ctx.Err() != nil || !spec.Accepts(one.Op.Body.Value, c.Value, openapi3.VisitAsRequest()) {
		return nil
	}
	one = withCase(one, c)
	one.Whole = true
	a := r.client.Send(ctx, one)
	if !a.OK() {
		return a
	}
	value, _ := spec.DecodeJSON(a.Body)
	for _, res := range r.resources {
		if id := spec.IDIn(spec.Dig(value, res.createdAt), res.idName); res.create == one.Op && id != "" && r.things.named(res, id) == nil {
			t := &instance{of: res, id: id, made: one, stray: true}
			r.things.all = append(r.things.all, t)
			r.drop(ctx, t)
		}
	}
	for _, t := range r.things.all {
		if t.of.update != one.Op || t.removed {
			continue
		}
		if its, ok := r.call(one.Op, t.values()); ok && its.Path == one.Path {
			r.refresh(ctx, t, spec.Dig(value, t.of.updateAt))
		}
	}
	return a
}
