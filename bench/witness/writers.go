package witness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Writers change attributes at the same time.
type Writers struct {
	All     []*Writer
	Caller  *Caller
	Faulty  atomic.Bool   // from when on calls may fail
	Stopped atomic.Bool   // nobody makes another call
	Every   time.Duration // each rests for this long after a call
	Rereads bool          // each reads what it has written, by its position, and finds it there
	Reread  atomic.Int64  // how often it did
	Stale   atomic.Int64  // how often it did not
}

// NewWriters makes some who know of no attribute: the database has none.
func NewWriters(token string, count int) *Writers {
	w := &Writers{Caller: NewCaller("", token, count)}
	for i := range count {
		w.All = append(w.All, &Writer{number: i, known: map[string]*Attribute{}})
	}
	return w
}

// Burst has all of them write until they are stopped, or until a call of theirs is not
// acknowledged: what came of it they would not know. It returns what waits for them and for
// their answers. Those who are persistent make the same call again instead.
func (w *Writers) Burst(ctx context.Context, base string, persistent bool) (wait func() []Answer) {
	w.Caller.Base = base
	w.Faulty.Store(false)
	w.Stopped.Store(false)
	var running sync.WaitGroup
	seen := make([][]Answer, len(w.All))
	for i, one := range w.All {
		running.Go(func() {
			for !w.Stopped.Load() {
				a := one.Write(ctx, w.Caller)
				a.Early = !a.OK() && !w.Faulty.Load()
				seen[i] = append(seen[i], a.told())
				if !a.OK() && !persistent {
					return
				}
				if !a.OK() {
					Pause(ctx, 10*time.Millisecond)
				}
				if a.OK() && w.Rereads && a.Position != "" {
					w.Reread.Add(1)
					reread, found := one.reread(ctx, w.Caller, a.Position)
					seen[i] = append(seen[i], reread.told())
					if !found {
						w.Stale.Add(1)
					}
				}
				if w.Every > 0 {
					Pause(ctx, w.Every)
				}
			}
		})
	}
	return func() []Answer {
		running.Wait()
		return slices.Concat(seen...)
	}
}

// Settle holds what the server has against what was acknowledged.
func (w *Writers) Settle(ctx context.Context, f *Findings) error {
	found, err := w.listed(ctx)
	if err != nil {
		return err
	}
	for _, one := range w.All {
		one.settle(found, f)
	}
	for name, a := range found {
		f.Lost++
		f.Must(false, "%q is there, and its delete was acknowledged: %+v", name, a)
	}
	return nil
}

// Leave removes all attributes, for whoever comes next.
func (w *Writers) Leave(ctx context.Context) error {
	found, err := w.listed(ctx)
	for _, a := range found {
		w.Caller.Call(ctx, http.MethodDelete, AttributesPath+"/"+a.UUID, nil)
	}
	return err
}

// listed returns all attributes as they are after all changes.
func (w *Writers) listed(ctx context.Context) (map[string]*Attribute, error) {
	if !w.Rereads {
		return Listed(ctx, w.Caller, "")
	}
	last := &Attribute{name: "the last change"}
	created := w.Caller.Call(ctx, http.MethodPost, AttributesPath, last.body())
	if !created.OK() {
		return nil, fmt.Errorf("a last change: %d %.200s", created.Status, created.Body)
	}
	found, err := Listed(ctx, w.Caller, created.Position)
	if err != nil {
		return nil, err
	}
	if found[last.name] == nil {
		return nil, errors.New("the last change is not to be seen")
	}
	w.Caller.Call(ctx, http.MethodDelete, AttributesPath+"/"+found[last.name].UUID, nil)
	delete(found, last.name)
	return found, nil
}

// Pause waits, unless ctx ends.
func Pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
