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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, errFindings) {
		fmt.Fprintln(os.Stderr, "attributed:", line(err))
	}
	os.Exit(exitStatus(err))
}

// run is the program with nothing global in it: a test starts it, talks to it
// over HTTP, and cancels ctx to stop it. It returns nil after a clean stop.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	command, err := parse(args, getenv, stdout)
	if command == nil || err != nil {
		return err
	}
	return command.Run(ctx, streams{out: stdout, log: stderr})
}

// streams is where a command writes: out is for the result alone, so that a
// shell can use it, and log for all that is told to a person.
type streams struct{ out, log io.Writer }

// usageError is a mistake in the arguments or variables.
type usageError struct{ error }

func exitStatus(err error) int {
	switch _, usage := errors.AsType[usageError](err); {
	case err == nil:
		return 0
	case usage:
		return 2
	case errors.Is(err, contract.ErrUntestable):
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
