package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jedib0t/go-pretty/v6/table"

	"attributed/bench/program"
)

// besideLightdash is what was measured of attributed on the database of a Lightdash, with one value for each.
type besideLightdash struct {
	Starts  []float64 // from the start of the program to its first 200
	Creates []created
	Tokens  []checkedToken
}

// checkedToken is how long a read of an empty list takes with a token, in milliseconds.
type checkedToken struct {
	State    string // one of tokenStates
	P50, P99 float64
}

// tokenStates are what the program knows of a token: nothing, so that it is hashed; which row it is, which is
// looked at again; and that it was good a moment ago.
var tokenStates = []string{"first seen", "seen before", "known"}

// tokenBelieved is longer than a token that was looked up is believed.
const tokenBelieved = 2500 * time.Millisecond

// The Lightdash's people: an admin with a token, and as many tokens of the older kind as are asked for.
const (
	lightdashSecret = "an example secret"
	lightdashToken  = "ldpat_00112233445566778899aabbccddeeff"
	lightdashPeople = `
		INSERT INTO organizations (organization_name) VALUES ('Bench');
		INSERT INTO users (first_name, last_name) VALUES ('Ada', 'Lovelace');
		INSERT INTO organization_memberships (organization_id, user_id) SELECT organization_id, user_id FROM organizations, users;
		INSERT INTO personal_access_tokens (created_by_user_id, description, token_hash)
			SELECT user_id, 'bench', '$2b$10$0d87c879762854667eeacuiVghrXbJvByCVxjYoVsd1E4NruWd7hm' FROM users;`
	lightdashTokens = `
		INSERT INTO personal_access_tokens (created_by_user_id, description, token_hash)
			SELECT (SELECT min(user_id) FROM users), 'bench', encode(sha256(('old' || n)::bytea), 'hex') FROM generate_series(1, $1) AS n`
)

// lightdash measures starts, creates and tokens on such a database.
func (b *bench) lightdash(ctx context.Context) (err error) {
	beside, flags, err := b.besideLightdash(ctx)
	if err != nil {
		return err
	}
	defer beside.rows.Close()
	found := &b.results.Lightdash
	for range b.plan.starts {
		p, err := program.Start(ctx, b.program(attributed), beside.url, flags...)
		if err != nil {
			return err
		}
		found.Starts = append(found.Starts, milliseconds(p.Started))
		if err := p.Stop(); err != nil {
			return err
		}
	}
	p, err := program.Start(ctx, b.program(attributed), beside.url, flags...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	if err := beside.tokens(ctx, p.Base, found); err != nil {
		return err
	}
	for round := range b.plan.rounds {
		for _, s := range shapes {
			for _, callers := range []int{1, 32} {
				one := created{System: attributed, Shape: s, Callers: callers, Round: round}
				if err := beside.create(ctx, p, &one); err != nil {
					return err
				}
				found.Creates = append(found.Creates, one)
			}
		}
	}
	return nil
}

// besideLightdash is b on the database of a Lightdash, with the directory, and the flags of the program there.
func (b *bench) besideLightdash(ctx context.Context) (beside *bench, flags []string, err error) {
	root, err := program.Root(ctx)
	if err != nil {
		return nil, nil, err
	}
	tables, err := os.ReadFile(filepath.Join(root, "store", "storetest", "lightdash", "tables.sql"))
	if err != nil {
		return nil, nil, err
	}
	secret := b.program("lightdash-secret")
	if err := os.WriteFile(secret, []byte(lightdashSecret), 0o600); err != nil {
		return nil, nil, err
	}
	if _, err := b.rows.Exec(ctx, `CREATE DATABASE lightdash`); err != nil {
		return nil, nil, err
	}
	at, err := url.Parse(b.url)
	if err != nil {
		return nil, nil, err
	}
	copied := *b
	beside = &copied
	beside.url, beside.token = at.JoinPath("..", "lightdash").String(), lightdashToken
	if beside.rows, err = pgxpool.New(ctx, beside.url); err != nil {
		return nil, nil, err
	}
	for _, script := range []string{string(tables), lightdashPeople, directory} {
		if _, err := beside.rows.Exec(ctx, script); err != nil {
			beside.rows.Close()
			return nil, nil, err
		}
	}
	return beside, []string{"--lightdash", "--lightdash-secret-file=" + secret}, nil
}

// tokens uses some tokens one after the other, when each is in one state, in the next, and in the last.
func (b *bench) tokens(ctx context.Context, base string, found *besideLightdash) error {
	if _, err := b.rows.Exec(ctx, lightdashTokens, b.plan.tokens); err != nil {
		return err
	}
	for _, state := range tokenStates {
		if state == "seen before" {
			select {
			case <-time.After(tokenBelieved):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		var took []float64
		for n := range b.plan.tokens {
			began := time.Now()
			if err := useToken(ctx, base, fmt.Sprint("old", n+1)); err != nil {
				return fmt.Errorf("a token, %s: %w", state, err)
			}
			took = append(took, milliseconds(time.Since(began)))
		}
		slices.Sort(took)
		found.Tokens = append(found.Tokens, checkedToken{state, median(took), took[(len(took)*99-1)/100]})
	}
	return nil
}

func useToken(ctx context.Context, base, token string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+attributesPath, http.NoBody)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "ApiKey "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s", response.Status)
	}
	return nil
}

// rows are the figures, which no target is about.
func (l besideLightdash) rows() (rows []table.Row) {
	if len(l.Starts) > 0 {
		rows = append(rows, table.Row{"start beside a Lightdash", attributed, "", told(l.Starts)})
	}
	for _, one := range l.Tokens {
		rows = append(rows, table.Row{"list of 0 attributes beside a Lightdash, token " + one.State, attributed, "", figure(one.P50), figure(one.P99)})
	}
	within := &results{Creates: l.Creates}
	for _, s := range shapes {
		for _, callers := range within.callers() {
			rows = append(rows, within.createRow("create beside a Lightdash, "+situation(s, callers), attributed, s, callers))
		}
	}
	return rows
}
