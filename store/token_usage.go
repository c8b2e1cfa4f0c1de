package store

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm"
)

const (
	tokenUsageEvery = time.Minute // between two writes for one token

	// tokenUsageGrace bounds what is still written when the program stops.
	tokenUsageGrace = time.Second
)

// tokenUsage writes when tokens were last used, off the path of any request: a
// request does not wait for it, and what cannot be written is only logged.
type tokenUsage struct {
	uses   chan tokenUse
	quit   chan struct{}
	done   chan struct{}
	cancel context.CancelFunc // of what is being written
}

type tokenUse struct {
	token string // its uuid
	at    time.Time
}

func newTokenUsage(ctx context.Context, s *Store, log *slog.Logger) *tokenUsage {
	ctx, cancel := context.WithCancel(ctx)
	u := &tokenUsage{uses: make(chan tokenUse, 1000), quit: make(chan struct{}), done: make(chan struct{}), cancel: cancel}
	write := func(use tokenUse) {
		if err := s.writeTokenUse(ctx, use); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "last use of a token not written", "token", use.token, "error", err)
		}
	}
	go func() {
		defer close(u.done)
		for {
			select {
			case use := <-u.uses:
				write(use)
				continue
			default:
			}
			select {
			case use := <-u.uses:
				write(use)
			case <-u.quit:
				return
			}
		}
	}()
	return u
}

// note asks for one use to be written. Where more wait than fit, it is dropped:
// the token's next use says the same.
func (u *tokenUsage) note(token string, at time.Time) {
	select {
	case u.uses <- tokenUse{token, at}:
	default:
	}
}

// stop returns when all that was noted before is written, or given up.
func (u *tokenUsage) stop() {
	close(u.quit)
	giveUp := time.AfterFunc(tokenUsageGrace, u.cancel)
	<-u.done
	giveUp.Stop()
	u.cancel()
}

// writeTokenUse lets a minute pass between two writes, also where several replicas
// have seen the token.
func (s *Store) writeTokenUse(ctx context.Context, use tokenUse) error {
	ctx, cancel := context.WithTimeout(ctx, tokenLookupTime)
	defer cancel()
	return s.statement(ctx, "write a token's use", func(db *gorm.DB) error {
		return db.Model(&personalAccessTokenRow{PersonalAccessTokenUUID: use.token}).
			Where("last_used_at IS NULL OR last_used_at <= ?", s.wallClock(use.at.Add(-tokenUsageEvery))).
			Update("LastUsedAt", s.wallClock(use.at)).Error
	})
}
