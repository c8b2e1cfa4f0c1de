package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"attributed/bench/program"
)

const (
	writing   = 8                      // writers at a time
	untilKill = 300 * time.Millisecond // the longest time between a start and a kill
)

// killServer kills the program while it writes, starts it again, and looks at what is there.
func killServer(ctx context.Context, t *trial, r *row) error {
	w := newWriters(r.engine, writing)
	p, err := t.start(ctx, r.engine)
	if err != nil {
		return err
	}
	defer func() { _ = p.Stop() }()
	for range t.times(5, 200) {
		wait := w.burst(ctx, p.Base, false)
		pause(ctx, rand.N(untilKill))
		w.faulty.Store(true)
		if err := p.Kill(); err != nil {
			return err
		}
		r.note(wait())
		r.tried++
		if r.engine == t.postgres {
			if err := t.abandoned(ctx); err != nil {
				return err
			}
		}
		next, err := t.start(ctx, r.engine)
		if err != nil {
			return err
		}
		p = next
		r.recovery = append(r.recovery, p.Started)
		w.caller.base = p.Base
		if err := w.settle(ctx, r); err != nil {
			return err
		}
	}
	return w.leave(ctx)
}

// abandoned waits until PostgreSQL has ended what a killed program had begun.
func (t *trial) abandoned(ctx context.Context) error {
	for others := 1; others > 0; pause(ctx, 2*time.Millisecond) {
		err := t.rows.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&others)
		if err != nil {
			return err
		}
	}
	return nil
}

// killDatabase ends PostgreSQL at once while it writes, and starts it again. The program goes on.
func killDatabase(ctx context.Context, t *trial, r *row) (err error) {
	w := newWriters(r.engine, writing)
	p, err := t.start(ctx, r.engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	for range t.times(2, 100) {
		wait := w.burst(ctx, p.Base, false)
		pause(ctx, rand.N(untilKill))
		w.faulty.Store(true)
		if err := t.server.Crash(); err != nil {
			return err
		}
		r.away(ctx, w.caller)
		r.note(wait())
		r.tried++
		if err := t.server.Restart(); err != nil {
			return err
		}
		if err := r.recovers(ctx, p, w.caller, time.Now(), t.slack(mayTake)); err != nil {
			return err
		}
		if err := w.settle(ctx, r); err != nil {
			return err
		}
	}
	t.rows.Reset() // whose connections are gone too
	return w.leave(ctx)
}

// away makes a few calls while the database cannot be reached: all are to be told so.
func (r *row) away(ctx context.Context, c *caller) {
	for _, path := range []string{attributesPath, "/readyz"} {
		a := c.call(ctx, http.MethodGet, path, nil)
		r.must(a.unavailable(), "GET %s while the database is away: %d %.200s", path, a.status, a.body)
		r.to503 = append(r.to503, a.took)
	}
	r.must(c.call(ctx, http.MethodGet, "/livez", nil).ok(), "/livez is not 200 while the database is away")
}

// mayTake is within which all is to be served again after a fault.
const mayTake = 2 * time.Second

// recovers waits until the server answers reads again.
func (r *row) recovers(ctx context.Context, p *program.Process, c *caller, end time.Time, within time.Duration) error {
	for {
		a := c.call(ctx, http.MethodGet, attributesPath, nil)
		if a.ok() {
			r.recovery = append(r.recovery, a.ended.Sub(end))
			r.must(a.ended.Sub(end) < within, "it took %s to be served again", a.ended.Sub(end))
			return nil
		}
		if time.Since(end) > patience {
			return fmt.Errorf("%s answers %d long after the end of the fault: %.200s", p.Base, a.status, a.body)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}
