// Cluster runs attributed as several hosts do, and does to them what may happen to hosts: three
// PostgreSQL under Patroni, each with its etcd, three attributed, each with another way to the
// primary, and HAProxy before them, as deploy/ has them. The hosts are network namespaces of this
// machine, the parts are Debian's.
//
// It prints a table, and exits with 1 if an acknowledged change is lost or half written, if two
// hosts were primaries at a time, or if the cluster does not come back. The logs of all parts are kept.
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
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type options struct {
	Short bool          `help:"Some faults only, once each."`
	Only  string        `help:"Only faults whose name matches." placeholder:"REGEXP"`
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
	var tried []*fault
	var rows []*row
	for _, f := range faults() {
		if only.MatchString(f.name) && (f.short || !o.Short) {
			tried, rows = append(tried, f), append(rows, &row{fault: f.name, failed: map[int]int{}})
		}
	}
	for n := range o.times() {
		for i, f := range tried {
			c.tell("%s, %d of %d", f.name, n+1, o.times())
			if err := f.try(ctx, c, rows[i]); err != nil {
				return errors.Join(publish(rows, stdout), fmt.Errorf("%s: %w", f.name, err))
			}
		}
		if err := keep(rows, filepath.Join(c.logs, "table.md")); err != nil {
			return err
		}
	}
	return publish(rows, stdout)
}
