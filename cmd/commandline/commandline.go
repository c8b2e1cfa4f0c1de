// Package commandline leads from a command line to a command, and from what the command
// returns to an exit status. The programs of cmd/ share it, so that they answer alike to
// --help, to a mistake and to Ctrl-C.
package commandline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/willabides/kongplete"
)

// Command is what can be run.
type Command interface {
	Run(context.Context, Streams) error
}

// Streams is where a command writes: Out is for the result alone, so that a shell can
// use it, and Log for all that is said to a person.
type Streams struct{ Out, Log io.Writer }

// UsageError is a mistake in the arguments or variables.
type UsageError struct{ Err error }

// Error returns what the mistake is.
func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e UsageError) Unwrap() error { return e.Err }

// Parse reads the arguments into program, a struct with kong's tags whose commands are
// each a [Command], and returns the command that was chosen; nil where it has answered
// itself on stdout, as with --help. Its errors are of type [UsageError], but for one of
// program's own tags. Options are added to those that all programs have.
func Parse(program any, name, description string, args []string, stdout io.Writer, options ...kong.Option) (Command, error) {
	answered := false
	parser, err := kong.New(program, append([]kong.Option{
		kong.Name(name),
		kong.Description(description),
		kong.Writers(stdout, stdout),
		kong.Exit(func(int) { answered = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
	}, options...)...)
	if err != nil {
		return nil, err
	}
	if kongplete.Complete(parser); answered {
		return nil, nil
	}
	parsed, err := parser.Parse(args)
	switch {
	case answered:
		return nil, nil
	case err != nil:
		return nil, UsageError{fmt.Errorf("%w (%s --help shows what there is)", err, nearest(err, name))}
	}
	return parsed.Selected().Target.Addr().Interface().(Command), nil
}

// nearest returns the command whose help is useful for err.
func nearest(err error, program string) string {
	if e, ok := errors.AsType[*kong.ParseError](err); ok && e.Context != nil && e.Context.Selected() != nil {
		return e.Context.Selected().FullPath()
	}
	return program
}

// Line puts text on one line.
func Line(text string) string { return strings.Join(strings.Fields(text), " ") }
