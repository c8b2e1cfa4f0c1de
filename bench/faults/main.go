// Faults does to attributed what production may do to it, and counts what it loses: the program
// and its database are killed while writers go on, the database goes away in every way it can,
// and clients behave badly. The program and the engines are real ones, started by this one.
//
// It prints a table, and exits with 1 if an acknowledged change is lost or half written, if there
// is an answer of 5xx other than 503, or if something takes longer than it may.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	var o options
	kong.Parse(&o, kong.Description("Injects faults into attributed and its database, and counts what is lost."))
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

type options struct {
	Short bool   `help:"Each fault once or a few times, in less than a minute."`
	Only  string `help:"Only faults whose name matches." placeholder:"REGEXP"`
}

// fault is a row of the table: what is done to an engine, and how.
type fault struct {
	name   string
	engine *engine
	inject func(context.Context, *trial, *row) error
}

func run(ctx context.Context, o options, stdout, progress io.Writer) (err error) {
	only, err := regexp.Compile(o.Only)
	if err != nil {
		return err
	}
	t, err := newTrial(ctx, o.Short)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	all, err := t.faults()
	if err != nil {
		return err
	}
	var rows []*row
	for _, f := range all {
		r := &row{engine: f.engine, fault: f.name + ", " + f.engine.name}
		if !only.MatchString(r.fault) {
			continue
		}
		fmt.Fprintf(progress, "%s %s\n", time.Now().Format(time.TimeOnly), r.fault)
		if err := f.inject(ctx, t, r); err != nil {
			return fmt.Errorf("%s: %w", r.fault, err)
		}
		rows = append(rows, r)
	}
	return publish(rows, stdout)
}
