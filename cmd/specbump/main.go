// Specbump says what a new version of upstream's spec changes, and puts it into the
// tree. It is the developers' command behind make bump and make spec-diff.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// memory is what a hostile spec may make the program use, with room below 2 GiB.
const memory = 1500 << 20

func main() {
	debug.SetMemoryLimit(memory)
	ctx := untilSignal()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if message := line(err); message != "" {
		fmt.Fprintln(os.Stderr, "specbump:", message)
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

// run is the program with nothing global in it but the working directory, by which
// it finds the tree.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	command, err := parse(args, stdout)
	if command == nil || err != nil {
		return err
	}
	return interrupted(ctx, command.Run(ctx, streams{out: stdout, log: stderr}))
}

// streams is where a command writes: out is for the report alone.
type streams struct{ out, log io.Writer }

// usageError is a mistake in the arguments.
type usageError struct{ error }

var (
	errBreaking = errors.New("the bump breaks clients")
	errFailed   = errors.New("a step failed, and nothing was changed")
)

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
	case errors.Is(err, errBreaking):
		return 3
	case interrupted:
		return 128 + int(cut.by)
	}
	return 1
}

// line gives what is to be said of an error that the report does not say.
func line(err error) string {
	switch {
	case err == nil, errors.Is(err, errBreaking), errors.Is(err, errFailed):
		return ""
	case errors.Is(err, context.Canceled):
		return "interrupted, and nothing was changed"
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

// program is all that a developer can say.
type program struct {
	Diff     diffCommand     `cmd:"" help:"Say what it means that the spec NEW replaces the spec OLD."`
	Apply    applyCommand    `cmd:"" help:"Put a new version of upstream's spec into the tree, if everything works with it."`
	Recover  recoverCommand  `cmd:"" help:"Finish or undo an apply that was interrupted; the next apply does so by itself."`
	Generate generateCommand `cmd:"" help:"Write gen/ from the vendored spec, as mended, and the overlay: what make generate runs."`
}

// command is what can be run.
type command interface {
	Run(context.Context, streams) error
}

const description = "Specbump takes new versions of upstream's spec in.\n\n" +
	"Exit status: 0 unchanged or compatible, 3 breaking, 1 failed, 2 wrong usage, 130 interrupted, 143 by SIGTERM."

// parse reads the command line. It gives no command where it has answered itself, as to --help.
func parse(args []string, stdout io.Writer) (command, error) {
	answered := false
	parser, err := kong.New(&program{},
		kong.Name("specbump"),
		kong.Description(description),
		kong.Writers(stdout, stdout),
		kong.Exit(func(int) { answered = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(args)
	switch {
	case answered:
		return nil, nil
	case err != nil:
		return nil, usageError{fmt.Errorf("%w (specbump --help tells what there is)", err)}
	}
	return parsed.Selected().Target.Addr().Interface().(command), nil
}
