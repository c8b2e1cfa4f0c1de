package main

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// writers change attributes at the same time.
type writers struct {
	all     []*writer
	caller  *caller
	faulty  atomic.Bool // from when on calls may fail
	stopped atomic.Bool
}

// newWriters makes some who know of no attribute: the database has none.
func newWriters(e *engine, count int) *writers {
	w := &writers{caller: newCaller("", e.token, count)}
	for i := range count {
		w.all = append(w.all, &writer{number: i, known: map[string]*attribute{}})
	}
	return w
}

// burst has all of them write until they are stopped, or until a call of theirs is not
// acknowledged: what came of it they would not know. It returns what waits for them and for
// their answers. Those who are persistent make the same call again instead.
func (w *writers) burst(ctx context.Context, base string, persistent bool) (wait func() []answer) {
	w.caller.base = base
	w.faulty.Store(false)
	w.stopped.Store(false)
	var running sync.WaitGroup
	seen := make([][]answer, len(w.all))
	for i, one := range w.all {
		running.Go(func() {
			for !w.stopped.Load() {
				a := one.write(ctx, w.caller)
				a.early = !a.ok() && !w.faulty.Load()
				seen[i] = append(seen[i], a)
				if !a.ok() && !persistent {
					return
				}
				if !a.ok() {
					pause(ctx, 10*time.Millisecond)
				}
			}
		})
	}
	return func() []answer {
		running.Wait()
		return slices.Concat(seen...)
	}
}

// note counts answers to changes.
func (r *row) note(answers []answer) {
	for _, a := range answers {
		switch {
		case a.early:
			r.must(false, "a call failed before the fault: %d %.200s", a.status, a.body)
		case a.ok():
			r.acknowledged++
		case a.unavailable():
			r.to503 = append(r.to503, a.took)
		case a.status == http.StatusServiceUnavailable:
			r.must(false, "503 without Retry-After")
		case a.status >= http.StatusInternalServerError:
			r.wrong++
			r.must(false, "%d %.200s", a.status, a.body)
		case a.status != 0:
			r.must(false, "%s: %d %.200s", a.what, a.status, a.body)
		}
		r.must(a.took < patience, "a call hung for %s", a.took)
	}
}

// settle holds what the server has against what was acknowledged.
func (w *writers) settle(ctx context.Context, r *row) error {
	found, err := listed(ctx, w.caller)
	if err != nil {
		return err
	}
	for _, one := range w.all {
		one.settle(found, r)
	}
	for name, a := range found {
		r.lost++
		r.must(false, "%q is there, and its delete was acknowledged: %+v", name, a)
	}
	return nil
}

// leave removes all attributes, for whoever comes next.
func (w *writers) leave(ctx context.Context) error {
	found, err := listed(ctx, w.caller)
	for _, a := range found {
		w.caller.call(ctx, http.MethodDelete, attributesPath+"/"+a.uuid, nil)
	}
	return err
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
