package contract

import (
	"context"
	"fmt"
	"time"

	"attributed/contract/spec"
)

// cleanUp leaves the server as it was.
type cleanUp struct {
	*run
	lists *lists
}

// all removes what the check made, also after ctx has ended, in bounded time.
func (r *cleanUp) all(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(30*time.Second, r.cfg.Timeout))
	defer cancel()
	r.client.Forget()
	left := 0
	for _, res := range r.resources {
		if res.create == nil {
			continue
		}
		for _, t := range r.things.all {
			if t.of.create == res.create && (!t.removed || t.stray) && !r.drop(ctx, t) {
				left++
			}
		}
		if res.remove == nil || len(r.things.all) == 0 && ctx.Err() == nil && !res.wanted() {
			continue
		}
		for _, element := range r.elements(ctx, res) {
			if id := spec.IDIn(element, res.idName); id != "" && r.lists.ours(res, element) {
				if !r.drop(ctx, &instance{of: res, id: id}) {
					left++
				}
			}
		}
	}
	if left > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%d things that the check made are left on the server: it has no way to remove them, or refused to; their texts hold %q", left, r.gen.Mark))
	}
}
