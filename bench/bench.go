package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

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
	if b.token, err = fill(ctx, b.url); err != nil {
		return b, err
	}
	if _, err := b.rows.Exec(ctx, directory); err != nil {
		return b, err
	}
	err = b.rows.QueryRow(ctx, `SELECT current_setting('server_version'), organization_id FROM organizations`).
		Scan(&b.results.Machine.PostgreSQL, &b.results.organization)
	return b, err
}

// build compiles the programs, as make build does. attributed is built in its own
// module, with the versions that it is released with.
func (b *bench) build(ctx context.Context) error {
	root, err := attributedRoot(ctx)
	if err != nil {
		return err
	}
	for _, build := range [][]string{
		{"build", "-C", root, "-o", b.folder, "./cmd/attributed"},
		{"build", "-C", filepath.Join(root, "bench"), "-o", b.folder, "./ceiling", "./naive"},
	} {
		cmd := exec.CommandContext(ctx, "go", build...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build: %w\n%s", err, out)
		}
	}
	return nil
}

// attributedRoot returns the folder of the module attributed, of which this one is a part.
func attributedRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "attributed").Output()
	if err != nil {
		return "", fmt.Errorf("the bench runs within attributed's tree: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
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
