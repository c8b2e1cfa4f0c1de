package main

import (
	"context"
	"os"

	"attributed/ascode"
	"attributed/cmd/commandline"
)

type valuesCommand struct {
	Export valuesExportCommand `cmd:"" help:"Print the values of people and groups as CSV."`
	Import valuesImportCommand `cmd:"" help:"Set the values of people and groups as a CSV file says."`
}

type valuesExportCommand struct{ serverFlag }

// Help returns what --help prints beside the flags.
func (c *valuesExportCommand) Help() string {
	return `For example:

  attributed values export --url https://lightdash.example.com > values.csv

The columns are email,group,attribute,value; one of the first two is filled. Several values of one are several lines. A
spreadsheet takes a value that starts with =, +, - or @ for a formula: let it read the columns as text.`
}

func (c *valuesExportCommand) Run(ctx context.Context, std commandline.Streams) error {
	_, state, err := c.state(ctx)
	if err != nil {
		return err
	}
	return state.WriteTable(std.Out)
}

type valuesImportCommand struct {
	serverFlag
	plannedFlags
	applyFlags
	File       string `arg:"" placeholder:"FILE.csv" help:"The file, in UTF-8; - is standard input."`
	ClearEmpty bool   `help:"Let an empty value clear what somebody has. Without this flag, it is the empty text."`
}

// Help returns what --help prints beside the flags.
func (c *valuesImportCommand) Help() string {
	return `For example, from CI:

  attributed values import --url https://lightdash.example.com values.csv --yes

The first line is email,group,attribute,value, in any order; email or group may be left out. Each line after it has one of
the two, by e-mail or by name; several lines for one are its several values. The attributes have to be there. It shows the
plan, asks, and does it, as apply does; what the file does not name is not touched, unless --prune says so.`
}

func (c *valuesImportCommand) Run(ctx context.Context, std commandline.Streams) error {
	wanted, err := c.read()
	if err != nil {
		return told(std.Log, err)
	}
	return c.plannedFlags.apply(ctx, std, c.serverFlag, c.applyFlags, wanted)
}

func (c *valuesImportCommand) read() ([]ascode.Wanted, error) {
	if c.File == "-" {
		return ascode.ReadTable(os.Stdin, "standard input", c.ClearEmpty)
	}
	file, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ascode.ReadTable(file, c.File, c.ClearEmpty)
}
