// Attributed serves Lightdash's user attributes API from its spec.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"attributed/contract"
	"attributed/store"
)

func main() {
	ctx := untilSignal()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, errFindings) {
		fmt.Fprintln(os.Stderr, "attributed:", line(err))
	}
	os.Exit(exitStatus(err))
}

// untilSignal gives a context that the first signal to end ends; its cause tells which
// that was. A second one ends the program at once.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		received := <-signals
		signal.Stop(signals)
		cancel(interruption{received.(syscall.Signal), context.Canceled})
	}()
	return ctx
}

// interruption is how a command ended that a signal has cut short.
type interruption struct {
	by syscall.Signal
	error
}

func (i interruption) Unwrap() error { return i.error }

// interrupted marks the error of a command that ended after a signal.
func interrupted(ctx context.Context, err error) error {
	cause, ok := errors.AsType[interruption](context.Cause(ctx))
	if !ok || err == nil {
		return err
	}
	return interruption{cause.by, err}
}

// run is the program with nothing global in it: a test starts it, talks to it
// over HTTP, and cancels ctx to stop it. It returns nil after a clean stop.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	command, err := parse(args, getenv, stdout)
	if command == nil || err != nil {
		return err
	}
	err = interrupted(ctx, command.Run(ctx, streams{out: stdout, log: stderr}))
	switch command.(type) {
	case *serveCommand, *contractProxyCommand:
		if errors.Is(err, context.Canceled) {
			return nil // to be ended is how they end, also before they have begun
		}
	}
	return err
}

// streams is where a command writes: out is for the result alone, so that a
// shell can use it, and log for all that is told to a person.
type streams struct{ out, log io.Writer }

// usageError is a mistake in the arguments or variables.
type usageError struct{ error }

// exitStatus is 128 and the signal's number for a command that a signal cut short, as a
// shell has it: 130, 143.
func exitStatus(err error) int {
	_, usage := errors.AsType[usageError](err)
	cut, interrupted := errors.AsType[interruption](err)
	switch {
	case err == nil:
		return 0
	case usage:
		return 2
	case errors.Is(err, errFindings): // it was through
		return 1
	case interrupted:
		return 128 + int(cut.by)
	case errors.Is(err, contract.ErrUntestable), errors.Is(err, errLeftOut):
		return 3
	}
	return 1
}

// secret is what a URL tells of who connects: all up to the last @, and a parameter.
var secret = regexp.MustCompile(`(://)\S*@|(password=)[^&\s]*`)

// line puts err on one line for the operator, who, unlike a client, is told the
// cause of an outage; never a password, which a mistyped argument may hold.
func line(err error) string {
	text := err.Error()
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	if e, ok := errors.AsType[*store.Error](err); ok && e.Kind == store.Unavailable && errors.Unwrap(e) != nil {
		text = "the database does not answer or refuses (--database names another): " + errors.Unwrap(e).Error()
	}
	return secret.ReplaceAllString(strings.Join(strings.Fields(text), " "), "$1$2…")
}
