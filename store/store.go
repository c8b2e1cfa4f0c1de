package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"attributed/store/datafile"
)

// Store is a database of attributed. It is safe for concurrent use.
type Store struct {
	url      string
	open     poolOpener
	dialect  dialect
	queries  userAttributeQueries
	newest   int64       // migration that this program knows
	behind   atomic.Bool // the schema that this program needs is waited for
	write    *gorm.DB
	read     *gorm.DB // the same as write where the engine takes any number of writers
	pools    []*sql.DB
	shares   shares         // of their connections
	waiting  gathered       // creates that wait for one
	file     *datafile.File // SQLite's
	log      *slog.Logger   // of what happens off the path of any call
	now      func() time.Time
	tokens   *tokenCache
	hashes   *lightdashTokens // nil where tokens are our own
	usage    *tokenUsage
	replicas *replicas // nil where all is read from the primary
	pulse    *pulse    // nil where there is no server that could hang
	calls    sync.Map  // of what Once carries out in this process

	withoutPrimary time.Duration // for which what that last said stands where it cannot be reached

	counters counters
}

// Open connects to the database at url, sqlite:PATH or postgres://…, and makes
// sure that it answers. It changes nothing in it. The log gets what happens off
// the path of any call. Its errors are for the operator; they never hold a password.
func Open(ctx context.Context, url string, log *slog.Logger) (*Store, error) {
	return openWith(ctx, url, log, dialectOf(url), sql.OpenDB)
}

// dialectOf is how the engine at url is spoken to, where the database is our own.
func dialectOf(url string) dialect {
	if strings.HasPrefix(url, "sqlite:") {
		return sqliteDialect
	}
	return postgresDialect
}

// openWith is Open with a dialect of url's engine, and pools of its own making.
func openWith(ctx context.Context, url string, log *slog.Logger, d dialect, open poolOpener) (*Store, error) {
	s, err := connect(ctx, url, d, open)
	if err != nil {
		return nil, err
	}
	s.log, s.now = log, time.Now
	if s.tokens, err = newTokenCache(); err != nil {
		return nil, errors.Join(err, s.closePools())
	}
	if beside := s.dialect.beside; beside != nil {
		if s.hashes, err = newLightdashTokens(*beside); err != nil {
			return nil, errors.Join(err, s.closePools())
		}
	}
	if s.dialect.hangs {
		if s.pulse, err = newPulse(url, log); err != nil {
			return nil, errors.Join(err, s.closePools())
		}
	}
	s.usage = newTokenUsage(context.WithoutCancel(ctx), s, log)
	return s, nil
}

// connect opens the pools of the database at url, and makes sure that it answers.
func connect(ctx context.Context, url string, d dialect, open poolOpener) (*Store, error) {
	if err := CheckURL(url); err != nil {
		return nil, err
	}
	s := &Store{url: url, open: open, dialect: d}
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		write, read, err := openSQLite(path, open)
		if err != nil {
			return nil, err
		}
		s.pools = []*sql.DB{write, read}
	} else {
		pool, err := openPostgres(url, greatestAge, 0, open)
		if err != nil {
			return nil, err
		}
		s.pools = []*sql.DB{pool}
	}
	if err := s.prepare(ctx, url); err != nil {
		return nil, errors.Join(err, s.closePools())
	}
	return s, nil
}

// prepare completes a store that has pools and its engine's dialect. The statements are
// made last, of what the dialect of this very database is.
func (s *Store) prepare(ctx context.Context, url string) (err error) {
	if err := s.pools[0].PingContext(ctx); err != nil { // which makes the file
		return fmt.Errorf("the database cannot be opened: %w", err)
	}
	if s.file, err = s.dialect.file(url); err != nil {
		return fmt.Errorf("the database cannot be opened: %w", err)
	}
	if err := s.dialect.check(ctx, s.pools[0], &s.dialect); err != nil {
		return err
	}
	if s.write, err = s.session(s.pools[0]); err != nil {
		return err
	}
	if s.read, err = s.session(s.pools[len(s.pools)-1]); err != nil {
		return err
	}
	s.queries, s.shares = userAttributeQueriesFor(s.dialect), newShares(s.dialect)
	if s.newest, err = newestMigration(s.dialect.migrations); err != nil {
		return err
	}
	return s.dialect.endInTime(s.read)
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

// Close ends all connections, after what is still to be written in the background.
func (s *Store) Close() error {
	s.usage.stop()
	return s.closePools()
}

func (s *Store) closePools() error {
	var all []error
	if s.replicas != nil {
		all = append(all, s.replicas.close())
	}
	if s.pulse != nil {
		all = append(all, s.pulse.close())
	}
	for _, pool := range s.pools {
		all = append(all, pool.Close())
	}
	return errors.Join(all...)
}
