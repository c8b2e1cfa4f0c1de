package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"attributed/bench/witness"
)

// fault is what is done to the cluster.
type fault struct {
	name    string
	short   bool                                  // it is in the short form
	prepare func(context.Context, *cluster) error // before there is load; nil: nothing
	begin   func(context.Context, *cluster) error
	lasts   time.Duration
	end     func(context.Context, *cluster) error // nil: it ends by itself
}

// The load, under which the processors have time left.
const (
	writing = 8
	reading = 4
	every   = 30 * time.Millisecond // each rests after a call
	calm    = 2 * time.Second       // under which load goes on before and after a fault
	hangs   = 2 * time.Second       // a call that takes longer is none that works
)

// try injects f once, under load, and returns once the cluster is as before.
func (f *fault) try(ctx context.Context, c *cluster, r *row) error {
	if err := c.restored(ctx); err != nil {
		return err
	}
	if f.prepare != nil {
		if err := f.prepare(ctx, c); err != nil {
			return err
		}
		if err := c.restored(ctx); err != nil {
			return err
		}
	}
	w := witness.NewWriters(c.token, writing)
	w.Every, w.Rereads = every, true
	written := w.Burst(ctx, "http://"+front+":8080", true)
	read := readers(ctx, w)
	watched := c.watch(ctx)
	err := f.inject(ctx, c, w, r)
	w.Stopped.Store(true)
	calls, reads := written(), read()
	r.two += watched()
	r.note(calls)
	r.note(reads)
	if err != nil {
		return err
	}
	r.tried++
	r.rereads += int(w.Reread.Load())
	r.stale += int(w.Stale.Load())
	isWrite := func(a witness.Answer) bool { return !strings.HasPrefix(a.What, http.MethodGet) }
	writes := slices.Collect(filter(calls, isWrite))
	r.writes = append(r.writes, r.at.back(writes))
	r.reads = append(r.reads, r.at.back(reads))
	if err := w.Settle(ctx, &r.Findings); err != nil {
		return err
	}
	return w.Leave(ctx)
}

func filter(all []witness.Answer, which func(witness.Answer) bool) func(func(witness.Answer) bool) {
	return func(yield func(witness.Answer) bool) {
		for _, one := range all {
			if which(one) && !yield(one) {
				return
			}
		}
	}
}

// inject begins f and ends it, and waits until all is as before, and for a while more.
func (f *fault) inject(ctx context.Context, c *cluster, w *witness.Writers, r *row) error {
	witness.Pause(ctx, calm)
	w.Faulty.Store(true)
	r.at.began = time.Now()
	if err := f.begin(ctx, c); err != nil {
		return err
	}
	witness.Pause(ctx, f.lasts)
	r.at.ended = time.Now()
	if f.end != nil {
		if err := f.end(ctx, c); err != nil {
			return err
		}
	}
	if err := c.restored(ctx); err != nil {
		return err
	}
	witness.Pause(ctx, calm)
	return ctx.Err()
}

// restored waits until every part works, and is used.
func (c *cluster) restored(ctx context.Context) error {
	if err := c.whole(ctx); err != nil {
		return err
	}
	return c.served(ctx, len(c.servers))
}

// span is when a fault began, and when its end did.
type span struct{ began, ended time.Time }

// back tells how long it took until the last call that failed, or hung, was over: since the fault began,
// or since it ended, where there was one that failed for that, whichever is longer.
func (s span) back(answers []witness.Answer) (longest time.Duration) {
	for _, a := range answers {
		if a.OK() && a.Took < hangs || a.Ended.Before(s.began) {
			continue
		}
		since := s.began
		if a.Began().After(s.ended) {
			since = s.ended
		}
		longest = max(longest, a.Ended.Sub(since))
	}
	return longest
}

// readers read lists until w is stopped.
func readers(ctx context.Context, w *witness.Writers) (wait func() []witness.Answer) {
	c := witness.NewCaller(w.Caller.Base, w.Caller.Token, reading)
	seen := make([][]witness.Answer, reading)
	var running sync.WaitGroup
	for i := range seen {
		running.Go(func() {
			for !w.Stopped.Load() {
				a := c.Call(ctx, http.MethodGet, witness.AttributesPath, nil)
				a.Early = !a.OK() && !w.Faulty.Load()
				if a.OK() {
					a.Body = nil // of which there are many
				}
				seen[i] = append(seen[i], a)
				witness.Pause(ctx, every)
			}
		})
	}
	return func() []witness.Answer {
		running.Wait()
		return slices.Concat(seen...)
	}
}
