package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"gorm.io/gorm"
)

// migrationTable has the applied migrations. It is of our own name, since the database
// may have other programs' tables beside ours, and goose's usual one be one of these.
const migrationTable = "attributed_migrations"

// tables are all that a database of ours must have, beside migrationTable.
var tables = []string{
	"organizations", "users", "emails", "organization_memberships", "groups", "group_memberships",
	"personal_access_tokens", "user_attributes", "organization_member_user_attributes", "group_user_attributes",
	"audit_events",
}

// carryMigrations makes migrationTable of what goose's usual table says, if the database
// is of a program from before migrationTable. Else it changes nothing; and goose's table
// it never changes, since that may be another program's, too. It returns an Invalid if
// migrationTable is missing and the role may not make it.
func (s *Store) carryMigrations(ctx context.Context) error {
	ours, err := s.lookFor(ctx, migrationTable)
	if err != nil || len(ours) > 0 {
		return err
	}
	if err := s.refuseLightdash(ctx); err != nil {
		return err
	}
	if err := s.dialect.checkRights(ctx, s.pools[0]); err != nil {
		return err
	}
	return s.retried(ctx, func(ctx context.Context) error {
		return s.inTransaction(s.write.WithContext(ctx), func(tx *gorm.DB) error {
			if err := s.tellingOfAWait(ctx, func() error { return tx.Exec(s.dialect.lockMigrations).Error }); err != nil {
				return err
			}
			version, err := s.versionToCarry(tx)
			if err != nil || version == 0 {
				return err
			}
			history, err := database.NewStore(s.dialect.goose, migrationTable)
			if err != nil {
				return err
			}
			connection := tx.Statement.ConnPool // the transaction
			if err := history.CreateVersionTable(ctx, connection); err != nil {
				return err
			}
			if err := history.Insert(ctx, connection, database.InsertRequest{Version: 0}); err != nil {
				return err
			}
			return tx.Exec(`INSERT INTO `+migrationTable+` (version_id, is_applied, tstamp)
				SELECT version_id, is_applied, max(tstamp) FROM `+goose.DefaultTablename+`
				WHERE version_id BETWEEN 1 AND ? AND is_applied GROUP BY version_id, is_applied ORDER BY version_id`, version).Error
		})
	})
}

// versionToCarry returns the migration that the database is at if only goose's usual table
// says so, else 0. What it is at shows in what is there: the same number in goose's
// table may be another program's.
func (s *Store) versionToCarry(db *gorm.DB) (int, error) {
	there, err := s.present(db, append([]string{migrationTable, goose.DefaultTablename}, s.dialect.marks...)...)
	if err != nil {
		return 0, err
	}
	version := 0
	for i, mark := range s.dialect.marks {
		if slices.Contains(there, mark) {
			version = i + 1
		}
	}
	if version == 0 || slices.Contains(there, migrationTable) || !slices.Contains(there, goose.DefaultTablename) {
		return 0, nil
	}
	var applied int64
	err = db.Table(goose.DefaultTablename).Where("version_id = ? AND is_applied", version).Count(&applied).Error
	if err != nil || applied == 0 {
		return 0, err
	}
	return version, nil
}

// noRowOfTables is a query that reads no row of any table of ours. It fails where one of them
// is missing or may not be read.
var noRowOfTables = `SELECT 1 FROM ` + strings.Join(tables, ` WHERE false UNION ALL SELECT 1 FROM `) + ` WHERE false`

// checkTables returns an Invalid if tables of ours are missing, whatever the history says.
func (s *Store) checkTables(ctx context.Context) error {
	there, err := s.lookFor(ctx, tables...)
	if err != nil {
		return err
	}
	missing := slices.DeleteFunc(slices.Clone(tables), func(table string) bool { return slices.Contains(there, table) })
	if len(missing) > 0 {
		return &Error{Kind: Invalid, Message: fmt.Sprintf("The table %s says that all migrations are applied, but tables are missing (%s): restore them from a backup, or name another database.", migrationTable, strings.Join(missing, ", "))}
	}
	return s.reading(ctx, s.shares.people, "read the tables", func(db *gorm.DB) error { return db.Exec(noRowOfTables).Error })
}

// othersTables makes an Invalid of the error of a migration if tables of ours were there
// before the first one. They are looked for before the version is: both come with the same
// transaction, if another process makes them at this moment.
func (s *Store) othersTables(ctx context.Context, history *goose.Provider, err error) error {
	there, lookErr := s.lookFor(ctx, tables...)
	if lookErr != nil || len(there) == 0 {
		return err
	}
	if current, lookErr := history.GetDBVersion(ctx); lookErr != nil || current > 0 {
		return err
	}
	slices.Sort(there)
	return &Error{Kind: Invalid, cause: err, Message: fmt.Sprintf("Another program has tables of the names that attributed needs (%s): name another database, or with PostgreSQL another schema by search_path.", strings.Join(there, ", "))}
}

// lookFor returns those of the tables and indexes that there are.
func (s *Store) lookFor(ctx context.Context, names ...string) (there []string, err error) {
	err = s.reading(ctx, s.shares.people, "look for tables", func(db *gorm.DB) (err error) {
		there, err = s.present(db, names...)
		return err
	})
	return there, err
}

// present returns those of the tables and indexes that there are.
func (s *Store) present(db *gorm.DB, names ...string) (there []string, err error) {
	err = db.Table(s.dialect.relations+" AS relations").Where("name IN ?", names).Pluck("name", &there).Error
	return there, err
}

// lackingRight makes an Invalid of what PostgreSQL says to a role that lacks a right.
func lackingRight(err error) error {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || e.Code != "42501" { // insufficient_privilege
		return err
	}
	return &Error{Kind: Invalid, cause: err, Message: fmt.Sprintf("The database's role lacks a right (%s): run attributed migrate up with the role that owns the tables, and let that one GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES and USAGE ON ALL SEQUENCES IN SCHEMA … TO the role that serves.", e.Message)}
}
