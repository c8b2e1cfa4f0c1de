package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
)

// CountStatements counts what s sends to its database from now on.
func CountStatements(s *Store) *atomic.Int64 {
	WaitForTokenUses(s) // nothing else may use the sessions while they are changed
	statements := new(atomic.Int64)
	for _, session := range []**gorm.DB{&s.write, &s.read} {
		*session = (*session).WithContext(context.Background()) // with a Statement of its own
		(*session).Statement.ConnPool = countedPool{countedStatements{(*session).Statement.ConnPool, statements}}
	}
	return statements
}

// countedStatements counts what is sent by a pool or a transaction.
type countedStatements struct {
	gorm.ConnPool
	statements *atomic.Int64
}

func (c countedStatements) ExecContext(ctx context.Context, statement string, parameters ...any) (sql.Result, error) {
	c.statements.Add(1)
	return c.ConnPool.ExecContext(ctx, statement, parameters...)
}

func (c countedStatements) QueryContext(ctx context.Context, statement string, parameters ...any) (*sql.Rows, error) {
	c.statements.Add(1)
	return c.ConnPool.QueryContext(ctx, statement, parameters...)
}

func (c countedStatements) QueryRowContext(ctx context.Context, statement string, parameters ...any) *sql.Row {
	c.statements.Add(1)
	return c.ConnPool.QueryRowContext(ctx, statement, parameters...)
}

// countedPool begins transactions that are counted too.
type countedPool struct{ countedStatements }

func (p countedPool) BeginTx(ctx context.Context, options *sql.TxOptions) (gorm.ConnPool, error) {
	switch pool := p.ConnPool.(type) {
	case gorm.ConnPoolBeginner: // counted already
		tx, err := pool.BeginTx(ctx, options)
		return &countedTransaction{countedStatements{tx, p.statements}}, err
	default:
		tx, err := pool.(gorm.TxBeginner).BeginTx(ctx, options)
		return &countedTransaction{countedStatements{tx, p.statements}}, err
	}
}

type countedTransaction struct{ countedStatements }

func (t countedTransaction) Commit() error   { return t.ConnPool.(gorm.TxCommitter).Commit() }
func (t countedTransaction) Rollback() error { return t.ConnPool.(gorm.TxCommitter).Rollback() }

// SetClock makes s live at the time that now returns.
func SetClock(s *Store, now func() time.Time) { s.now = now }

// WaitForTokenUses returns when the uses that were noted so far are written.
func WaitForTokenUses(s *Store) {
	s.usage.stop()
	s.usage = newTokenUsage(context.Background(), s, slog.New(slog.DiscardHandler))
}

// HashOf is what is kept of a token.
func HashOf(token string) string { return hashOf(token).String() }

// ReadBackwards makes s read values before the attributes that they are of.
func ReadBackwards(s *Store) {
	s.queries.readAll = "SELECT * FROM (" + s.queries.readAll + ") AS backwards ORDER BY created_at NULLS FIRST"
}

// Read reads the first column of all rows of a query, as lists are read.
func Read(ctx context.Context, s *Store, query string) (values []int64, err error) {
	err = s.reading(ctx, "read", func(db *gorm.DB) error {
		return eachRow(db.Raw(query), func(rows *sql.Rows) error {
			var value int64
			err := rows.Scan(&value)
			values = append(values, value)
			return err
		})
	})
	return values, err
}

// OpenPostgres opens a pool whose connections are replaced at an age.
var OpenPostgres = openPostgres

// LimitPages lets the SQLite file of s have so many pages and no more, or those that it has.
func LimitPages(ctx context.Context, s *Store, pages int) error {
	_, err := s.pools[0].ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
	return err
}
