package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"attributed/ascode"
	"attributed/cmd/commandline"
)

// serverFlag is for every command that talks to a server of the API.
type serverFlag struct {
	URL     serverURL `name:"url" placeholder:"URL" help:"URL of the server, attributed or a real Lightdash, as in https://lightdash.example.com."`
	Token   string    `placeholder:"TOKEN" variables:"ATTRIBUTED_TOKEN,TOKEN" help:"Token of an admin of the organization. Better set the variable: others can see arguments."`
	Timeout period    `default:"1m" placeholder:"TIME" help:"Time for one answer; default ${default}."`
}

type serverURL string

func (u serverURL) Validate() error {
	parsed, err := url.Parse(string(u))
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return errors.New("write http://HOST:PORT or https://HOST")
	}
	return nil
}

// state connects to the server and asks for all that it has.
func (f serverFlag) state(ctx context.Context) (*ascode.Server, *ascode.State, error) {
	if f.URL == "" {
		return nil, nil, commandline.UsageError{Err: errors.New("missing flags: --url=URL")}
	}
	server, err := ascode.Connect(ctx, string(f.URL), f.Token, time.Duration(f.Timeout))
	if err != nil {
		return nil, nil, err
	}
	state, err := server.State(ctx)
	return server, state, err
}

type exportCommand struct {
	serverFlag
	Format string `default:"yaml" enum:"yaml,json" placeholder:"yaml|json" help:"What to write; default ${default}."`
	Schema bool   `help:"Print the JSON schema of the file, for editors, and ask no server."`
}

// Help returns what --help prints beside the flags.
func (c *exportCommand) Help() string {
	return `For example, to take over what a server has:

  attributed export --url https://lightdash.example.com > attributes.yaml
  attributed export --schema > attributes.schema.json

People are named by e-mail and groups by name; where several share one, by uuid: and the uuid. A second export of the
same is equal, byte for byte.`
}

func (c *exportCommand) Run(ctx context.Context, std commandline.Streams) error {
	if c.Schema {
		_, err := std.Out.Write(ascode.Schema)
		return err
	}
	_, state, err := c.state(ctx)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return state.WriteJSON(std.Out)
	}
	return state.WriteYAML(std.Out)
}

// plannedFlags say what a plan takes into account.
type plannedFlags struct {
	Prune       string `default:"none" enum:"none,values,attributes" placeholder:"none|values|attributes" help:"What to remove that the files do not have: values, in attributes that they name; or attributes, too; default ${default}."`
	SkipUnknown bool   `help:"Leave out the values of people and groups that the server does not have, and name them on standard error."`
	HideValues  bool   `help:"Print no values, for the log of a CI."`
}

// make makes a plan, and prints mistakes, each on a line.
func (f plannedFlags) make(wanted []ascode.Wanted, state *ascode.State, log io.Writer) (*ascode.Plan, error) {
	plan, skipped, err := ascode.NewPlan(wanted, state, ascode.Options{Prune: ascode.Prune(f.Prune), SkipUnknown: f.SkipUnknown})
	if err != nil {
		return nil, told(log, err)
	}
	if len(skipped) > 0 {
		fmt.Fprintf(log, "Left out:\n%v\n", skipped)
	}
	return plan, nil
}

// printed is the plan as it may be shown.
func (f plannedFlags) printed(plan *ascode.Plan) *ascode.Plan {
	if f.HideValues {
		return plan.WithoutValues()
	}
	return plan
}

// told prints mistakes in files, each on a line, and returns the error that ends the command.
func told(log io.Writer, err error) error {
	mistakes, ok := errors.AsType[ascode.Mistakes](err)
	if !ok {
		return err
	}
	fmt.Fprintln(log, mistakes)
	return fmt.Errorf("the files have mistakes: see the %d above; nothing was changed", len(mistakes))
}

type planCommand struct {
	serverFlag
	plannedFlags
	File     []string `name:"file" short:"f" required:"" sep:"none" placeholder:"FILE" help:"The attributes as they shall be: YAML or JSON; or a folder, for all such files in it. May be given several times."`
	Format   string   `default:"text" enum:"text,json,markdown" placeholder:"text|json|markdown" help:"How to print it; default ${default}."`
	ExitCode bool     `help:"Exit with status 3 where there is something to change."`
	Out      string   `placeholder:"FILE" help:"Keep the plan for apply --plan. The file has all values, whatever --hide-values says."`
}

// errChanges ends a command whose plan is its message.
var errChanges = errors.New("there is something to change")

// Help returns what --help prints beside the flags.
func (c *planCommand) Help() string {
	return `For example, in a pull request and after it:

  attributed plan --url https://lightdash.example.com -f attributes.yaml --format markdown --hide-values
  attributed plan --url https://lightdash.example.com -f attributes.yaml --out plan.json
  attributed apply --url https://lightdash.example.com --plan plan.json --yes

Nothing is changed. All mistakes in the files are reported at once.`
}

func (c *planCommand) Run(ctx context.Context, std commandline.Streams) error {
	wanted, err := ascode.Read(c.File...)
	if err != nil {
		return told(std.Log, err)
	}
	_, state, err := c.state(ctx)
	if err != nil {
		return err
	}
	plan, err := c.make(wanted, state, std.Log)
	if err != nil {
		return err
	}
	if err := keep(c.Out, plan); err != nil {
		return err
	}
	printed := c.printed(plan)
	switch c.Format {
	case "json":
		err = printed.WriteJSON(std.Out)
	case "markdown":
		err = printed.WriteMarkdown(std.Out)
	default:
		err = printed.WriteText(std.Out)
	}
	if err == nil && c.ExitCode && len(plan.Changes) > 0 {
		err = errChanges
	}
	return err
}

// keep writes a plan where only its owner reads it, for there are values in it.
func keep(name string, plan *ascode.Plan) error {
	if name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(plan.WriteJSON(file), file.Close())
}
