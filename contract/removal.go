package contract

import (
	"context"
	"fmt"
	"time"
)

// removal removes all things of a resource but the first, each of which must then be
// gone.
func (r *run) removal(res *resource) []step {
	if res.remove == nil {
		return nil
	}
	return []step{
		func(ctx context.Context) { r.strangers(ctx, res) },
		func(ctx context.Context) {
			all := r.alive(res)
			for i, t := range all {
				if i > 0 && ctx.Err() == nil {
					r.remove(ctx, t)
				}
				if i <= 3 || i%10 == 0 {
					r.list(ctx, res)
				}
			}
			r.list(ctx, res)
		},
	}
}

// remove removes a thing, and looks for it.
func (r *run) remove(ctx context.Context, t *thing) {
	res := t.of
	one, _ := r.call(res.remove, t.values())
	a, _ := r.send(ctx, one, taken, t.made)
	if !a.ok() {
		return
	}
	t.removed = true
	if res.get != nil {
		read, _ := r.call(res.get, t.values())
		read.what, read.kind = "the id of what was removed", "removed"
		gone := expectation{refuse: true, class: NotRemoved}
		if back, _ := r.send(ctx, read, gone, t.made, one); back.ok() {
			t.removed = false
		}
	}
	if t.removed && r.gen.rand.IntN(3) == 0 { // not with each: a fault at every nth call must not always meet the same kind
		again, _ := r.call(res.remove, t.values())
		again.what, again.kind = "a removal of what is removed already", "repeated"
		r.send(ctx, again, refused, t.made, one)
		r.revive(ctx, t, one)
	}
	for _, w := range res.views {
		if known := r.gen.known[w.param]; len(known) > 0 {
			if element, read, ok := r.look(ctx, res, w, t, known[0]); ok && element != nil {
				r.find(problem{class: NotRemoved, key: "view", fault: "still shows a thing that was removed", expected: "nothing of it", got: excerpt(element), place: w.get.place}, read, t.made, one)
			}
		}
	}
}

// revive updates what was removed, which must be refused, and bring nothing back.
func (r *run) revive(ctx context.Context, t *thing, removal call) {
	op := t.of.update
	if op == nil {
		return
	}
	one, _ := r.call(op, t.values())
	c, err := r.bodyFor(op)
	if err != nil {
		return
	}
	c.what, c.kind = "an update of what is removed already", "repeated"
	r.send(ctx, withCase(one, c), refused, t.made, removal)
}

// bystander looks at the first thing of a resource, which nobody changed.
func (r *run) bystander(ctx context.Context, res *resource) {
	all := r.alive(res)
	if len(all) == 0 || r.things[0].of == res && r.things[0] != all[0] && r.things[0].removed {
		return
	}
	t := all[0]
	if res.get == nil || t.value == nil {
		r.list(ctx, res)
		return
	}
	read, _ := r.call(res.get, t.values())
	read.what, read.kind = "a thing that nobody changed", "bystander"
	a := r.client.send(ctx, read)
	if ctx.Err() != nil {
		return
	}
	if a.gone() {
		r.find(problem{class: SideEffect, key: "bystander", fault: "a thing is gone that nobody removed", expected: "the thing", got: statusText(a.status), place: res.get.place}, read, t.made)
		return
	}
	value := r.judge(ctx, a, taken, []call{t.made})
	if got := dig(value, res.getAt); a.ok() && got != nil {
		r.same(SideEffect, "changed although nobody changed it", t, got, res.got(), res.got(), read, t.made)
	}
}

// cleanUp removes what the check made, also after ctx has ended, in bounded time.
func (r *run) cleanUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(30*time.Second, r.cfg.Timeout))
	defer cancel()
	r.client.forget()
	left := 0
	for _, res := range r.resources {
		if res.create == nil {
			continue
		}
		for _, t := range r.things {
			if t.of.create == res.create && (!t.removed || t.stray) && !r.drop(ctx, t) {
				left++
			}
		}
		if res.remove == nil || len(r.things) == 0 && ctx.Err() == nil && !res.wanted() {
			continue
		}
		for _, element := range r.elements(ctx, res) {
			if id := idIn(element, res.idName); id != "" && r.ours(res, element) {
				if !r.drop(ctx, &thing{of: res, id: id}) {
					left++
				}
			}
		}
	}
	if left > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%d things that the check made are left on the server: it has no way to remove them, or refused to; their texts hold %q", left, r.gen.mark))
	}
}

// drop removes a thing without judging the answer. It tells whether it is gone.
func (r *run) drop(ctx context.Context, t *thing) bool {
	if t.of.remove == nil || r.client.deaf(t.of.remove) {
		return false
	}
	one, _ := r.call(t.of.remove, t.values())
	a := r.client.send(ctx, one)
	t.removed = a.ok() || a.gone()
	return t.removed
}
