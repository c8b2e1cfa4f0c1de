package contract

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// updates changes things in every good way, and in every bad one, which must leave
// them as they are.
func (r *run) updates(res *resource) []step {
	good, err := r.gen.goodBodies(res.update.body, max(r.cfg.Cases, 0))
	if err != nil {
		r.note("%s: no good request can be made: %v", res.update.id, err)
	}
	var steps []step
	for i, c := range good {
		steps = append(steps, func(ctx context.Context) {
			if t := r.some(res, i/2); t != nil { // each twice, so that much follows on little and little on much
				r.change(ctx, t, c)
			}
			if i < 3 || i%5 == 0 {
				r.list(ctx, res)
			}
		})
	}
	steps = append(steps, func(ctx context.Context) { r.list(ctx, res) })
	for i, c := range r.badBodies(res.update) {
		steps = append(steps, func(ctx context.Context) {
			if t := r.some(res, i); t != nil {
				r.refuseChange(ctx, t, res.update, c)
			}
		})
	}
	return steps
}

// some is one of the things that are there, nil if none is. The first is left alone:
// at the end it shows whether something changed that nobody spoke of.
func (r *run) some(res *resource, i int) *thing {
	all := r.alive(res)
	if len(all) == 0 {
		return nil
	}
	if len(all) == 1 {
		return all[0]
	}
	return all[1+i%(len(all)-1)]
}

// change updates a thing with a good body, and follows up on it.
func (r *run) change(ctx context.Context, t *thing, c bodyCase) {
	res := t.of
	one, _ := r.call(res.update, t.values())
	one = withCase(one, c)
	a := r.client.send(ctx, one)
	if ctx.Err() != nil {
		return
	}
	if a.status == http.StatusConflict && !c.want.refuse && r.conflicts(ctx, res, c) {
		r.judge(ctx, a, either, []call{t.made})
		return
	}
	value := r.judge(ctx, a, c.want, []call{t.made})
	if !a.ok() {
		r.unchanged(ctx, t, one)
		return
	}
	before := t.value
	t.version = a.head.Get("ETag")
	told := dig(value, res.updateAt)
	if told != nil {
		r.echo(res.update, ValueChanged, one, c.value, told, res.updated(), t.made)
		r.kept(one, before, told, t)
	}
	r.afterChange(ctx, t, one, c.value, told)
}

// afterChange reads a thing after an update, and takes what it is then for true.
func (r *run) afterChange(ctx context.Context, t *thing, one call, sent, told any) {
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
	read.what, read.kind = "what was updated", "updated"
	a, value := r.send(ctx, read, taken, t.made, one)
	got := dig(value, res.getAt)
	if !a.ok() || !judged(got) {
		return
	}
	if r.echo(res.get, UpdateLost, read, sent, got, res.got(), t.made, one) && told != nil &&
		r.same(UpdateLost, "differs from what the update answered", t, got, res.updated(), res.got(), read, t.made, one) {
		r.sameVersion(t, a, one)
	}
	t.value, t.version = got, a.head.Get("ETag")
}

// changing are the names of properties that may change with every update.
var changing = regexp.MustCompile(`(?i)updat|modif|chang|version|revision|last|etag|count`)

// kept tells what an update changed though it was not sent: the id, the time of
// creation, and whatever else a body cannot hold. An optional property that was not
// sent may stay or go.
func (r *run) kept(one call, before, after any, t *thing) {
	was, _ := before.(map[string]any)
	is, _ := after.(map[string]any)
	sent, _ := decodeJSON(one.body)
	body, answered := mergedFor(one.op.body, sent, openapi3.VisitAsRequest()), mergedFor(t.of.updated(), after, openapi3.VisitAsResponse())
	if body == nil || answered == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		property := answered.Properties[name]
		if property == nil || changing.MatchString(name) || equal(was[name], is[name], merged(property), name) {
			continue
		}
		if b := merged(body.Properties[name]); b != nil && !b.ReadOnly {
			_, given := sent.(map[string]any)[name]
			if given || nothing(is[name]) || is[name] != nil && merged(property).Default != nil {
				continue
			}
			if slices.Contains(body.Required, name) {
				continue
			}
		}
		r.find(problem{
			class: ValueChanged, key: "kept " + name, fault: fmt.Sprintf("%s changed with an update that did not speak of it", name),
			expected: excerpt(was[name]), got: excerpt(is[name]), place: one.op.place,
		}, one, t.made)
	}
}

// refuseChange sends a bad update, which must leave the thing as it is.
func (r *run) refuseChange(ctx context.Context, t *thing, op *operation, c bodyCase) {
	one, ok := r.call(op, t.values())
	if !ok {
		return
	}
	one = withCase(one, c)
	a, value := r.send(ctx, one, c.want, t.made)
	switch {
	case a.ok(): // it may hold anything now
		r.refresh(ctx, t, dig(value, t.of.updateAt))
	case a.err == nil:
		r.unchanged(ctx, t, one)
	}
}

// refresh takes a thing for what it is now, unjudged.
func (r *run) refresh(ctx context.Context, t *thing, told any) {
	t.value = told
	if t.of.get == nil {
		return
	}
	if a, got := r.peek(ctx, t); got != nil {
		t.value, t.version = got, a.head.Get("ETag")
	}
}

// peek reads a thing without judging the answer; nil if that is not as the spec says,
// which tells nothing of the thing.
func (r *run) peek(ctx context.Context, t *thing) (a *answer, got any) {
	one, _ := r.call(t.of.get, t.values())
	a = r.client.send(ctx, one)
	value, err := decodeJSON(a.body)
	schema := t.of.get.answered()
	if err != nil || !a.ok() || schema == nil {
		return a, nil
	}
	value, _ = spare(schema, value)
	return a, dig(value, t.of.getAt)
}

// unchanged tells where a refused call changed a thing after all.
func (r *run) unchanged(ctx context.Context, t *thing, one call) {
	res := t.of
	if res.get == nil || t.value == nil || r.client.deaf(res.get) {
		return // the list will show it
	}
	a, got := r.peek(ctx, t)
	if got == nil {
		if a.gone() {
			t.removed = true
			r.find(problem{class: SideEffect, key: "gone", fault: "is gone after a request that was refused: " + one.what, expected: "the thing as before", got: statusText(a.status), place: one.op.place}, one, t.made)
		}
		return
	}
	for _, d := range (comparison{}).differences(t.value, got, res.got(), res.got()) {
		r.find(problem{
			class: SideEffect, key: "changed " + d.place, fault: fmt.Sprintf("%s was changed by a request that was refused: %s", d.place, one.what),
			expected: excerpt(d.want), got: excerpt(d.got), place: one.op.place,
		}, one, t.made)
	}
	t.value = got
}
