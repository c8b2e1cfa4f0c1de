package main

import (
	"context"
	"errors"
	"time"

	"attributed/bench/program"
)

// What is compared.
const (
	limit      = "limit"
	ceiling    = "ceiling"
	naive      = "naive"
	attributed = "attributed"
)

var systems = []string{limit, ceiling, attributed, naive}

// created is one measurement of creates.
type created struct {
	System  string
	Shape   shape
	Callers int
	Round   int
	measured
	CPU      float64 // milliseconds of the server's processors, a create
	Resident float64 // MB of the server, afterwards
}

// creates measures all systems in turn, for every shape and number of callers.
func (b *bench) creates(ctx context.Context) (err error) {
	servers := map[string]*program.Process{}
	defer func() {
		for _, p := range servers {
			err = errors.Join(err, p.Stop())
		}
	}()
	for _, name := range []string{ceiling, naive, attributed} {
		if servers[name], err = b.start(ctx, name, b.url); err != nil {
			delete(servers, name)
			return err
		}
	}
	for round := range b.plan.rounds {
		b.tell("  round %d of %d", round+1, b.plan.rounds)
		for _, s := range shapes {
			for _, callers := range b.plan.callers {
				for i := range systems { // each begins in turn
					system := systems[(i+round)%len(systems)]
					if callers == crowd && system != attributed {
						continue
					}
					one := created{System: system, Shape: s, Callers: callers, Round: round}
					if err := b.create(ctx, servers[system], &one); err != nil {
						return err
					}
					b.results.Creates = append(b.results.Creates, one)
				}
			}
		}
	}
	return nil
}

// create makes one measurement; p is nil for pgbench.
func (b *bench) create(ctx context.Context, p *program.Process, one *created) (err error) {
	if err := b.clear(ctx); err != nil {
		return err
	}
	if p == nil {
		if one.measured, err = b.limit(ctx, b.url, one.Shape, one.Callers); err != nil {
			return err
		}
		return b.counted(ctx, one.Shape, one.Requests)
	}
	warmed, err := b.createLoad(p, one.Shape, one.Callers, b.plan.warm).run(ctx)
	if err != nil {
		return err
	}
	before, err := p.CPU(ctx)
	if err != nil {
		return err
	}
	if one.measured, err = b.createLoad(p, one.Shape, one.Callers, b.plan.duration).run(ctx); err != nil {
		return err
	}
	after, err := p.CPU(ctx)
	if err != nil {
		return err
	}
	one.CPU = milliseconds(after-before) / float64(one.Requests)
	if one.Resident, err = p.Resident(ctx); err != nil {
		return err
	}
	return b.counted(ctx, one.Shape, warmed.Requests+one.Requests)
}

func (b *bench) createLoad(p *program.Process, s shape, callers int, duration time.Duration) load {
	return load{
		method: "POST", url: p.Base + attributesPath, token: b.token,
		body: bodies(s), check: checkCreated(s),
		callers: callers, duration: duration,
	}
}

const attributesPath = "/api/v1/org/attributes"
