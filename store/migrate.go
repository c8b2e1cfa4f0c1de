package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/sethvargo/go-retry"
)

//go:embed migrations
var migrations embed.FS

// Migration is one step of the schema's history.
type Migration struct {
	Version   int64
	Name      string    // the file's name
	AppliedAt time.Time // UTC; zero if it is pending
}

func (s *Store) provider() (*goose.Provider, error) {
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger())}
	if s.dialect.goose == goose.DialectPostgres {
		// For programs that start at the same moment: they look once a second whether it is free.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	steps, err := fs.Sub(migrations, s.dialect.migrations)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(s.dialect.goose, s.pools[0], steps, options...)
}

// MigrateUp brings the database to the newest migration; several programs may do
// so at once. It returns an Invalid if the database is newer than this program.
func (s *Store) MigrateUp(ctx context.Context) error {
	provider, err := s.provider()
	if err != nil {
		return fmt.Errorf("migrate up: %w", err)
	}
	// SQLite has no lock that outlives a transaction: of two programs that apply the
	// same step one fails, and finds it done when it looks again.
	backoff := retry.WithMaxRetries(3, retry.NewConstant(100*time.Millisecond))
	err = retry.Do(ctx, backoff, func(ctx context.Context) error {
		current, newest, err := provider.GetVersions(ctx)
		if err == nil && current > newest {
			return newerThan(current, newest)
		}
		if err == nil {
			_, err = provider.Up(ctx)
		}
		return retry.RetryableError(err)
	})
	return s.failure("migrate up", err)
}

// MigrateDown takes back the newest applied migration, and all data in what it had
// made. It returns an Invalid if there is none.
func (s *Store) MigrateDown(ctx context.Context) error {
	provider, err := s.provider()
	if err != nil {
		return fmt.Errorf("migrate down: %w", err)
	}
	current, newest, err := provider.GetVersions(ctx)
	switch {
	case err != nil:
		return s.failure("migrate down", err)
	case current > newest:
		return newerThan(current, newest)
	case current == 0:
		return &Error{Kind: Invalid, Message: "No migration is applied: there is nothing to take back."}
	}
	_, err = provider.Down(ctx)
	return s.failure("migrate down", err)
}

func newerThan(current, newest int64) *Error {
	return &Error{Kind: Invalid, Message: fmt.Sprintf("The database is at migration %d, newer than this program, which knows %d: use the newer program.", current, newest)}
}

// CheckMigrated returns an Invalid if the database is not at the newest migration that
// this program knows, but behind or ahead of it.
func (s *Store) CheckMigrated(ctx context.Context) error {
	provider, err := s.provider()
	if err != nil {
		return fmt.Errorf("check migrations: %w", err)
	}
	current, newest, err := provider.GetVersions(ctx)
	switch {
	case err != nil:
		return s.failure("check migrations", err)
	case current > newest:
		return newerThan(current, newest)
	case current < newest:
		return &Error{Kind: Invalid, Message: "The database has not all migrations: run attributed migrate up, or name another database."}
	}
	return nil
}

// Migrations lists all steps that this program knows, oldest first.
func (s *Store) Migrations(ctx context.Context) ([]Migration, error) {
	provider, err := s.provider()
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	status, err := provider.Status(ctx)
	if err != nil {
		return nil, s.failure("list migrations", err)
	}
	all := make([]Migration, len(status))
	for i, step := range status {
		all[i] = Migration{Version: step.Source.Version, Name: path.Base(step.Source.Path)}
		if step.State == goose.StateApplied {
			all[i].AppliedAt = step.AppliedAt.UTC()
		}
	}
	return all, nil
}
