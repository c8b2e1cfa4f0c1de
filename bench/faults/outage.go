package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/Shopify/toxiproxy/v2"

	"attributed/bench/program"
	"attributed/bench/witness"
)

// outage is a time in which the database is not as it should be.
type outage struct {
	name          string
	begin, end    func(context.Context, *toxiproxy.Proxy) error // the proxy is the server's way to PostgreSQL
	reads, writes expected
	ready         bool          // /readyz is to stay 200
	least         time.Duration // it lasts, for its effects to be seen
	flags         []string      // of the server
}

// expected is what calls are to be answered during an outage: all with 200, all with 503, or
// with either; and within which time.
type expected struct {
	served, refused bool
	within          time.Duration
}

// What there is to be expected. A call that is served may take as long as one that is refused at
// once: the machine has other things to do.
var (
	served        = expected{served: true, within: atOnce}
	refusedAtOnce = expected{refused: true, within: atOnce}
	refusedSoon   = expected{refused: true, within: 3 * time.Second}
	either        = expected{served: true, refused: true, within: atOnce}
)

const atOnce = time.Second

// endure has callers read and write before, during and after an outage, and judges their answers.
func (o *outage) endure(ctx context.Context, t *trial, r *row) (err error) {
	way, proxy := *r.engine, (*toxiproxy.Proxy)(nil)
	if r.engine == t.postgres {
		if proxy, way.url, err = program.Proxy(r.engine.url); err != nil {
			return err
		}
		defer proxy.Stop()
	}
	p, err := t.start(ctx, &way, o.flags...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	w := witness.NewWriters(r.engine.token, writing)
	for range t.times(1, 2) {
		seen := o.watch(ctx, p, w)
		witness.Pause(ctx, 200*time.Millisecond)
		w.Faulty.Store(true)
		began := time.Now()
		if err := o.begin(ctx, proxy); err != nil {
			return err
		}
		begun := time.Now()
		witness.Pause(ctx, max(o.least, t.lasts()))
		ending := time.Now()
		if err := o.end(ctx, proxy); err != nil {
			return err
		}
		ended := time.Now()
		witness.Pause(ctx, t.afterwards())
		w.Stopped.Store(true)
		r.tried++
		o.judge(t, r, seen(), span{began, begun, ending, ended})
		if err := w.Settle(ctx, &r.Findings); err != nil {
			return err
		}
	}
	return w.Leave(ctx)
}

// lasts is how long an outage lasts that shows its effects at once.
func (t *trial) lasts() time.Duration {
	if t.short {
		return time.Second / 2
	}
	return 12 * time.Second // longer than a token is believed, and than a request may take
}

// afterwards is how long it is seen that all is served again.
func (t *trial) afterwards() time.Duration {
	if t.short {
		return time.Second / 2
	}
	return mayTake + time.Second
}

// lockTime is what requests are given where a lock is waited for.
func (t *trial) lockTime() time.Duration { return time.Duration(t.times(1, 3)) * time.Second }

// watched is what was answered, by who asked.
type watched struct{ writes, reads, ready, live []witness.Answer }

// watch has writers write, and others read and ask for the server's health, until the writers are stopped.
func (o *outage) watch(ctx context.Context, p *program.Process, w *witness.Writers) (wait func() watched) {
	written := w.Burst(ctx, p.Base, true)
	var running sync.WaitGroup
	lists := make([][]witness.Answer, writing)
	read := func(answers *[]witness.Answer, c *witness.Caller, path string) {
		running.Go(func() {
			for !w.Stopped.Load() {
				*answers = append(*answers, c.Call(ctx, http.MethodGet, path, nil))
				witness.Pause(ctx, 10*time.Millisecond)
			}
		})
	}
	var seen watched
	c := witness.NewCaller(p.Base, w.Caller.Token, writing+2)
	for i := range lists {
		read(&lists[i], c, witness.AttributesPath)
	}
	read(&seen.ready, c, "/readyz")
	read(&seen.live, c, "/livez")
	return func() watched {
		running.Wait()
		seen.writes, seen.reads = written(), slices.Concat(lists...)
		return seen
	}
}

// span is when an outage began, was there, began to end, and was gone.
type span struct{ began, begun, ending, ended time.Time }

// judge holds the answers against what is expected.
func (o *outage) judge(t *trial, r *row, seen watched, at span) {
	r.note(seen.writes)
	acknowledged := r.acknowledged
	r.note(seen.reads)
	r.acknowledged = acknowledged // reads acknowledge nothing
	for _, a := range seen.live {
		r.Must(a.OK() && a.Took < t.slack(atOnce), "/livez: %d after %s", a.Status, a.Took)
	}
	ready := either
	if o.ready {
		ready = served
	}
	ready.within += time.Second // which it gives the database
	last := at.ended
	for _, kind := range []struct {
		name    string
		answers []witness.Answer
		expected
	}{{"a write", seen.writes, o.writes}, {"a read", seen.reads, o.reads}, {"/readyz", seen.ready, ready}} {
		for _, a := range kind.answers {
			during := a.Began().After(at.begun) && a.Ended.Before(at.ending)
			switch {
			case !a.OK() && !a.Unavailable():
				r.Must(a.Status != 0, "%s: no answer after %s", kind.name, a.Took)
			case !during && a.Began().Before(at.began) && a.Ended.Before(at.began):
				r.Must(a.OK(), "%s before the fault: %d", kind.name, a.Status)
			case during && a.OK():
				r.Must(kind.served, "%s was served after %s", kind.name, a.Took)
			case during:
				r.Must(kind.refused, "%s was refused after %s: %.150s", kind.name, a.Took, a.Body)
			}
			r.Must(a.Took <= t.slack(kind.within), "%s took %s: %d", kind.name, a.Took, a.Status)
			if !a.OK() && a.Ended.After(last) {
				last = a.Ended
			}
		}
	}
	r.Must(!o.writes.refused || len(r.to503) > 0, "no call was refused: the fault had no effect")
	r.recovery = append(r.recovery, last.Sub(at.ended))
	r.Must(last.Sub(at.ended) <= t.slack(mayTake), "it took %s until all was served again", last.Sub(at.ended))
}
