package main

import (
	"context"
	"slices"
	"time"

	"attributed/bench/witness"
)

// fault is what is done to the cluster.
type fault struct {
	name     string
	short    bool                                  // it is in the short form
	prepare  func(context.Context, *cluster) error // before there is load; nil: nothing
	begin    func(context.Context, *cluster) error
	lasts    time.Duration                         // at least
	replaced func(*cluster) bool                   // what it lasts for besides, until changes work again too; nil: nothing
	end      func(context.Context, *cluster) error // nil: it ends by itself

	may    []int         // the statuses with which calls may fail of it, 0 for no answer; nil: none may
	within time.Duration // in which changes work again; 0: as long as it takes
	loses  bool          // what was acknowledged may be gone: it is counted, and not judged
}

const (
	calm  = 2 * time.Second // in which all is well before a fault, and after it
	hangs = witness.Soon    // a call that takes longer is none that works
)

// try injects f once, under load, and returns once the cluster is as before.
func (f *fault) try(ctx context.Context, c *cluster, r *row) error {
	began := time.Now()
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
	w, wait := c.callers(ctx)
	watched := c.watch(ctx)
	at, err := f.inject(ctx, c, w)
	w.Stopped.Store(true)
	calls, read := wait()
	two := watched()
	if ctx.Err() != nil {
		return context.Cause(ctx) // of calls that it broke off nothing can be said
	}
	reads := slices.Concat(read...)
	c.load.add(at.from, at.to)
	c.load.count(slices.Concat(calls, reads), at.from, at.to)
	r.two += two
	r.note(calls)
	r.note(reads)
	if err != nil {
		return err
	}
	r.tried++
	changes := slices.DeleteFunc(calls, func(a witness.Answer) bool { return !isChange(a) })
	r.writes = append(r.writes, at.back(changes))
	r.reads = append(r.reads, at.back(reads))
	slices.SortFunc(reads, func(a, b witness.Answer) int { return a.Ended.Compare(b.Ended) })
	r.away = max(r.away, longest(reads))
	for _, one := range read {
		r.waited = max(r.waited, longest(one))
	}
	var found witness.Findings
	if err := w.Settle(ctx, &found, c.bases()...); err != nil {
		return err
	}
	if f.loses {
		found.Problems = nil
	}
	r.Add(found)
	r.rereads += int(w.Reread.Load())
	r.stale += int(w.Stale.Load())
	r.took = append(r.took, time.Since(began))
	return w.Leave(ctx)
}

// inject begins f and ends it, and waits until all is as before, and for a while more.
func (f *fault) inject(ctx context.Context, c *cluster, w *witness.Writers) (at span, err error) {
	if at.from, err = used(ctx); err != nil {
		return at, err
	}
	witness.Pause(ctx, calm)
	if at.to, err = used(ctx); err != nil {
		return at, err
	}
	w.Faulty.Store(true)
	at.began = time.Now()
	if err := f.begin(ctx, c); err != nil {
		return at, err
	}
	witness.Pause(ctx, f.lasts)
	if f.replaced != nil {
		if err := wait(ctx, "changes that work in spite of the fault", func() (bool, error) { return w.Work(calm) && f.replaced(c), nil }); err != nil {
			return at, err
		}
	}
	at.ended = time.Now()
	if f.end != nil {
		if err := f.end(ctx, c); err != nil {
			return at, err
		}
	}
	if err := c.restored(ctx); err != nil {
		return at, err
	}
	witness.Pause(ctx, calm)
	return at, wait(ctx, "changes that work", func() (bool, error) { return w.Work(calm), nil })
}

// restored waits until every part works, and is used.
func (c *cluster) restored(ctx context.Context) error {
	if err := c.whole(ctx); err != nil {
		return err
	}
	return c.served(ctx, len(c.servers))
}

// span is when a fault began, and when its end did; and what was used of the processors before.
type span struct {
	began, ended time.Time
	from, to     usage
}

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

// longest is how long it took at most until the next good answer came, of answers as they came: to one reader, or to all.
func longest(answers []witness.Answer) (away time.Duration) {
	var since time.Time
	for i, a := range answers {
		if i == 0 {
			since = a.Began()
		}
		away = max(away, a.Ended.Sub(since))
		if a.OK() {
			since = a.Ended
		}
	}
	return away
}
