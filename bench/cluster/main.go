// Cluster runs attributed as several hosts do, and does to them what may happen to hosts: three
// PostgreSQL under Patroni, each with its etcd, three attributed, each with another way to the
// primary, and HAProxy before them, as deploy/ has them. The hosts are network namespaces of this
// machine, the parts are Debian's.
//
// It prints a table, and below it what is not as it must be: an acknowledged change is lost or half written, a read by a
// position is stale, two hosts were primaries at a time, a call failed that should not, changes were away for
// too long, or the cluster did not come back. Then it exits with 1, as it does where it is interrupted, which has it print what there is.
// The logs of all parts are kept.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type options struct {
	Short bool          `help:"Some faults only, once each."`
	Only  string        `help:"Only faults whose name matches." placeholder:"REGEXP"`
	Async bool          `help:"The faults of replicas that no change waits for, by which acknowledged changes may be lost."`
	Scale bool          `help:"No faults: how many reads a second one to three attributed answer, with one PostgreSQL and with three."`
	Times int           `help:"How often each is tried." default:"10"`
	Logs  string        `help:"The folder for logs of all parts." default:"bin/cluster" type:"path"`
	Limit time.Duration `help:"The time after which it gives up." default:"90m"`
}

func main() {
	switch os.Args[0] {
	case reaper:
		os.Exit(reap())
	case enclosed:
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		end(run(ctx, parse(), os.Stdout, os.Stderr))
	default:
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		end(enclose(ctx, parse()))
	}
}

func parse() (o options) {
	kong.Parse(&o, kong.Description("Injects faults into a cluster of attributed and PostgreSQL, and counts what is lost."))
	return o
}

// end exits.
func end(err error) {
	if failed, ok := errors.AsType[*exit](err); ok {
		os.Exit(failed.status) // which has said why
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func (o options) times() int {
	if o.Short {
		return 1
	}
	return o.Times
}

func run(ctx context.Context, o options, stdout, progress io.Writer) (err error) {
	only, err := regexp.Compile(o.Only)
	if err != nil {
		return err
	}
	chosen := slices.DeleteFunc(faults(o.Async), func(f *fault) bool { return !only.MatchString(f.name) || o.Short && !f.short })
	if len(chosen) == 0 {
		return fmt.Errorf("no fault is named like %q%s", o.Only, map[bool]string{true: " and part of the short form"}[o.Short])
	}
	ctx, stop := context.WithTimeoutCause(ctx, o.Limit, fmt.Errorf("it took more than %s", o.Limit))
	defer stop()
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx) // what that broke off is of no interest
		}
	}()
	c, err := start(ctx, o.Logs, progress)
	if err != nil {
		return err
	}
	if o.Scale {
		return c.scale(ctx, stdout)
	}
	all := outcome{load: &c.load, short: o.Short}
	for _, f := range chosen {
		all.rows = append(all.rows, &row{fault: f, failed: map[int]int{}})
	}
	c.load.part = shortLoad
	if !o.Short {
		if err := c.calibrate(ctx); err != nil {
			return err
		}
	}
	err = c.try(ctx, &all, o.times())
	return errors.Join(all.publish(stdout), err)
}

// try tries each fault as often, by turns, and keeps the table after each turn.
func (c *cluster) try(ctx context.Context, all *outcome, times int) error {
	for n := range times {
		for _, r := range all.rows {
			c.tell("%s, %d of %d", r.fault.name, n+1, times)
			if err := r.fault.try(ctx, c, r); err != nil {
				return fmt.Errorf("%s: %w", r.fault.name, err)
			}
		}
		if err := all.keep(filepath.Join(c.logs, "table.md")); err != nil {
			return err
		}
	}
	return nil
}
