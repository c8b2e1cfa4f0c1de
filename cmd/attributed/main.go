// Attributed serves Lightdash's user attributes API from its spec.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"attributed/cmd/commandline"
	"attributed/contract"
	"attributed/store"
)

func main() {
	ctx := commandline.UntilSignal()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, errFindings) && !errors.Is(err, errChanges) {
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
	if err = command.Run(ctx, commandline.Streams{Out: stdout, Log: stderr}); errors.Is(err, errFindings) {
		return err // it was through
	}
	err = commandline.Interrupted(ctx, err)
	switch command.(type) {
	case *serveCommand, *contractProxyCommand:
		if errors.Is(err, context.Canceled) {
			return nil // to be ended is how they end, also before they have begun
		}
	}
	return err
}

// exitStatus is commandline's, with 3 where a command could not do all of its work.
func exitStatus(err error) int {
	return commandline.ExitStatus(err, func(err error) int {
		if errors.Is(err, contract.ErrUntestable) || errors.Is(err, errUnjudged) || errors.Is(err, errLeftOut) || errors.Is(err, errChanges) {
			return 3
		}
		return 1
	})
}

// secret matches the parts of a URL that say who connects: all up to the last @, and the
// parameter password.
var secret = regexp.MustCompile(`(://)\S*@|(password=)[^&\s]*`)

// line returns err on one line, for the operator: with the cause of an outage, which clients
// do not see, and without a password, which a mistyped argument may hold.
func line(err error) string {
	text := err.Error()
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	if e, ok := errors.AsType[*store.Error](err); ok && e.Kind == store.Unavailable && errors.Unwrap(e) != nil {
		text = "the database does not answer or refuses (--database names another): " + errors.Unwrap(e).Error()
	}
	return secret.ReplaceAllStringFunc(commandline.Line(text), func(found string) string {
		if found == placeholders {
			return found
		}
		return secret.ReplaceAllString(found, "$1$2…")
	})
}
