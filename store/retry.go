package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/sethvargo/go-retry"
	"gorm.io/gorm"
)

const (
	// mostRetries is for a database that is SERIALIZABLE, where of the changes of one attribute that
	// connections() allows at a time all but one are broken off, again and again.
	mostRetries = 20

	longestPause = 50 * time.Millisecond // before a retry, but for the jitter
)

// retried runs run, and again while the database says that the same statements may
// succeed the next time: PostgreSQL breaks off one of two transactions that stand
// in each other's way. A foreign key that is violated means that a user or a group
// went away between being looked up and being referred to; the next try finds it gone.
// What did not happen because its connection was stale is tried again at once on a
// new one.
func (s *Store) retried(ctx context.Context, run func(context.Context) error) error {
	if positions := positionsOf(ctx); positions != nil && positions.OnlyReplicas {
		return errAway
	}
	if s.pulse != nil {
		return s.pulse.during(ctx, func(ctx context.Context) error { return s.again(ctx, run) })
	}
	return s.again(ctx, run)
}

// again is retried without a look at whether the database answers at all.
func (s *Store) again(ctx context.Context, run func(context.Context) error) error {
	backoff := retry.WithMaxRetries(mostRetries, retry.WithJitterPercent(50, retry.WithCappedDuration(longestPause, retry.NewExponential(2*time.Millisecond))))
	return retry.Do(ctx, backoff, func(ctx context.Context) error {
		if err := s.misplaced(); err != nil {
			return err
		}
		err := s.replicated(ctx, run)
		if err := s.misplaced(); err != nil {
			return err // though it may have been written: nobody finds it
		}
		if s.stale(err) {
			err = s.onNewConnection(ctx, func(ctx context.Context) error { return s.replicated(ctx, run) })
		}
		if err != nil && (s.dialect.transient(err) || errors.Is(s.translated(err), gorm.ErrForeignKeyViolated)) {
			s.counters.retries.Add(1)
			return retry.RetryableError(err)
		}
		return err
	})
}

// misplaced returns an Unavailable if the database's file is no longer at its place.
func (s *Store) misplaced() error {
	if s.file == nil {
		return nil
	}
	if err := s.file.Check(); err != nil {
		s.counters.unavailable.Add(1)
		return &Error{Kind: Unavailable, Message: "The database is no longer the one that this server was started with; it must be restarted.", cause: err}
	}
	return nil
}

// openedSince is the key of a context's value: no connection from before that time is used.
type openedSince struct{}

// onNewConnection runs run on a connection from after now, if the pool lets it: it hands
// over what another caller puts back, and does not check the age of one that it opened and nobody
// used. Whichever fails is closed, so that the old ones come to an end; and it
// is tried once only where the database answered that it takes no writes.
func (s *Store) onNewConnection(ctx context.Context, run func(context.Context) error) error {
	ctx = context.WithValue(ctx, openedSince{}, time.Now())
	err := run(ctx)
	for tries := 0; tries < connections() && s.stale(err) && (errors.Is(err, driver.ErrBadConn) || errors.Is(err, errNothingDone)); tries++ {
		err = run(ctx)
	}
	return err
}

// tooOld reports whether a connection that was opened at that time is not to be used in ctx.
func tooOld(ctx context.Context, opened time.Time) bool {
	since, ok := ctx.Value(openedSince{}).(time.Time)
	return ok && opened.Before(since)
}

// stale reports whether err is a stale connection's, and nothing was done on it.
func (s *Store) stale(err error) bool {
	return s.dialect.stale(err) && (!errors.Is(err, errInDoubt) || errors.Is(err, errNothingDone))
}

// errInDoubt is behind the error of a commit. That it was not made only the database can say: where the
// answer is lost, pgx 5.12 takes the connection that ended so for one on which nothing was sent.
var errInDoubt = errors.New("the commit may have been made")

// errNothingDone is behind the error of what broke off and cannot have changed anything: a
// read, or a transaction that did not begin.
var errNothingDone = errors.New("nothing was changed")

func (s *Store) nothingDone(err error) error {
	if err == nil || !(outage(err) || s.dialect.outage(err)) {
		return err
	}
	return fmt.Errorf("%w: %w", errNothingDone, err)
}
