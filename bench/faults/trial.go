package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"attributed/bench/program"
	"attributed/store/storetest/postgres"
)

// trial is a run: the program and the databases.
type trial struct {
	short   bool
	folder  string // of the program, its logs and SQLite's files
	program string
	server  *postgres.Server
	rows    *pgxpool.Pool // our own way into PostgreSQL
	disk    string        // where a small one is mounted; "" is nowhere

	sqlite, postgres *engine
}

// engine is a database with an organization in it.
type engine struct {
	name, url string
	token     string // of the organization's admin
}

func newTrial(ctx context.Context, short bool) (t *trial, err error) {
	t = &trial{short: short}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	if t.folder, err = os.MkdirTemp("", "attributed-faults-"); err != nil {
		return t, err
	}
	t.program = filepath.Join(t.folder, "attributed")
	if err := program.Build(ctx, t.folder); err != nil {
		return t, err
	}
	if t.server, err = postgres.Start(ctx, postgres.AsShipped); err != nil {
		return t, err
	}
	if t.rows, err = pgxpool.New(ctx, t.server.URL()); err != nil {
		return t, err
	}
	if t.sqlite, err = newEngine(ctx, "SQLite", "sqlite:"+filepath.Join(t.folder, "faults.db")); err != nil {
		return t, err
	}
	if t.postgres, err = newEngine(ctx, "PostgreSQL", t.server.URL()); err != nil {
		return t, err
	}
	return t, t.addOthers(ctx)
}

func newEngine(ctx context.Context, name, url string) (*engine, error) {
	token, err := program.Fill(ctx, url)
	return &engine{name, url, token}, err
}

// close ends all that is still running, and leaves nothing behind.
func (t *trial) close() error {
	var all []error
	if t.rows != nil {
		t.rows.Close()
	}
	if t.server != nil {
		all = append(all, t.server.Stop())
	}
	if t.disk != "" {
		all = append(all, syscall.Unmount(t.disk, 0))
	}
	if t.folder != "" {
		all = append(all, os.RemoveAll(t.folder))
	}
	return errors.Join(all...)
}

// start runs the program on e.
func (t *trial) start(ctx context.Context, e *engine, flags ...string) (*program.Process, error) {
	return program.Start(ctx, t.program, e.url, append(flags, "--log-level=warn")...)
}

func (t *trial) faults() ([]fault, error) {
	all := []fault{
		{"the server killed", t.sqlite, killServer},
		{"the server killed", t.postgres, killServer},
		{"the database killed", t.postgres, killDatabase},
	}
	for _, o := range t.outages() {
		all = append(all, fault{o.name, t.postgres, o.endure})
	}
	for _, a := range abuses() {
		all = append(all, fault{a.name, t.postgres, a.inflict})
	}
	for _, e := range []*engine{t.sqlite, t.postgres} {
		for _, p := range probes() {
			all = append(all, fault{p.name, e, p.probe})
		}
	}
	files, err := t.fileOutages()
	return append(all, files...), err
}

// slack is by which times may be longer in the short form, which is a test among others, on a
// machine that is busy with them.
func (t *trial) slack(d time.Duration) time.Duration { return d * time.Duration(t.times(3, 1)) }

// times is how often something is done that is done once in the short form.
func (t *trial) times(short, full int) int {
	if t.short {
		return short
	}
	return full
}
