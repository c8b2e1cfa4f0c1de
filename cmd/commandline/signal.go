package commandline

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// UntilSignal returns a context that the first SIGINT, SIGTERM or SIGHUP ends; its cause says
// which of them it was. A second one ends the program at once. A program that was started to
// outlive its terminal, as by nohup, goes on ignoring SIGHUP.
func UntilSignal() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		received := <-signals
		signal.Stop(signals)
		cancel(Interruption{received.(syscall.Signal), context.Canceled})
	}()
	return ctx
}

// Interruption is the error of a command that a signal has cut short.
type Interruption struct {
	By syscall.Signal
	error
}

// Unwrap returns the error that the command itself ended with.
func (i Interruption) Unwrap() error { return i.error }

// Interrupted marks err, if it is one, as that of a command which a signal has cut short,
// where ctx is of [UntilSignal] and a signal has ended it.
func Interrupted(ctx context.Context, err error) error {
	cause, ok := errors.AsType[Interruption](context.Cause(ctx))
	if !ok || err == nil {
		return err
	}
	return Interruption{cause.By, err}
}

// ExitStatus is 0 without an error, 2 for a [UsageError], and 128 and the signal's number
// for an [Interruption], as a shell has it: 129, 130, 143. For all else it is what own says,
// and 1 where own, which knows the program's errors, says 0.
func ExitStatus(err error, own func(error) int) int {
	if err == nil {
		return 0
	}
	if _, usage := errors.AsType[UsageError](err); usage {
		return 2
	}
	if cut, ok := errors.AsType[Interruption](err); ok {
		return 128 + int(cut.By)
	}
	return max(own(err), 1)
}
