package main

import (
	"context"
	"fmt"
	"time"

	"attributed/store"
)

type tokenCommand struct {
	Create tokenCreateCommand `cmd:"" help:"Create an access token and print it, alone, on standard output."`
}

type tokenCreateCommand struct {
	databaseFlag
	Email       string   `required:"" placeholder:"E-MAIL" help:"Whose token it is: an active user of an organization."`
	Description string   `placeholder:"TEXT" help:"What it is for."`
	Expires     lifetime `default:"90d" placeholder:"TIME" help:"How long it is good for: 90d, 12h or never; default ${default}."`
}

func (c *tokenCreateCommand) Run(ctx context.Context, std streams) error {
	if err := c.Database.exists(); err != nil {
		return err
	}
	return c.withStore(ctx, std, func(st *store.Store) error {
		if err := st.CheckMigrated(ctx); err != nil {
			return err
		}
		var expires time.Time
		told := "It never expires."
		if c.Expires != 0 {
			expires = time.Now().Add(time.Duration(c.Expires)).UTC()
			told = "It expires on " + expires.Format("2006-01-02 at 15:04 UTC.")
		}
		token, err := st.CreateToken(ctx, c.Email, c.Description, expires)
		if err != nil {
			return err
		}
		fmt.Fprintf(std.log, "This is the only time that the token of %s is shown. %s\n", c.Email, told)
		_, err = fmt.Fprintln(std.out, token)
		return err
	})
}
