package store

import (
	"context"
	"database/sql"
	"log/slog"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// CountStatements counts what s sends to its database from now on.
func CountStatements(s *Store) *atomic.Int64 {
	WaitForTokenUses(s) // nothing else may use the sessions while they are changed
	counter := &statementCounter{Interface: logger.Discard}
	s.write = s.write.Session(&gorm.Session{Logger: counter})
	s.read = s.read.Session(&gorm.Session{Logger: counter})
	return &counter.statements
}

type statementCounter struct {
	logger.Interface
	statements atomic.Int64
}

func (c *statementCounter) Trace(context.Context, time.Time, func() (string, int64), error) {
	c.statements.Add(1)
}

// SetClock makes s live at the time that now gives.
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
