package contract

import (
	"context"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// removal removes things.
type removal struct {
	*run
	states *states
	lists  *lists
	views  *views
}

// steps removes all things of a resource but the first, each of which must then be
// gone.
func (r *removal) steps(res *resource) []step {
	if res.remove == nil {
		return nil
	}
	return []step{
		about(res, "read what others made", r.lists.strangers),
		{"remove", func(ctx context.Context) {
			all := r.things.alive(res)
			for i, t := range all {
				if i > 0 && ctx.Err() == nil {
					r.remove(ctx, t)
				}
				if i <= 3 || i%10 == 0 {
					r.lists.list(ctx, res)
				}
			}
			r.lists.list(ctx, res)
		}},
	}
}

// remove removes a thing, and looks for it.
func (r *removal) remove(ctx context.Context, t *instance) {
	res := t.of
	one, _ := r.call(res.remove, t.values())
	a, _ := r.send(ctx, one, cases.Taken, t.made)
	if !a.OK() {
		return
	}
	t.removed = true
	if res.get != nil {
		read, _ := r.call(res.get, t.values())
		read.What, read.Kind = "the id of what was removed", "removed"
		gone := cases.Expectation{Refuse: true, Class: report.NotRemoved}
		if back, _ := r.send(ctx, read, gone, t.made, one); back.OK() {
			t.removed = false
		}
	}
	if t.removed && r.gen.Rand.IntN(3) == 0 { // not with each: a fault at every nth call must not always meet the same kind
		again, _ := r.call(res.remove, t.values())
		again.What, again.Kind = "a removal of what is removed already", "repeated"
		r.send(ctx, again, cases.Refused, t.made, one)
		r.revive(ctx, t, one)
	}
	for _, w := range res.views {
		if known := r.gen.Known[w.param]; len(known) > 0 {
			if element, read, ok := r.views.look(ctx, res, w, t, known[0]); ok && element != nil {
				r.find(spec.Problem{Class: report.NotRemoved, Key: "view", Fault: "still shows a thing that was removed", Expected: "nothing of it", Got: spec.Excerpt(element), Place: w.get.Place}, read, t.made, one)
			}
		}
	}
}

// revive updates what was removed, which must be refused, and bring nothing back.
func (r *removal) revive(ctx context.Context, t *instance, removal wire.Call) {
	op := t.of.update
	if op == nil {
		return
	}
	one, _ := r.call(op, t.values())
	c, err := r.bodyFor(op)
	if err != nil {
		return
	}
	c.What, c.Kind = "an update of what is removed already", "repeated"
	r.send(ctx, withCase(one, c), cases.Refused, t.made, removal)
}

// bystander looks at the first thing of a resource, which nobody changed.
func (r *removal) bystander(ctx context.Context, res *resource) {
	all := r.things.alive(res)
	if len(all) == 0 || r.things.all[0].of == res && r.things.all[0] != all[0] && r.things.all[0].removed {
		return
	}
	t := all[0]
	if res.get == nil || t.value == nil {
		r.lists.list(ctx, res)
		return
	}
	read, _ := r.call(res.get, t.values())
	read.What, read.Kind = "a thing that nobody changed", "bystander"
	a := r.client.Send(ctx, read)
	if ctx.Err() != nil {
		return
	}
	if a.Gone() {
		r.find(spec.Problem{Class: report.SideEffect, Key: "bystander", Fault: "a thing is gone that nobody removed", Expected: "the thing", Got: spec.StatusText(a.Status), Place: res.get.Place}, read, t.made)
		return
	}
	value := r.judge(ctx, a, cases.Taken, []wire.Call{t.made})
	if got := spec.Dig(value, res.getAt); a.OK() && got != nil {
		r.states.sameState(report.SideEffect, "changed although nobody changed it", t, got, res.got(), res.got(), read, t.made)
	}
}
