package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/jackc/pgx/v5"

	"attributed/bench/program"
)

// networked compares a create by one caller, with the database next door and with the
// database a millisecond away.
type networked struct {
	Shape     shape
	Near, Far float64 // the median create, through a proxy that does not delay and one that does
	RoundTrip float64 // by which the delay makes a SELECT 1 slower
	Limit     float64 // the mean create of pgbench, with no proxy: the database's own time
}

// network puts a proxy between attributed and the database that holds back each
// answer for a millisecond.
func (b *bench) network(ctx context.Context) (err error) {
	near, nearURL, err := b.proxy("")
	if err != nil {
		return err
	}
	defer near.Stop()
	far, farURL, err := b.proxy(`{"type": "latency", "attributes": {"latency": 1}}`)
	if err != nil {
		return err
	}
	defer far.Stop()
	nearServer, err := b.start(ctx, attributed, nearURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, nearServer.Stop()) }()
	farServer, err := b.start(ctx, attributed, farURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, farServer.Stop()) }()
	for range b.plan.rounds {
		for _, s := range shapes {
			one := networked{Shape: s}
			if one.Near, err = b.createTime(ctx, nearServer, s); err != nil {
				return err
			}
			if one.Far, err = b.createTime(ctx, farServer, s); err != nil {
				return err
			}
			if one.RoundTrip, err = roundTrip(ctx, nearURL, farURL); err != nil {
				return err
			}
			alone, err := b.limit(ctx, b.url, s, 1)
			if err != nil {
				return err
			}
			one.Limit = alone.P50
			b.results.Networks = append(b.results.Networks, one)
		}
	}
	return nil
}

// createTime is the median create of one caller, in milliseconds.
func (b *bench) createTime(ctx context.Context, p *program.Process, s shape) (float64, error) {
	if err := b.clear(ctx); err != nil {
		return 0, err
	}
	if _, err := b.createLoad(p, s, 1, b.plan.warm).run(ctx); err != nil {
		return 0, err
	}
	m, err := b.createLoad(p, s, 1, b.plan.duration/2).run(ctx)
	return m.P50, err
}

// proxy starts a proxy to the database, with a toxic in the way of answers if there is one.
func (b *bench) proxy(toxic string) (p *toxiproxy.Proxy, url string, err error) {
	if p, url, err = program.Proxy(b.url); err != nil || toxic == "" {
		return p, url, err
	}
	if _, err := p.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		p.Stop()
		return nil, "", err
	}
	return p, url, nil
}

// roundTrip is by how many milliseconds a SELECT 1 takes longer on the far way.
func roundTrip(ctx context.Context, near, far string) (float64, error) {
	var medians [2]float64
	for i, way := range []string{near, far} {
		conn, err := pgx.Connect(ctx, way)
		if err != nil {
			return 0, err
		}
		defer conn.Close(ctx)
		times := make([]float64, 200)
		for j := range times {
			began := time.Now()
			if _, err := conn.Exec(ctx, "SELECT 1"); err != nil {
				return 0, err
			}
			times[j] = milliseconds(time.Since(began))
		}
		medians[i] = median(times[1:])
	}
	return medians[1] - medians[0], nil
}
