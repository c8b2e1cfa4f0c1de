package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// transaction runs run in a transaction of the writing pool, again from its start
// when the database broke it off for another's sake. Its error names the operation
// and is an *Error where a caller can do something about it.
//
// With the context of a Once it is a part of that, which is what is run again, and names it.
func (s *Store) transaction(ctx context.Context, operation string, run func(tx *gorm.DB) error) error {
	if tx := outer(ctx); tx != nil {
		return s.inTransaction(tx, run)
	}
	return s.failure(operation, s.retried(ctx, s.shares.changes.holding(func(ctx context.Context) error {
		return s.changing(ctx, func(db *gorm.DB) error { return s.inTransaction(db, run) })
	})))
}

// statement runs write, which is one statement and needs no transaction of its own, as
// transaction does.
func (s *Store) statement(ctx context.Context, operation string, write func(db *gorm.DB) error) error {
	if tx := outer(ctx); tx != nil {
		return s.inTransaction(tx, write)
	}
	return s.failure(operation, s.retried(ctx, s.shares.changes.holding(func(ctx context.Context) error {
		return s.changing(ctx, write)
	})))
}

// reading runs read, which is one statement, or several that need not see the same moment, with a connection of
// a share, and again where the database broke it off for another's sake. Its error is as that of transaction.
func (s *Store) reading(ctx context.Context, of share, operation string, read func(db *gorm.DB) error) error {
	if tx := outer(ctx); tx != nil {
		return read(tx)
	}
	return s.failure(operation, s.retried(ctx, of.holding(func(ctx context.Context) error {
		return s.nothingDone(read(s.read.WithContext(ctx)))
	})))
}

// snapshot runs run, about people, in a transaction that sees the database as it is at one
// moment, and writes nothing. Its error is as that of transaction.
func (s *Store) snapshot(ctx context.Context, operation string, run func(tx *gorm.DB) error) error {
	if tx := outer(ctx); tx != nil {
		return run(tx)
	}
	return s.failure(operation, s.retried(ctx, s.shares.people.holding(func(ctx context.Context) error {
		return s.nothingDone(s.inTransaction(s.read.WithContext(ctx), run, s.dialect.snapshot))
	})))
}

// inTransaction runs run in a transaction of db.
func (s *Store) inTransaction(db *gorm.DB, run func(tx *gorm.DB) error, options ...*sql.TxOptions) error {
	begun, done := false, false
	err := db.Transaction(func(tx *gorm.DB) error {
		begun = true
		err := run(tx)
		done = err == nil
		return err
	}, options...)
	switch {
	case done && err != nil:
		return fmt.Errorf("%w: %w", errInDoubt, err)
	case begun:
		return err
	}
	return s.nothingDone(err)
}

// command is a statement that changes rows.
type command struct {
	statement  string
	parameters []any
}

// together carries out commands of which none depends on what another does. They are one statement
// where the engine allows, and so one round trip. It returns how many rows the last one changed, if
// that is sent on its own.
func (s *Store) together(tx *gorm.DB, commands ...command) (rows int64, err error) {
	if !s.dialect.oneStatement || len(commands) == 1 {
		for _, one := range commands {
			result := tx.Exec(one.statement, one.parameters...)
			if rows = result.RowsAffected; result.Error != nil {
				return 0, result.Error
			}
		}
		return rows, nil
	}
	parts, parameters := make([]string, len(commands)), []any(nil)
	for i, one := range commands {
		parts[i] = fmt.Sprintf("change_%c AS (%s)", 'a'+i, one.statement)
		parameters = append(parameters, one.parameters...)
	}
	return 0, tx.Exec("WITH "+strings.Join(parts, ", ")+" SELECT 1", parameters...).Error
}

// rowsQuery is a query that was not sent yet, GORM's or a numbered one.
type rowsQuery interface{ Rows() (*sql.Rows, error) }

// eachRow runs read on each row that query answers. GORM's own scan takes several
// times as long, which is felt with the tens of thousands of rows of a list; and it
// writes out the statement with all its values, though nobody logs it, which is felt
// in a create.
func eachRow(query rowsQuery, read func(*sql.Rows) error) error {
	rows, err := query.Rows()
	if err != nil {
		return err
	}
	return eachOf(rows, read)
}

// eachOf runs read on each of the rows, and closes them.
func eachOf(rows *sql.Rows, read func(*sql.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
