package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

const (
	// answersKept is how long an answer is kept for the same call to come again.
	answersKept = 24 * time.Hour

	// sweepEvery is how often those that are older are removed.
	sweepEvery = 10 * time.Minute
)

// Call is a call that may come again: what makes it the same call, but for who makes it.
type Call struct {
	Operation, Path, Key string
	Request              [sha256.Size]byte // of all else that was asked
}

// Answer is what was answered to a call.
type Answer struct {
	Status int
	ETag   string // "" is none
	Body   []byte
}

// Once carries out a call of the caller's, unless the same was carried out within the last 24
// hours: then it returns the answer from then, and replayed. The answer is kept in the
// transaction of what do changes, which an error of do takes back. All that do asks of the
// store must have the context that do is called with; do may be called again where the database
// broke the transaction off. Once returns a Reused where the key came with another request, an
// InProgress while the same call still runs, and what do returns.
func (s *Store) Once(ctx context.Context, caller Caller, call Call, do func(context.Context) (Answer, error)) (answer Answer, replayed bool, err error) {
	if _, here := s.calls.LoadOrStore(call.identity(caller), true); here {
		return Answer{}, false, errInProgress
	}
	defer s.calls.Delete(call.identity(caller))
	err = s.transaction(ctx, "once", func(tx *gorm.DB) error {
		if err := s.lockCall(tx, caller, call); err != nil {
			return err
		}
		user, err := callerID(tx, caller)
		if err != nil {
			return err
		}
		key := idempotencyRecordRow{UserID: user, Operation: call.Operation, Path: call.Path, Key: call.Key}
		kept := key
		// Locked, which is written to the log: the commit waits for a synchronous replica as that of the call did, perhaps in vain.
		err = tx.Table(s.answersTable()).Clauses(clause.Locking{Strength: "UPDATE"}).Take(&kept, "created_at > ?", timestampOf(s.now().Add(-answersKept))).Error
		switch {
		case err == nil && kept.RequestHash != hex.EncodeToString(call.Request[:]):
			return &Error{Kind: Reused, Message: "The key was used for another request."}
		case err == nil:
			answer, replayed = Answer{kept.Status, kept.ETag, kept.Body}, true
			return nil
		case !errors.Is(err, gorm.ErrRecordNotFound):
			return err
		}
		if answer, err = do(context.WithValue(ctx, within{}, tx)); err != nil {
			return err
		}
		key.RequestHash, key.Status, key.ETag, key.Body = hex.EncodeToString(call.Request[:]), answer.Status, answer.ETag, answer.Body
		key.CreatedAt = timestampOf(s.now())
		return tx.Table(s.answersTable()).Clauses(clause.OnConflict{UpdateAll: true}).Create(&key).Error // there may be one that is too old
	})
	return answer, replayed, err
}

// within is the key of a context's value: the transaction that all belongs to.
type within struct{}

// outer returns the transaction that all that is done with ctx belongs to, nil if there is none.
func outer(ctx context.Context) *gorm.DB {
	tx, _ := ctx.Value(within{}).(*gorm.DB)
	return tx
}

// callerID returns the id of a caller, who may be gone since they were asked who they are.
func callerID(tx *gorm.DB, caller Caller) (int64, error) {
	var ids []int64
	if err := tx.Table("users").Where("user_uuid = ?", caller.UserUUID).Pluck("user_id", &ids).Error; err != nil {
		return 0, err
	}
	if len(ids) == 0 {
		return 0, errUnauthenticated
	}
	return ids[0], nil
}

// lockCall returns an InProgress if another process carries out the same call. The lock ends with
// the transaction.
func (s *Store) lockCall(tx *gorm.DB, caller Caller, call Call) error {
	if s.dialect.lockCall == "" {
		return nil
	}
	var free bool
	hash := sha256.Sum256([]byte(call.identity(caller)))
	if err := tx.Raw(s.dialect.lockCall, int64(binary.BigEndian.Uint64(hash[:]))).Row().Scan(&free); err != nil {
		return err
	}
	if !free {
		return errInProgress
	}
	return nil
}

var errInProgress = &Error{Kind: InProgress, Message: "A call with this key is still being carried out."}

// identity sets a call apart from all others of all callers.
func (c Call) identity(caller Caller) string {
	return strings.Join([]string{caller.UserUUID, c.Operation, c.Path, c.Key}, "\x00")
}

// answersTable is the table of what was answered.
func (s *Store) answersTable() string { return s.dialect.ours + "idempotency_records" }

// KeepAnswersSwept removes answers that are too old to be given again, at once and from time to time,
// until ctx ends. What goes wrong is logged.
func (s *Store) KeepAnswersSwept(ctx context.Context) {
	if !s.KeepsAnswers() {
		return
	}
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		err := s.checkSchema(ctx)
		if err == nil {
			err = s.transaction(ctx, "sweep answers", func(tx *gorm.DB) error {
				return tx.Table(s.answersTable()).Delete(&idempotencyRecordRow{}, "created_at <= ?", timestampOf(s.now().Add(-answersKept))).Error
			})
		}
		if err != nil && ctx.Err() == nil && !s.behind.Load() {
			s.log.WarnContext(ctx, "old answers were not removed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
