package contract

import (
	"context"

	"attributed/contract/cases"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// manyThings is one more than a list is most often cut to.
const manyThings = 101

// crowd checks that a list is whole also when it is long. What it adds for that is removed
// at once.
func (r *run) crowd(ctx context.Context, res *resource) {
	if res.list == nil || res.list.Paged() || res.remove == nil || !res.list.Selected {
		return
	}
	first := len(r.instances)
	for range manyThings - len(r.alive(res)) {
		made, err := r.gen.Value(res.create.Body, "", cases.Minimal)
		if err != nil || ctx.Err() != nil {
			break
		}
		one, _ := r.call(res.create, nil)
		one = withCase(one, cases.NewCase("a valid request (one of many)", "valid", cases.Taken, made))
		if t, _ := r.added(ctx, res, one, cases.Taken); t == nil {
			break
		}
	}
	r.list(ctx, res)
	for _, t := range r.instances[first:] {
		if ctx.Err() == nil && !r.cfg.Keep {
			r.drop(ctx, t)
		}
	}
}

// added sends a call that creates a thing, judges the answer, and keeps what was made; nil is
// nothing. What was made before it is not kept again.
func (r *run) added(ctx context.Context, res *resource, one wire.Call, want cases.Expectation, before ...wire.Call) (*instance, *wire.Answer) {
	one.Whole = true
	a := r.client.Send(ctx, one)
	value := spec.Dig(r.judge(ctx, a, want, before), res.createdAt)
	id := spec.IDIn(value, res.idName)
	if !a.OK() || id == "" {
		return nil, a
	}
	t := r.thing(res, id)
	if t == nil {
		t = &instance{of: res, id: id, made: one, value: value}
		r.instances = append(r.instances, t)
	}
	return t, a
}

// twice creates the same thing again. Whether that may be is not the spec's to say;
// that it must be answered is.
func (r *run) twice(ctx context.Context, res *resource) {
	c, ok := r.createFull(ctx, res, cases.Text{})
	if !ok {
		return
	}
	c.What, c.Kind, c.Want = "the same valid request again", "repeated", cases.Either
	r.create(ctx, res, c)
}

// createFull creates a thing with everything that it may have, its texts of a kind, and returns
// what was sent. It is not ok if that could not be made, or was refused.
func (r *run) createFull(ctx context.Context, res *resource, kind cases.Text) (c cases.Case, ok bool) {
	r.gen.Text = kind
	made, err := r.gen.Value(res.create.Body, "", cases.Full)
	r.gen.Text = cases.Text{}
	if err != nil {
		return cases.Case{}, false
	}
	c = cases.NewCase("a valid request", "valid", cases.Taken, made)
	return c, r.create(ctx, res, c) != nil
}
