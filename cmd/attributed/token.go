package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"attributed/cmd/commandline"
	"attributed/store"
)

type tokenCommand struct {
	Create tokenCreateCommand `cmd:"" help:"Create an access token and print it, alone, on standard output."`
	List   tokenListCommand   `cmd:"" help:"List the access tokens of all organizations; never the tokens themselves."`
	Revoke tokenRevokeCommand `cmd:"" help:"Revoke an access token."`
}

type tokenCreateCommand struct {
	databaseFlag
	Email       string   `required:"" placeholder:"E-MAIL" help:"Whose token it is: an active user of an organization."`
	Description string   `placeholder:"TEXT" help:"What it is for."`
	Expires     lifetime `default:"90d" placeholder:"TIME" help:"How long it is good for: 90d, 12h or never; default ${default}."`
}

func (c *tokenCreateCommand) Run(ctx context.Context, std commandline.Streams) error {
	return c.withMigratedStore(ctx, std, func(st *store.Store) error {
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
		fmt.Fprintf(std.Log, "This is the only time that the token of %s is shown. %s\n", c.Email, told)
		_, err = fmt.Fprintln(std.Out, token)
		return err
	})
}

type tokenListCommand struct {
	databaseFlag
	timezoneFlag
	formatFlag
}

func (c *tokenListCommand) Run(ctx context.Context, std commandline.Streams) error {
	return c.withReadableStore(ctx, std, func(st *store.Store) error {
		tokens, err := st.ListTokens(ctx, c.LightdashTimezone.location())
		if err != nil {
			return err
		}
		return printTokens(std.Out, c.formatFlag, tokens, time.Now())
	})
}

// listedToken is a token as JSON has it.
type listedToken struct {
	UUID        string    `json:"uuid"`
	Description string    `json:"description"`
	Owner       string    `json:"owner"`
	CreatedAt   time.Time `json:"createdAt"`
	LastUsedAt  time.Time `json:"lastUsedAt,omitzero"` // absent: never
	ExpiresAt   time.Time `json:"expiresAt,omitzero"`  // absent: never
	Expired     bool      `json:"expired"`
}

func printTokens(w io.Writer, format formatFlag, tokens []store.Token, now time.Time) error {
	rows := make([]listedToken, 0, len(tokens))
	for _, token := range tokens {
		rows = append(rows, listedToken{
			UUID: token.UUID, Description: token.Description, Owner: token.Owner,
			CreatedAt: token.CreatedAt, LastUsedAt: token.LastUsedAt, ExpiresAt: token.ExpiresAt,
			Expired: !token.ExpiresAt.IsZero() && token.ExpiresAt.Before(now),
		})
	}
	titles := []string{"UUID", "DESCRIPTION", "OWNER", "CREATED", "LAST USED", "EXPIRES"}
	return printList(w, format, rows, titles, func(token listedToken) []string {
		expires := minute(token.ExpiresAt)
		if token.Expired {
			expires += " (expired)"
		}
		return []string{token.UUID, cell(token.Description), cell(token.Owner), minute(token.CreatedAt), minute(token.LastUsedAt), expires}
	})
}

func minute(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format("2006-01-02 15:04 UTC")
}

// cell is text that leaves a table and a terminal in order.
func cell(text string) string {
	switch {
	case text == "":
		return "-"
	case strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }):
		return strconv.Quote(text)
	}
	return text
}

type tokenRevokeCommand struct {
	databaseFlag
	UUID string `arg:"" placeholder:"UUID" help:"Which token, as token list shows it."`
}

func (c *tokenRevokeCommand) Run(ctx context.Context, std commandline.Streams) error {
	return c.withMigratedStore(ctx, std, func(st *store.Store) error {
		if err := st.RevokeToken(ctx, c.UUID); err != nil {
			return err
		}
		fmt.Fprintf(std.Log, "The token %s is revoked: running servers refuse it within 5 seconds.\n", strings.ToLower(c.UUID))
		return nil
	})
}
