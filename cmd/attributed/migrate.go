package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"attributed/cmd/commandline"
	"attributed/store"
)

type migrateCommand struct {
	Up     migrateUpCommand     `cmd:"" help:"Bring the database to the newest migration. serve does so too."`
	Down   migrateDownCommand   `cmd:"" help:"Take back the newest migration, and all data in the tables that it made."`
	Status migrateStatusCommand `cmd:"" help:"List the migrations, and when each was applied."`
}

type migrateUpCommand struct{ databaseFlag }

func (c *migrateUpCommand) Run(ctx context.Context, std commandline.Streams) error {
	return c.withStore(ctx, std, func(st *store.Store) error {
		if err := st.MigrateUp(ctx); err != nil {
			return err
		}
		return printMigrations(ctx, std, st, formatFlag{})
	})
}

type migrateDownCommand struct{ databaseFlag }

func (c *migrateDownCommand) Run(ctx context.Context, std commandline.Streams) error {
	if err := c.Database.exists(); err != nil {
		return err
	}
	return c.withStore(ctx, std, func(st *store.Store) error {
		loss, err := st.MigrationLoss(ctx)
		if err != nil {
			return err
		}
		if loss != "" {
			fmt.Fprintln(std.Log, loss)
		}
		if err := st.MigrateDown(ctx); err != nil {
			return err
		}
		return printMigrations(ctx, std, st, formatFlag{})
	})
}

type migrateStatusCommand struct {
	databaseFlag
	formatFlag
}

func (c *migrateStatusCommand) Run(ctx context.Context, std commandline.Streams) error {
	if err := c.Database.exists(); err != nil {
		return err
	}
	return c.withStore(ctx, std, func(st *store.Store) error { return printMigrations(ctx, std, st, c.formatFlag) })
}

// listedMigration is a migration as JSON has it.
type listedMigration struct {
	Name      string    `json:"name"`
	AppliedAt time.Time `json:"appliedAt,omitzero"` // absent: pending
}

func printMigrations(ctx context.Context, std commandline.Streams, st *store.Store, format formatFlag) error {
	migrations, err := st.Migrations(ctx)
	if err != nil {
		return err
	}
	rows := make([]listedMigration, 0, len(migrations))
	for _, m := range migrations {
		rows = append(rows, listedMigration{m.Name, m.AppliedAt})
	}
	return printList(std.Out, format, rows, []string{"MIGRATION", "APPLIED"}, func(m listedMigration) []string {
		if m.AppliedAt.IsZero() {
			return []string{m.Name, "pending"}
		}
		return []string{m.Name, m.AppliedAt.Format("2006-01-02 15:04:05 UTC")}
	})
}

// withStore opens the database for one task of the operator's.
func (f databaseFlag) withStore(ctx context.Context, std commandline.Streams, task func(*store.Store) error) (err error) {
	log := slog.New(slog.NewTextHandler(std.Log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	st, err := store.Open(ctx, string(f.Database), log)
	if err != nil {
		return f.Database.unusable(err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return task(st)
}

// withReadableStore is withMigratedStore for what only reads people and tokens, and so may be asked of a
// Lightdash's database too.
func (f databaseFlag) withReadableStore(ctx context.Context, std commandline.Streams, task func(*store.Store) error) error {
	return f.withCheckedStore(ctx, std, task, func(st *store.Store) error {
		if is, err := st.IsLightdash(ctx); err != nil || is {
			return err
		}
		return st.CheckMigrated(ctx)
	})
}

// withMigratedStore opens the database for a task where it is there already, with all migrations that this
// program needs.
func (f databaseFlag) withMigratedStore(ctx context.Context, std commandline.Streams, task func(*store.Store) error) error {
	return f.withCheckedStore(ctx, std, task, func(st *store.Store) error { return st.CheckMigrated(ctx) })
}

func (f databaseFlag) withCheckedStore(ctx context.Context, std commandline.Streams, task, check func(*store.Store) error) error {
	if err := f.Database.exists(); err != nil {
		return err
	}
	return f.withStore(ctx, std, func(st *store.Store) error {
		if err := check(st); err != nil {
			return err
		}
		return task(st)
	})
}
