package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// Ping returns an Unavailable unless the database answers and has our tables, at the newest
// migration that this program knows or a later one: a newer program may have migrated it.
// It waits for no lock of theirs, and does not queue with those who write. Beside a Lightdash it looks at
// that one's tables as OpenLightdash does.
func (s *Store) Ping(ctx context.Context) error {
	if s.dialect.beside != nil {
		return s.pingLightdash(ctx)
	}
	var version sql.NullInt64
	err := s.reading(ctx, s.shares.health, "ping", func(db *gorm.DB) error {
		return db.Raw(versionQuery(s.dialect)).Row().Scan(&version)
	})
	switch {
	case err == nil && !version.Valid:
		err = errors.New("tables are missing, or may not be read")
	case err == nil && version.Int64 < s.newest:
		err = fmt.Errorf("the database is at migration %d, and this program needs %d", version.Int64, s.newest)
	}
	if _, isOurs := errors.AsType[*Error](err); err == nil || isOurs {
		return err
	}
	return &Error{Kind: Unavailable, Message: "The database has not the schema that this server needs.", cause: err}
}

// versionQuery reads the newest migration, and NULL unless all tables of ours can be read.
func versionQuery(d dialect) string {
	var readable []string
	for _, table := range tables {
		readable = append(readable, d.readable(table))
	}
	return `SELECT CASE WHEN ` + strings.Join(readable, ` AND `) + ` THEN max(version_id) END FROM ` + migrationTable
}

// SchemaVersion returns the migration that the database is at, 0 for one without any, and the
// newest that this program knows. It changes nothing, and takes no lock. It returns an Invalid for the
// database of a Lightdash.
func (s *Store) SchemaVersion(ctx context.Context) (database, program int64, err error) {
	there, err := s.lookFor(ctx, migrationTable)
	if err == nil && len(there) == 0 {
		return 0, s.newest, s.refuseLightdash(ctx)
	}
	if err == nil {
		err = s.reading(ctx, s.shares.people, "read the schema's version", func(db *gorm.DB) error {
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
