package contract

import (
	"context"

	"attributed/contract/cases"
)

// manyThings is one more than a list is most often cut to.
const manyThings = 101

// crowd makes so many things that a list might be cut.
type crowd struct {
	*run
	lists *lists
}

// fill checks that a list is whole also when it is long. What it adds for that is removed
// at once.
func (r *crowd) fill(ctx context.Context, res *resource) {
	if res.list == nil || res.list.Paged() || res.remove == nil || !res.list.Selected {
		return
	}
	first := len(r.things.all)
	for range manyThings - len(r.things.alive(res)) {
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
	r.lists.list(ctx, res)
	for _, t := range r.things.all[first:] {
		if ctx.Err() == nil && !r.cfg.Keep {
			r.drop(ctx, t)
		}
	}
}
