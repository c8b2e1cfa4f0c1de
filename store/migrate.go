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

func migrationsIn(folder string) fs.FS {
	sub, err := fs.Sub(migrations, path.Join("migrations", folder))
	if err != nil {
		panic(err) // the folder's name is not a valid path: a typing error of ours
	}
	return sub
}

// Migration is one step of the schema's history.
type Migration struct {
	Version   int64
	Name      string    // the file's name
	AppliedAt time.Time // UTC; zero if it is pending
}

func (s *Store) provider() (*goose.Provider, error) {
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger())}
	if s.dialect.goose == goose.DialectPostgres {
		locker, err := lock.NewPostgresSessionLocker() // for programs that start at the same moment
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(s.dialect.goose, s.pools[0], s.dialect.migrations, options...)
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
			return &Error{Kind: Invalid, Message: fmt.Sprintf("The database is at migration %d, newer than this program, which knows %d: use the newer program.", current, newest)}
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
		return &Error{Kind: Invalid, Message: "The database is newer than this program: use the newer program."}
	case current == 0:
		return &Error{Kind: Invalid, Message: "No migration is applied: there is nothing to take back."}
	}
	_, err = provider.Down(ctx)
	return s.failure("migrate down", err)
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
