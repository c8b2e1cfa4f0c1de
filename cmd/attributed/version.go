package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"attributed/cmd/commandline"
	"attributed/gen"
)

type versionCommand struct{}

func (*versionCommand) Run(_ context.Context, std commandline.Streams) error {
	return printVersion(std.Out)
}

// versionFlag is for those who try --version first.
type versionFlag bool

func (versionFlag) BeforeReset(app *kong.Kong) error {
	app.Exit(0)
	return printVersion(app.Stdout)
}

func printVersion(w io.Writer) error {
	spec, err := gen.GetSpec()
	if err != nil {
		return err
	}
	text, err := gen.GetSpecJSON()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "attributed %s (%s)\nspec       %s %s (sha256 %.6x)\n",
		programVersion(), runtime.Version(), spec.Info.Title, spec.Info.Version, sha256.Sum256(text))
	return err
}

// programVersion is the version of the module, or the commit that it was built from.
func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
