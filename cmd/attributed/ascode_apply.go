package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"attributed/ascode"
	"attributed/cmd/commandline"
)

// applyFlags say how what was planned is done.
type applyFlags struct {
	Yes bool `help:"Do not ask, as in CI."`
}

// apply shows a plan, asks, and carries it out. A plan is done on the ground that it was made
// on, or not at all.
func (f applyFlags) apply(ctx context.Context, std commandline.Streams, server *ascode.Server, state *ascode.State, plan, printed *ascode.Plan) error {
	if err := printed.WriteText(std.Out); err != nil || len(plan.Changes) == 0 {
		return err
	}
	if !f.Yes {
		if err := agreed(std.Log); err != nil {
			return err
		}
		var err error
		if state, err = server.State(ctx); err != nil { // it may have taken long to answer
			return err
		}
	}
	if err := shifted(plan, state); err != nil {
		return err
	}
	bar := progressOn(std.Log, "applying")
	result, err := server.Apply(ctx, plan, state, bar.show)
	bar.clear()
	return errors.Join(err, tellOutcome(std, result, err))
}

func shifted(plan *ascode.Plan, state *ascode.State) error {
	names := plan.Shifted(state)
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("nothing was changed, since these are no longer as they were when the plan was made: %q: make a new plan", names)
}

// agreed asks on the terminal, and returns an error unless the answer is yes.
func agreed(log io.Writer) error {
	if !isTerminal(os.Stdin) {
		return commandline.UsageError{Err: errors.New("nobody can be asked whether to do it, since standard input is not a terminal: use --yes")}
	}
	fmt.Fprint(log, "Do it? Type yes: ")
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil || answer != "yes\n" {
		return errors.New("nothing was changed, since the answer was not yes")
	}
	return nil
}

// tellOutcome says what was done and what was not; where all went well that is one line.
func tellOutcome(std commandline.Streams, result *ascode.Result, err error) error {
	done, failed := 0, 0
	for _, o := range result.Outcomes {
		switch o.Status {
		case ascode.Done, ascode.Already:
			done++
		default:
			failed++
		}
	}
	if err == nil && result.Whole() {
		fmt.Fprintf(std.Log, "Done: %d attributes.\n", done)
		return nil
	}
	for _, o := range result.Outcomes {
		fmt.Fprintf(std.Log, "%s %q: %s\n", o.Action, o.Name, o.Status)
	}
	for _, met := range result.Met {
		fmt.Fprintln(std.Log, met)
	}
	if err != nil {
		return fmt.Errorf("%d attributes were done, and %d not; the same command again does what is left", done, failed)
	}
	return errors.New("somebody else changed the same: see above; plan shows what is different now")
}

type applyCommand struct {
	serverFlag
	plannedFlags
	applyFlags
	File []string `name:"file" short:"f" sep:"none" placeholder:"FILE" help:"The attributes as they shall be, as for plan."`
	Plan string   `placeholder:"FILE" help:"Apply a plan that plan --out kept. It is refused if the server has changed since."`
}

// Help returns what --help prints beside the flags.
func (c *applyCommand) Help() string {
	return `For example, from CI:

  attributed apply --url https://lightdash.example.com -f attributes.yaml --yes

It shows the plan, asks, and does it. Nothing is touched that the files do not name, unless --prune says so. Running it
again changes nothing, or does what was left undone. Exit status 1 where something was not done, or where somebody else
changed the same at the same time.`
}

// Validate is called by kong.
func (c *applyCommand) Validate() error {
	if (len(c.File) == 0) == (c.Plan == "") {
		return errors.New("name either files with --file, or a plan with --plan")
	}
	return nil
}

func (c *applyCommand) Run(ctx context.Context, std commandline.Streams) error {
	if c.Plan != "" {
		return c.kept(ctx, std)
	}
	wanted, err := ascode.Read(c.File...)
	if err != nil {
		return told(std.Log, err)
	}
	return c.plannedFlags.apply(ctx, std, c.serverFlag, c.applyFlags, wanted)
}

// apply plans what is wanted, and does it.
func (f plannedFlags) apply(ctx context.Context, std commandline.Streams, at serverFlag, how applyFlags, wanted []ascode.Wanted) error {
	server, state, err := at.state(ctx)
	if err != nil {
		return err
	}
	plan, err := f.make(wanted, state, std.Log)
	if err != nil {
		return err
	}
	return how.apply(ctx, std, server, state, plan, f.printed(plan))
}

// kept does what a kept plan says.
func (c *applyCommand) kept(ctx context.Context, std commandline.Streams) error {
	file, err := os.Open(c.Plan)
	if err != nil {
		return err
	}
	defer file.Close()
	plan, err := ascode.ReadPlan(file)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Plan, err)
	}
	server, state, err := c.state(ctx)
	if err != nil {
		return err
	}
	if err := shifted(plan, state); err != nil {
		return err
	}
	return c.applyFlags.apply(ctx, std, server, state, plan, c.printed(plan))
}
