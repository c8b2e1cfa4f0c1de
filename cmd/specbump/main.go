// Specbump says what a new version of upstream's spec changes, and puts it into the
// tree. It is the developers' command behind make bump and make spec-diff.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"attributed/cmd/commandline"
)

// memory is what a hostile spec may make the program use, with room below 2 GiB.
const memory = 1500 << 20

// garbage is the growth of the heap, in percent, after which it is collected: what is read
// is kept to the end, and at Go's own 100 a spec of 40,000 properties takes a fifth longer.
const garbage = 400

func main() {
	debug.SetMemoryLimit(memory)
	debug.SetGCPercent(garbage)
	ctx := commandline.UntilSignal()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if message := line(err); message != "" {
		fmt.Fprintln(os.Stderr, "specbump:", message)
	}
	os.Exit(exitStatus(err))
}

// run is the program with nothing global in it but the working directory, by which
// it finds the tree.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	command, err := commandline.Parse(&program{}, "specbump", description, args, stdout)
	if command == nil || err != nil {
		return err
	}
	err = command.Run(ctx, commandline.Streams{Out: stdout, Log: stderr})
	if errors.Is(err, errBreaking) {
		return err // it was through
	}
	return commandline.Interrupted(ctx, err)
}

var (
	errBreaking = errors.New("the bump breaks clients")
	errFailed   = errors.New("a step failed, and nothing was changed")
)

// exitStatus is commandline's, with 3 for a bump that is through and breaks clients.
func exitStatus(err error) int {
	return commandline.ExitStatus(err, func(err error) int {
		if errors.Is(err, errBreaking) {
			return 3
		}
		return 1
	})
}

// line returns the line that is printed for err, or "" if the report has said it already.
func line(err error) string {
	switch {
	case err == nil, errors.Is(err, errBreaking), errors.Is(err, errFailed):
		return ""
	case errors.Is(err, context.Canceled):
		return "interrupted, and nothing was changed"
	}
	return commandline.Line(err.Error())
}

// program is all that a developer can say.
type program struct {
	Diff     diffCommand     `cmd:"" help:"Say what it means that the spec NEW replaces the spec OLD."`
	Apply    applyCommand    `cmd:"" help:"Put a new version of upstream's spec into the tree, if everything works with it."`
	Recover  recoverCommand  `cmd:"" help:"Finish or undo an apply that was interrupted; the next apply does so by itself."`
	Trial    trialCommand    `cmd:"" help:"Start the tree's server, and check it against the spec: what make contract runs."`
	Generate generateCommand `cmd:"" help:"Write gen/ from the vendored spec, as mended, and the overlay: what make generate runs."`
}

const description = "Specbump takes new versions of upstream's spec in.\n\n" +
	"Exit status: 0 unchanged or compatible, 3 breaking, 1 failed, 2 wrong usage, 130 interrupted, 143 by SIGTERM, 129 by SIGHUP."
