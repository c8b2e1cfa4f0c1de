// Bench measures attributed beside what is possible and what is usual, on this
// machine, and holds the result against the project's targets.
//
//	limit       pgbench: the same create as one prepared statement, no server between
//	ceiling     net/http and pgx by hand, no validation (bench/ceiling)
//	naive       the generated server and GORM as they come (bench/naive)
//	attributed  the program, as an operator starts it
//
// What lasts is ratios, not figures: the four take turns, round by round, and each
// ratio is of two neighbors of one round. They share a PostgreSQL server of their
// own with the settings it is shipped with, so with fsync, and a directory of 10,000
// users and 100 groups. Every answer is checked by its status, and every 50th by its
// body; afterwards the rows are counted. A failed call fails the run.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	var o options
	kong.Parse(&o, kong.Description("Measures attributed beside what is possible and what is usual."))
	err := run(ctx, o, os.Stdout, os.Stderr)
	if err != nil && ctx.Err() != nil {
		err = errors.New("interrupted") // what that broke off is of no interest
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	Quick bool   `help:"Under three minutes: fewer rounds, which are shorter; no figures to quote."`
	Part  string `help:"Only the part of this name, as it is told." placeholder:"NAME"`
	Out   string `default:"bin/bench" help:"Folder for results.json, table.md and the pictures; default ${default}." placeholder:"FOLDER"`
}

func run(ctx context.Context, o options, stdout, progress io.Writer) error {
	p := full
	if o.Quick {
		p = quick
	}
	r, err := measure(ctx, p, o.Part, progress)
	if r != nil {
		err = errors.Join(err, r.publish(o.Out, stdout))
	}
	return err
}

// measure carries out p, all of it or one part. Where a part fails, it returns what was measured before it, too.
func measure(ctx context.Context, p plan, only string, progress io.Writer) (r *results, err error) {
	b, err := newBench(ctx, p, progress)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"validation", b.validation},
		{"start", b.starts},
		{"creates", b.creates},
		{"large bodies", b.largeBodies},
		{"network", b.network},
		{"lists", b.lists},
		{"values in effect", b.effectives},
		{"lightdash", b.lightdash},
		{"SQLite", b.sqlite},
		{"attributes as code", b.asCode},
	} {
		if only != "" && part.name != only {
			continue
		}
		b.tell("%s", part.name)
		if err := part.run(ctx); err != nil {
			return b.results, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return b.results, nil
}
