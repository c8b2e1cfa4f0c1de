package witness

import (
	"context"
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
	Every   time.Duration // each makes a change this often, where it is answered by then
	Rereads bool          // each reads what it has written, by its position, and finds it there
	Reread  atomic.Int64  // how often it did
	Stale   atomic.Int64  // how often it did not
}

// Soon is within what a call is answered that works.
const Soon = 2 * time.Second

// slow is after what something may have happened to the database meanwhile.
const slow = 500 * time.Millisecond

// ofPrimary is no position, and so asks for what only the primary is certain to have.
const ofPrimary = "of the primary"

// NewWriters makes some who know of no attribute: the database has none.
func NewWriters(token string, count int) *Writers {
	w := &Writers{Caller: NewCaller("", token, count)}
	for i := range count {
		w.All = append(w.All, newWriter(i))
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
		running.Go(func() { seen[i] = w.write(ctx, one, persistent) })
	}
	return func() []Answer {
		running.Wait()
		return slices.Concat(seen...)
	}
}

func (w *Writers) write(ctx context.Context, one *Writer, persistent bool) (seen []Answer) {
	next, stop := Pace(ctx, w.Every)
	defer stop()
	suspicious := false // what is known has to be looked for
	for !w.Stopped.Load() {
		a := one.Write(ctx, w.Caller)
		a.Early = !a.OK() && !w.Faulty.Load()
		seen = append(seen, a.told())
		one.note(a)
		suspicious = suspicious || !a.OK() || a.Took > slow
		if !a.OK() {
			if !persistent {
				return seen
			}
			if w.Every == 0 {
				Pause(ctx, 10*time.Millisecond)
			}
			next()
			continue
		}
		if w.Rereads && a.Position != "" {
			w.Reread.Add(1)
			reread, found := one.reread(ctx, w.Caller, a.Position)
			seen = append(seen, reread.told())
			if !found {
				w.Stale.Add(1)
			}
			if suspicious {
				seen = append(seen, w.look(ctx, one, a.Position)...)
				suspicious = false
			}
		}
		next()
	}
	return seen
}

// look reads all that one knows, from the primary and by the position of its last change, before it changes anything more:
// what was lost with a failover would not be seen once it was written over.
func (w *Writers) look(ctx context.Context, one *Writer, position string) (seen []Answer) {
	ask := func(position string) map[string]*Attribute {
		for ctx.Err() == nil && !w.Stopped.Load() {
			a := w.Caller.read(ctx, AttributesPath, position)
			found, err := a.attributes()
			seen = append(seen, a.told())
			if a.OK() && err == nil {
				return found
			}
			Pause(ctx, 10*time.Millisecond)
		}
		return nil
	}
	if found := ask(ofPrimary); found != nil {
		one.holds(found, &one.findings)
	}
	if found := ask(position); found != nil {
		w.Reread.Add(1)
		if !one.sees(found) {
			w.Stale.Add(1)
		}
	}
	return seen
}

// Work reports whether changes work: each writer has had one acknowledged soon and lately, and no other answer for some time.
func (w *Writers) Work(since time.Duration) bool {
	now := time.Now()
	for _, one := range w.All {
		if now.Sub(time.Unix(0, one.worked.Load())) > Soon || now.Sub(time.Unix(0, one.broke.Load())) < since {
			return false
		}
	}
	return true
}

// Settle holds what the server has against what was acknowledged: what it has from the primary and, where there are positions,
// what each of several servers has from replicas.
func (w *Writers) Settle(ctx context.Context, f *Findings, servers ...string) error {
	for _, one := range w.All {
		f.Add(one.findings)
		one.findings = Findings{}
	}
	found, err := Listed(ctx, w.Caller, ofPrimary)
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
	if len(servers) == 0 {
		return nil
	}
	last := &Attribute{name: "the last change"}
	created := w.Caller.Call(ctx, http.MethodPost, AttributesPath, last.body())
	made, err := created.attribute()
	if !created.OK() || err != nil {
		return fmt.Errorf("a last change: %d %.200s", created.Status, created.Body)
	}
	for _, base := range servers {
		c := *w.Caller
		c.Base = base
		found, err := Listed(ctx, &c, created.Position)
		if err != nil {
			return err
		}
		w.Reread.Add(1)
		if found[last.name] == nil || slices.ContainsFunc(w.All, func(one *Writer) bool { return !one.sees(found) }) {
			w.Stale.Add(1)
		}
	}
	w.Caller.Call(ctx, http.MethodDelete, AttributesPath+"/"+made.UUID, nil)
	return nil
}

// Leave removes all attributes, for whoever comes next.
func (w *Writers) Leave(ctx context.Context) error {
	found, err := Listed(ctx, w.Caller, ofPrimary)
	for _, a := range found {
		w.Caller.Call(ctx, http.MethodDelete, AttributesPath+"/"+a.UUID, nil)
	}
	return err
}

// Pause waits, unless ctx ends.
func Pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Pace returns what waits until it is time for another call, one of which is every so often, and is not made up for where it
// comes late; 0 waits for nothing.
func Pace(ctx context.Context, every time.Duration) (next, stop func()) {
	if every == 0 {
		return func() {}, func() {}
	}
	pace := time.NewTicker(every)
	return func() {
		select {
		case <-ctx.Done():
		case <-pace.C:
		}
	}, pace.Stop
}
