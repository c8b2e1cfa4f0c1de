package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"attributed/bench/program"
	"attributed/bench/witness"
)

const (
	writing   = 8                      // writers at a time
	untilKill = 300 * time.Millisecond // the longest time between a start and a kill
)

// killServer kills the program while it writes, starts it again, and looks at what is there.
func killServer(ctx context.Context, t *trial, r *row) error {
	w := witness.NewWriters(r.engine.token, writing)
	p, err := t.start(ctx, r.engine)
	if err != nil {
		return err
	}
	defer func() { _ = p.Stop() }()
	for range t.times(5, 200) {
		wait := w.Burst(ctx, p.Base, false)
		witness.Pause(ctx, rand.N(untilKill))
		w.Faulty.Store(true)
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
		w.Caller.Base = p.Base
		if err := w.Settle(ctx, &r.Findings); err != nil {
			return err
		}
	}
	return w.Leave(ctx)
}

// abandoned waits until PostgreSQL has ended what a killed program had begun.
func (t *trial) abandoned(ctx context.Context) error {
	for others := 1; others > 0; witness.Pause(ctx, 2*time.Millisecond) {
		err := t.rows.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&others)
		if err != nil {
			return err
		}
	}
	return nil
}

// killDatabase ends PostgreSQL at once while it writes, and starts it again. The program goes on.
func killDatabase(ctx context.Context, t *trial, r *row) (err error) {
	w := witness.NewWriters(r.engine.token, writing)
	p, err := t.start(ctx, r.engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	for range t.times(2, 100) {
		wait := w.Burst(ctx, p.Base, false)
		witness.Pause(ctx, rand.N(untilKill))
		w.Faulty.Store(true)
		if err := t.server.Crash(); err != nil {
			return err
		}
		r.away(ctx, w.Caller)
		r.note(wait())
		r.tried++
		if err := t.server.Restart(); err != nil {
			return err
		}
		if err := r.recovers(ctx, p, w.Caller, time.Now(), t.slack(mayTake)); err != nil {
			return err
		}
		if err := w.Settle(ctx, &r.Findings); err != nil {
			return err
		}
	}
	t.rows.Reset() // whose connections are gone too
	return w.Leave(ctx)
}

// away makes a few calls while the database cannot be reached: all are to be told so.
func (r *row) away(ctx context.Context, c *witness.Caller) {
	for _, path := range []string{witness.AttributesPath, "/readyz"} {
		a := c.Call(ctx, http.MethodGet, path, nil)
		r.Must(a.Unavailable(), "GET %s while the database is away: %d %.200s", path, a.Status, a.Body)
		r.to503 = append(r.to503, a.Took)
	}
	r.Must(c.Call(ctx, http.MethodGet, "/livez", nil).OK(), "/livez is not 200 while the database is away")
}

// mayTake is within which all is to be served again after a fault.
const mayTake = 2 * time.Second

// recovers waits until the server answers reads again.
func (r *row) recovers(ctx context.Context, p *program.Process, c *witness.Caller, end time.Time, within time.Duration) error {
	for {
		a := c.Call(ctx, http.MethodGet, witness.AttributesPath, nil)
		if a.OK() {
			r.recovery = append(r.recovery, a.Ended.Sub(end))
			r.Must(a.Ended.Sub(end) < within, "it took %s to be served again", a.Ended.Sub(end))
			return nil
		}
		if time.Since(end) > witness.Patience {
			return fmt.Errorf("%s answers %d long after the end of the fault: %.200s", p.Base, a.Status, a.Body)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}
