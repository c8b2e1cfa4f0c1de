package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Store is a database of attributed. It is safe for concurrent use.
type Store struct {
	dialect dialect
	queries userAttributeQueries
	write   *gorm.DB
	read    *gorm.DB // the same as write where the engine takes any number of writers
	pools   []*sql.DB
	now     func() time.Time
	tokens  *tokenCache
	usage   *tokenUsage
}

// Open connects to the database at url, sqlite:PATH or postgres://…, and makes
// sure that it answers. It changes nothing in it. The log gets what happens off
// the path of any call. Its errors are for the operator; they never hold a password.
func Open(ctx context.Context, url string, log *slog.Logger) (*Store, error) {
	s, err := connect(url)
	if err != nil {
		return nil, err
	}
	if err := s.check(ctx); err != nil {
		return nil, errors.Join(err, s.closePools())
	}
	s.now = time.Now
	if s.tokens, err = newTokenCache(); err != nil {
		return nil, errors.Join(err, s.closePools())
	}
	s.usage = newTokenUsage(context.WithoutCancel(ctx), s, log)
	return s, nil
}

func connect(url string) (*Store, error) {
	if err := CheckURL(url); err != nil {
		return nil, err
	}
	s := &Store{}
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		write, read, err := openSQLite(path)
		if err != nil {
			return nil, err
		}
		s.dialect, s.pools = sqliteDialect, []*sql.DB{write, read}
	} else {
		pool, err := openPostgres(url)
		if err != nil {
			return nil, err
		}
		s.dialect, s.pools = postgresDialect, []*sql.DB{pool}
	}
	s.queries = userAttributeQueriesFor(s.dialect)
	var err error
	if s.write, err = s.session(s.pools[0]); err != nil {
		return nil, errors.Join(err, s.closePools())
	}
	if s.read, err = s.session(s.pools[len(s.pools)-1]); err != nil {
		return nil, errors.Join(err, s.closePools())
	}
	if s.dialect.goose == sqliteDialect.goose {
		if err := answerAtOnce(s.read); err != nil {
			return nil, errors.Join(err, s.closePools())
		}
	}
	return s, nil
}

// session puts GORM on a pool.
func (s *Store) session(pool *sql.DB) (*gorm.DB, error) {
	return gorm.Open(s.dialect.gorm(pool), &gorm.Config{
		TranslateError:         true,           // for gorm.ErrDuplicatedKey
		SkipDefaultTransaction: true,           // what must be one transaction says so
		Logger:                 logger.Discard, // GORM's own would log statements with their values
		DisableAutomaticPing:   true,
	})
}

// check asks the database for an answer, and PostgreSQL whether it can hold any text
// and knows the cases of all letters.
func (s *Store) check(ctx context.Context) error {
	if err := s.pools[0].PingContext(ctx); err != nil {
		return fmt.Errorf("the database cannot be opened: %w", err)
	}
	if s.dialect.goose != postgresDialect.goose {
		return nil
	}
	if err := s.checkPooler(ctx); err != nil {
		return err
	}
	var encoding string
	var icu bool
	err := s.write.WithContext(ctx).Raw(`
		SELECT current_setting('server_encoding'), EXISTS (SELECT 1 FROM pg_collation WHERE collname = ?)`, icuCollation).Row().Scan(&encoding, &icu)
	if err := refusal(err); errors.Is(err, errPooler) {
		return err
	} else if err != nil {
		return fmt.Errorf("the database cannot be opened: %w", err)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database's encoding is %s; create it with ENCODING 'UTF8'", encoding)
	}
	if icu {
		s.dialect.contains = postgresContains(` COLLATE "` + icuCollation + `"`)
	}
	return nil
}

// Close ends all connections, after what is still to be written in the background.
func (s *Store) Close() error {
	s.usage.stop()
	return s.closePools()
}

func (s *Store) closePools() error {
	var all []error
	for _, pool := range s.pools {
		all = append(all, pool.Close())
	}
	return errors.Join(all...)
}

// Ping tells whether the database answers and has our tables; its error is an
// Unavailable. It does not queue with those who write.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.readTables(ctx, s.read); err != nil {
		return unavailable(fmt.Errorf("ping: %w", err))
	}
	return nil
}

// transaction runs run in a transaction of the writing pool, again from its start
// when the database broke it off for another's sake. Its error names the operation
// and is an *Error where a caller can do something about it.
func (s *Store) transaction(ctx context.Context, operation string, run func(tx *gorm.DB) error) error {
	return s.failure(operation, s.retried(ctx, func(ctx context.Context) error {
		return s.inTransaction(s.write.WithContext(ctx), run)
	}))
}
