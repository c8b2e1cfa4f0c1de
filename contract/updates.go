package contract

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// updates changes things.
type updates struct {
	*run
	states *states
	lists  *lists
}

// steps changes things in every good way, and in every bad one, which must leave
// them as they are.
func (r *updates) steps(res *resource) []step {
	good, err := r.gen.GoodBodies(res.update.Body, max(r.cfg.Cases, 0))
	if err != nil {
		r.note("%s: no good request can be made: %v", res.update.ID, err)
	}
	var steps []step
	for i, c := range good {
		steps = append(steps, step{"update", func(ctx context.Context) {
			if t := r.things.anyOf(res, i/2); t != nil { // each twice, so that much follows on little and little on much
				r.change(ctx, t, c)
			}
			if i < 3 || i%5 == 0 {
				r.lists.list(ctx, res)
			}
		}})
	}
	steps = append(steps, about(res, "list", r.lists.list))
	for i, c := range r.badBodies(res.update) {
		steps = append(steps, step{"update with a fault", func(ctx context.Context) {
			if t := r.things.anyOf(res, i); t != nil {
				r.refuseChange(ctx, t, res.update, c)
			}
		}})
	}
	return steps
}

// change updates a thing with a good body, and follows up on it.
func (r *updates) change(ctx context.Context, t *instance, c cases.Case) {
	res := t.of
	one, _ := r.call(res.update, t.values())
	one = withCase(one, c)
	a := r.client.Send(ctx, one)
	if ctx.Err() != nil {
		return
	}
	if a.Status == http.StatusConflict && !c.Want.Refuse && r.conflicts(ctx, res, c) {
		r.judge(ctx, a, cases.Either, []wire.Call{t.made})
		return
	}
	value := r.judge(ctx, a, c.Want, []wire.Call{t.made})
	if !a.OK() {
		r.states.unchanged(ctx, t, one)
		return
	}
	before := t.value
	t.version = a.Head.Get("ETag")
	told := spec.Dig(value, res.updateAt)
	if told != nil {
		r.states.echo(res.update, report.ValueChanged, one, c.Value, told, res.updated(), t.made)
		r.kept(one, before, told, t)
	}
	r.afterChange(ctx, t, one, c.Value, told)
}

// afterChange reads a thing after an update, and takes what it is then for true.
func (r *updates) afterChange(ctx context.Context, t *instance, one wire.Call, sent, told any) {
	res := t.of
	if told != nil {
		t.value = told
	}
	if res.get == nil {
		if told == nil {
			t.value = nil // nobody can say what it is now
		}
		return
	}
	read, _ := r.call(res.get, t.values())
	read.What, read.Kind = "what was updated", "updated"
	a, value := r.send(ctx, read, cases.Taken, t.made, one)
	got := spec.Dig(value, res.getAt)
	if !a.OK() || !spec.Judged(got) {
		return
	}
	if r.states.echo(res.get, report.UpdateLost, read, sent, got, res.got(), t.made, one) && told != nil &&
		r.states.sameState(report.UpdateLost, "differs from what the update answered", t, got, res.updated(), res.got(), read, t.made, one) {
		r.states.sameVersion(t, a, one)
	}
	t.value, t.version = got, a.Head.Get("ETag")
}

// kept finds what an update changed though it was not sent: the id, the time of
// creation, and whatever else a body cannot hold. An optional property that was not
// sent may stay or go.
func (r *updates) kept(one wire.Call, before, after any, t *instance) {
	was, _ := before.(map[string]any)
	is, _ := after.(map[string]any)
	sent, _ := spec.DecodeJSON(one.Body)
	body, answered := spec.MergedFor(one.Op.Body, sent, openapi3.VisitAsRequest()), spec.MergedFor(t.of.updated(), after, openapi3.VisitAsResponse())
	if body == nil || answered == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		property := answered.Properties[name]
		if property == nil || changing.MatchString(name) || equal(was[name], is[name], spec.Merged(property), name) {
			continue
		}
		if b := spec.Merged(body.Properties[name]); b != nil && !b.ReadOnly {
			_, given := sent.(map[string]any)[name]
			given = given || r.pairs.inOtherForm(sent.(map[string]any), name, spec.Pairs(answered))
			if given || nothing(is[name]) || is[name] != nil && spec.Merged(property).Default != nil {
				continue
			}
			if slices.Contains(body.Required, name) {
				continue
			}
		}
		r.find(spec.Problem{
			Class: report.ValueChanged, Key: "kept " + name, Fault: fmt.Sprintf("%s changed with an update that did not speak of it", name),
			Expected: spec.Excerpt(was[name]), Got: spec.Excerpt(is[name]), Place: one.Op.Place,
		}, one, t.made)
	}
}

// refuseChange sends a bad update, which must leave the thing as it is.
func (r *updates) refuseChange(ctx context.Context, t *instance, op *spec.Operation, c cases.Case) {
	one, ok := r.call(op, t.values())
	if !ok {
		return
	}
	one = withCase(one, c)
	a, value := r.send(ctx, one, c.Want, t.made)
	switch {
	case a.OK(): // it may hold anything now
		r.refresh(ctx, t, spec.Dig(value, t.of.updateAt))
	case a.Err == nil:
		r.states.unchanged(ctx, t, one)
	}
}
