package main

import (
	"context"
	"fmt"

	"attributed/cmd/commandline"
	"attributed/store"
)

type lightdashPrepareCommand struct{ databaseFlag }

// Help returns what --help prints beside the flags.
func (c *lightdashPrepareCommand) Help() string {
	return `It makes the schema attributed with two tables, unless they are there, and changes nothing of Lightdash's. Run it as a role that may create a
schema, and let that one grant to the role that serves what deploy/lightdash/grants-prepared.sql has. A server that runs has to be
started again. To take it back, stop the servers and DROP SCHEMA attributed CASCADE.

Example:

  attributed lightdash prepare --database postgres://USER:PASSWORD@HOST/NAME`
}

// Run makes the tables.
func (c *lightdashPrepareCommand) Run(ctx context.Context, std commandline.Streams) error {
	if err := store.PrepareLightdash(ctx, string(c.Database)); err != nil {
		return c.Database.unusable(err)
	}
	fmt.Fprintln(std.Log, "The tables for the audit and for answers are there, in the schema attributed: grant the role that serves its rights on them, and start it again.")
	return nil
}
