package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/dustin/go-humanize/english"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/sethvargo/go-retry"
	"gorm.io/gorm"
)

//go:embed migrations
var migrations embed.FS

// Migration is one step of the schema's history.
type Migration struct {
	Version   int64
	Name      string    // the file's name
	AppliedAt time.Time // UTC; zero if it is pending
}

// history returns what knows and applies the migrations. It carries over what a program
// from before migrationTable has applied, and returns an Invalid if the role may not
// make that table.
func (s *Store) history(ctx context.Context) (*goose.Provider, error) {
	if err := s.carryMigrations(ctx); err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger()), goose.WithTableName(migrationTable)}
	if s.dialect.migrationLock != nil {
		locker, err := s.dialect.migrationLock()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(tellingLocker{locker, s}))
	}
	steps, err := fs.Sub(migrations, s.dialect.migrations)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(s.dialect.goose, s.pools[0], steps, options...)
}

// tellingLocker is a locker that logs whom it waits for.
type tellingLocker struct {
	lock.SessionLocker
	store *Store
}

// SessionLock implements [lock.SessionLocker].
func (l tellingLocker) SessionLock(ctx context.Context, connection *sql.Conn) error {
	return l.store.tellingOfAWait(ctx, func() error { return l.SessionLocker.SessionLock(ctx, connection) })
}

// tellingOfAWait runs lock, and logs why nothing happens where that takes more than a second.
func (s *Store) tellingOfAWait(ctx context.Context, lock func() error) error {
	waiting := time.AfterFunc(time.Second, func() {
		s.log.WarnContext(ctx, "waiting for another program, which holds the lock for migrations of this database")
	})
	defer waiting.Stop()
	return lock()
}

// newestMigration is the number of the newest one in a folder.
func newestMigration(folder string) (newest int64, err error) {
	files, err := migrations.ReadDir(folder)
	for _, file := range files {
		number, err := goose.NumericComponent(file.Name())
		if err != nil {
			return 0, err
		}
		newest = max(newest, number)
	}
	return newest, err
}

// versions also returns the migration that the database is at, which may be newer than
// this program.
func (s *Store) versions(ctx context.Context) (history *goose.Provider, current int64, err error) {
	history, err = s.history(ctx)
	if err != nil {
		return nil, 0, err
	}
	current, _, err = history.GetVersions(ctx)
	return history, current, err
}

// knownVersions is versions for what changes the schema: it returns an Invalid if the
// database is newer than this program.
func (s *Store) knownVersions(ctx context.Context) (history *goose.Provider, current int64, err error) {
	history, current, err = s.versions(ctx)
	if err == nil && current > s.newest {
		err = &Error{Kind: Invalid, Message: fmt.Sprintf("The database is at migration %d, newer than this program, which knows %d: use the newer program.", current, s.newest)}
	}
	return history, current, err
}

// MigrateUp brings the database to the newest migration; several programs may do
// so at once. It returns an Invalid if the database is newer than this program, if the
// role lacks a right, or if tables are missing that an earlier migration has made.
func (s *Store) MigrateUp(ctx context.Context) error {
	// SQLite has no lock that outlives a transaction: of two programs that apply the
	// same step one fails, and finds it done when it looks again.
	backoff := retry.WithMaxRetries(3, retry.NewConstant(100*time.Millisecond))
	err := retry.Do(ctx, backoff, func(ctx context.Context) error {
		err := s.migrateUp(ctx)
		if _, ok := errors.AsType[*Error](err); ok {
			return err
		}
		return retry.RetryableError(err)
	})
	return s.failure("migrate up", err)
}

func (s *Store) migrateUp(ctx context.Context) error {
	history, current, err := s.knownVersions(ctx)
	if err != nil {
		return lackingRight(err)
	}
	if current < s.newest {
		if err := s.dialect.checkRights(ctx, s.pools[0]); err != nil {
			return err
		}
		if _, err := history.Up(ctx); err != nil { // else no lock is taken, which a pooler would lose
			return lackingRight(s.othersTables(ctx, history, err))
		}
	}
	return lackingRight(s.checkTables(ctx))
}

// severalValues is the migration that made room for several values of each.
const severalValues = 3

// MigrationLoss says, in a sentence, what the next MigrateDown loses of what the tables keep
// that it leaves; "" is nothing. It returns an Invalid if the database is newer than this program.
func (s *Store) MigrationLoss(ctx context.Context) (string, error) {
	_, current, err := s.knownVersions(ctx)
	if err != nil || current != severalValues {
		return "", s.failure("tell what is lost", lackingRight(err))
	}
	var defaults, users, groups int
	err = s.reading(ctx, s.shares.people, "tell what is lost", func(db *gorm.DB) error {
		several := func(table, column string) string {
			return `(SELECT count(*) FROM ` + table + ` WHERE ` + s.dialect.length(column) + ` > 1)`
		}
		return db.Raw(`SELECT `+several("user_attributes", "attribute_defaults")+`, `+
			several("organization_member_user_attributes", `"values"`)+`, `+several("group_user_attributes", `"values"`)).
			Row().Scan(&defaults, &users, &groups)
	})
	if err != nil || defaults+users+groups == 0 {
		return "", err
	}
	return fmt.Sprintf("Of several values only the first stays: all others of %s, %s and %s are lost.",
		english.Plural(defaults, "default", ""), english.Plural(users, "user", ""), english.Plural(groups, "group", "")), nil
}

// MigrateDown takes back the newest applied migration, and all data in what it had
// made; see MigrationLoss. It returns an Invalid if there is none.
func (s *Store) MigrateDown(ctx context.Context) error {
	history, current, err := s.knownVersions(ctx)
	if err == nil && current == 0 {
		err = &Error{Kind: Invalid, Message: "No migration is applied: there is nothing to take back."}
	}
	if err == nil {
		_, err = history.Down(ctx)
	}
	return s.failure("migrate down", lackingRight(err))
}

// CheckMigrated returns an Invalid if the database is behind the newest migration that
// this program knows, or if tables are missing. One that is ahead of it will do, since
// migrations only add.
func (s *Store) CheckMigrated(ctx context.Context) error {
	_, current, err := s.versions(ctx)
	if err == nil && current < s.newest {
		err = &Error{Kind: Invalid, Message: "The database has not all migrations: run attributed migrate up, or name another database."}
	}
	if err == nil {
		err = s.checkTables(ctx)
	}
	return s.failure("check migrations", lackingRight(err))
}

// Migrations lists all steps that this program knows, oldest first.
func (s *Store) Migrations(ctx context.Context) ([]Migration, error) {
	history, err := s.history(ctx)
	if err != nil {
		return nil, s.failure("list migrations", lackingRight(err))
	}
	status, err := history.Status(ctx)
	if err != nil {
		return nil, s.failure("list migrations", lackingRight(err))
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
