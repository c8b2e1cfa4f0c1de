package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// Ping returns an Unavailable unless the database answers and has our tables, at the newest
// migration that this program knows or a later one: a newer program may have migrated it.
// It does not queue with those who write.
func (s *Store) Ping(ctx context.Context) error {
	var version int64
	err := s.reading(ctx, "ping", func(db *gorm.DB) error {
		return db.Raw(`SELECT max(version_id) FROM ` + migrationTable + ` UNION ALL ` + noRowOfTables).Row().Scan(&version)
	})
	if err == nil && version < s.newest {
		err = fmt.Errorf("the database is at migration %d, and this program needs %d", version, s.newest)
	}
	if _, isOurs := errors.AsType[*Error](err); err == nil || isOurs {
		return err
	}
	return &Error{Kind: Unavailable, Message: "The database has not the schema that this server needs.", cause: err}
}

// SchemaVersion returns the migration that the database is at, 0 for one without any, and the
// newest that this program knows. It changes nothing, and takes no lock.
func (s *Store) SchemaVersion(ctx context.Context) (database, program int64, err error) {
	there, err := s.lookFor(ctx, migrationTable)
	if err == nil && len(there) > 0 {
		err = s.reading(ctx, "read the schema's version", func(db *gorm.DB) error {
			return db.Raw(`SELECT COALESCE(max(version_id), 0) FROM ` + migrationTable).Row().Scan(&database)
		})
	}
	return database, s.newest, lackingRight(err)
}

// NewestMigration returns the newest migration that this program knows.
func (s *Store) NewestMigration() int64 { return s.newest }

// WaitForSchema has every call of a caller's answered with an Unavailable until the database
// has the schema that this program needs, which another program is to bring.
func (s *Store) WaitForSchema() { s.behind.Store(true) }

// checkSchema returns an Unavailable while the schema is waited for.
func (s *Store) checkSchema(ctx context.Context) error {
	if !s.behind.Load() {
		return nil
	}
	if err := s.Ping(ctx); err != nil {
		return err
	}
	s.behind.Store(false)
	return nil
}
