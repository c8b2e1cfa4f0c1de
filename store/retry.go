package store

import (
	"context"
	"errors"
	"time"

	"github.com/sethvargo/go-retry"
	"gorm.io/gorm"
)

// retried runs run, and again while the database says that the same statements may
// succeed the next time: PostgreSQL breaks off one of two transactions that stand
// in each other's way. A foreign key that is violated means that a user or a group
// went away between being looked up and being referred to; the next try finds it gone.
func (s *Store) retried(ctx context.Context, run func(context.Context) error) error {
	backoff := retry.WithMaxRetries(5, retry.WithJitterPercent(50, retry.NewExponential(2*time.Millisecond)))
	return retry.Do(ctx, backoff, func(ctx context.Context) error {
		err := run(ctx)
		if err != nil && (s.dialect.transient(err) || errors.Is(s.translated(err), gorm.ErrForeignKeyViolated)) {
			return retry.RetryableError(err)
		}
		return err
	})
}
