package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"golang.org/x/tools/benchmark/parse"

	"attributed/bench/program"
)

// What is measured of attributed in other ways than by its throughput.

// validated is what the Go benchmark of package server says of one body.
type validated struct {
	Users, Groups int
	Microseconds  float64
	Allocations   float64
}

// validation runs the Go benchmark of what stands between a body and its handler.
func (b *bench) validation(ctx context.Context) error {
	root, err := program.Root(ctx)
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "go", "test", "-C", root, "-run=^$", "-bench=^BenchmarkValidation$", "-benchtime="+b.plan.benchtime, "attributed/server").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	found, err := parse.ParseSet(bytes.NewReader(out))
	if err != nil {
		return err
	}
	for name, runs := range found {
		var one validated
		name, _ = strings.CutPrefix(name, "BenchmarkValidation/")
		if _, err := fmt.Sscanf(name, "users=%d/groups=%d", &one.Users, &one.Groups); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		one.Microseconds, one.Allocations = runs[0].NsPerOp/1000, float64(runs[0].AllocsPerOp)
		b.results.Validations = append(b.results.Validations, one)
	}
	return nil
}

// starts starts attributed on a database that has its schema, again and again.
func (b *bench) starts(ctx context.Context) error {
	for range b.plan.starts {
		p, err := b.start(ctx, attributed, b.url)
		if err != nil {
			return err
		}
		b.results.Starts = append(b.results.Starts, milliseconds(p.Started))
		if err := p.Stop(); err != nil {
			return err
		}
	}
	return nil
}

// largeBody is how long a create with the directory's every user takes.
type largeBody struct {
	System string
	measured
}

// largeBodies leaves naive out: it would send 30,000 statements for each.
func (b *bench) largeBodies(ctx context.Context) (err error) {
	for _, name := range []string{ceiling, attributed} {
		p, err := b.start(ctx, name, b.url)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.Stop()) }()
		if err := b.clear(ctx); err != nil {
			return err
		}
		l := b.createLoad(p, shape{users, 0}, 1, forever)
		l.requests = b.plan.largeBodies
		one := largeBody{System: name}
		if one.measured, err = l.run(ctx); err != nil {
			return err
		}
		b.results.LargeBodies = append(b.results.LargeBodies, one)
	}
	return nil
}
