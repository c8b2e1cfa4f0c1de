package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"attributed/cmd/commandline"
	"attributed/openapi"
	"attributed/openapi/bump"
	"attributed/openapi/bump/swap"
	"attributed/openapi/diff"
)

// formatFlag is for every command that reports.
type formatFlag struct {
	Format string `enum:"text,json,markdown" default:"text" help:"How to write the report: text, json or markdown; default ${default}."`
}

// report is what can be written in each format.
type report interface {
	WriteText(io.Writer) error
	WriteMarkdown(io.Writer) error
}

func (f formatFlag) write(w io.Writer, r report) error {
	switch f.Format {
	case "json":
		return diff.WriteJSON(w, r)
	case "markdown":
		return r.WriteMarkdown(w)
	}
	return r.WriteText(w)
}

// treeFlag is for every command that works on a tree.
type treeFlag struct {
	Tree string `placeholder:"DIR" help:"The project's root; default is the nearest folder with a go.mod, from here up."`
}

func (f treeFlag) root() (string, error) {
	if f.Tree != "" {
		return f.Tree, nil
	}
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", errors.New("there is no go.mod here or above: name the project's root with --tree")
		}
		folder = filepath.Dir(folder)
	}
}

type diffCommand struct {
	Old    string   `arg:"" help:"The spec that clients were written for: JSON or YAML, gzipped or not."`
	New    string   `arg:"" help:"The spec that replaces it."`
	Served []string `placeholder:"ID" help:"The operationIds to compare; default is upstream's of served.yaml."`
	formatFlag
	treeFlag
}

// Validate is for make spec-diff without OLD or NEW, which says "" for them.
func (c *diffCommand) Validate() error {
	if c.Old == "" || c.New == "" {
		return errors.New("two specs are to be compared: with make, OLD=path NEW=path")
	}
	return nil
}

func (c *diffCommand) Run(ctx context.Context, std commandline.Streams) error {
	before, err := readSpec(c.Old)
	if err != nil {
		return err
	}
	after, err := readSpec(c.New)
	if err != nil {
		return err
	}
	var r *diff.Report
	done := make(chan error, 1)
	go func() { // a hostile spec may take long, and there is nothing to tidy up
		var err error
		r, err = c.compare(before, after)
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			return c.named(err)
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := c.write(std.Out, r); err != nil {
		return err
	}
	return verdict(r.Wire)
}

func (c *diffCommand) compare(before, after []byte) (*diff.Report, error) {
	if len(c.Served) > 0 {
		return bump.DiffByID(before, after, c.Served)
	}
	root, err := c.root()
	if err != nil {
		return nil, err
	}
	if _, err := bump.ServedOf(root); err != nil {
		return nil, fmt.Errorf("%w (--served names the operations without it)", err)
	}
	return bump.DiffTree(root, before, after)
}

// named puts the files' names to errors about them.
func (c *diffCommand) named(err error) error {
	var side *diff.SpecError
	if errors.As(err, &side) {
		return fmt.Errorf("%s: %w", map[bool]string{true: c.New, false: c.Old}[side.New], side.Err)
	}
	return err
}

func verdict(wire diff.Wire) error {
	if wire == diff.Breaking {
		return errBreaking
	}
	return nil
}

// readSpec reads no more of a file than a spec may have.
func readSpec(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, openapi.MaxSize+1))
}

type applyCommand struct {
	Spec           string `arg:"" help:"The new version of upstream's spec: JSON or YAML, gzipped or not."`
	Check          bool   `help:"Do all but the last step: the tree stays as it is."`
	AcceptBreaking bool   `help:"Go on where the new version breaks clients."`
	Stage          string `placeholder:"DIR" help:"Leave the whole candidate tree in this empty folder, to be finished by hand; the tree stays as it is."`
	formatFlag
	treeFlag
}

// Validate is for make bump without SPEC, which says "" for it.
func (c *applyCommand) Validate() error {
	if c.Spec == "" {
		return errors.New("no spec is named: with make, SPEC=path")
	}
	return nil
}

func (c *applyCommand) Run(ctx context.Context, std commandline.Streams) error {
	spec, err := readSpec(c.Spec)
	if err != nil {
		return err
	}
	root, err := c.root()
	if err != nil {
		return err
	}
	apply := bump.Apply{Tree: root, Check: c.Check, AcceptBreaking: c.AcceptBreaking, Stage: c.Stage, Log: std.Log}
	result, err := apply.Run(ctx, spec)
	if err != nil {
		return err
	}
	if err := c.write(std.Out, result); err != nil {
		return err
	}
	switch {
	case result.Failed():
		return errFailed
	case c.AcceptBreaking:
		return nil
	}
	return verdict(result.Wire)
}

type recoverCommand struct{ treeFlag }

func (c *recoverCommand) Run(_ context.Context, std commandline.Streams) error {
	root, err := c.root()
	if err != nil {
		return err
	}
	found, err := swap.Recover(root)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.Out, found)
	return err
}

type trialCommand struct{ treeFlag }

func (c *trialCommand) Run(ctx context.Context, std commandline.Streams) error {
	root, err := c.root()
	if err != nil {
		return err
	}
	report, err := bump.Trial(ctx, root, bump.TrialTime)
	fmt.Fprintln(std.Out, strings.TrimSpace(report))
	return err
}

type generateCommand struct{ treeFlag }

func (c *generateCommand) Run(ctx context.Context, std commandline.Streams) error {
	root, err := c.root()
	if err != nil {
		return err
	}
	if err := bump.Generate(ctx, root); err != nil {
		fmt.Fprintln(std.Log, err) // with all lines of what the generator says
		return errFailed
	}
	return nil
}
