package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgxpool"

	"attributed/bench/program"
	"attributed/store/storetest/postgres"
)

// bench is a run: the programs, the database, and what was measured so far.
type bench struct {
	plan     plan
	progress io.Writer
	results  *results
	folder   string // of programs, logs and SQLite files
	server   *postgres.Server
	rows     *pgxpool.Pool // our own way to the rows, past all that is measured
	url      string        // of the database, for programs
	token    string        // of an admin
}

func newBench(ctx context.Context, p plan, progress io.Writer) (b *bench, err error) {
	b = &bench{plan: p, progress: progress, results: &results{Machine: thisMachine(ctx)}}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	if b.folder, err = os.MkdirTemp("", "attributed-bench-"); err != nil {
		return b, err
	}
	if err := b.build(ctx); err != nil {
		return b, err
	}
	if b.server, err = postgres.Start(ctx, postgres.AsShipped); err != nil {
		return b, err
	}
	b.url = b.server.URL()
	if b.rows, err = pgxpool.New(ctx, b.url); err != nil {
		return b, err
	}
	if b.token, err = program.Fill(ctx, b.url); err != nil {
		return b, err
	}
	if _, err := b.rows.Exec(ctx, directory); err != nil {
		return b, err
	}
	err = b.rows.QueryRow(ctx, `SELECT current_setting('server_version'), organization_id FROM organizations`).
		Scan(&b.results.Machine.PostgreSQL, &b.results.organization)
	return b, err
}

// build compiles the programs.
func (b *bench) build(ctx context.Context) error {
	root, err := program.Root(ctx)
	if err != nil {
		return err
	}
	if err := program.Build(ctx, b.folder); err != nil {
		return err
	}
	return program.Compile(ctx, "-C", filepath.Join(root, "bench"), "-o", b.folder, "./ceiling", "./naive")
}

// start runs a program that was built.
func (b *bench) start(ctx context.Context, name, url string) (*program.Process, error) {
	return program.Start(ctx, b.program(name), url)
}

func (b *bench) program(name string) string { return filepath.Join(b.folder, name) }

// close ends all that is still running, and leaves nothing behind.
func (b *bench) close() error {
	var all []error
	if b.rows != nil {
		b.rows.Close()
	}
	if b.server != nil {
		all = append(all, b.server.Stop())
	}
	if b.folder != "" {
		all = append(all, os.RemoveAll(b.folder))
	}
	return errors.Join(all...)
}

func (b *bench) tell(format string, args ...any) { fmt.Fprintf(b.progress, format+"\n", args...) }
