package store

import (
	"context"
	"runtime"
	"time"

	"golang.org/x/sync/semaphore"
)

// lightdashTokens is how the tokens are found that a Lightdash keeps.
type lightdashTokens struct {
	salt    []byte
	zone    *time.Location      // of when they expire and were used: upstream writes its own wall clock
	hashing *semaphore.Weighted // places of those who hash
}

// newLightdashTokens lets made-up tokens have half of the processors at the most.
func newLightdashTokens(beside Lightdash) (*lightdashTokens, error) {
	salt, err := lightdashSalt(beside.Secret)
	return &lightdashTokens{salt, beside.Timezone, semaphore.NewWeighted(int64(max(1, runtime.GOMAXPROCS(0)/2)))}, err
}

// lookUpBeside looks a token up that a Lightdash keeps. One whose row was found before is not hashed
// again: it is that row, as long as that has the same hash, and found without a scan of the table.
func (s *Store) lookUpBeside(ctx context.Context, digest tokenDigest, token string) (Caller, error) {
	if known, ok := s.tokens.known.Peek(digest); ok {
		return s.lookUpAgain(ctx, digest, known.row)
	}
	if err := s.hashes.hashing.Acquire(ctx, 1); err != nil {
		return Caller{}, err
	}
	defer s.hashes.hashing.Release(1) // after the look-up: those who waited find what it found
	if known, ok := s.tokens.known.Peek(digest); ok {
		return s.lookUpAgain(ctx, digest, known.row)
	}
	s.counters.tokenHashes.Add(1)
	hash, err := lightdashHash(token, s.hashes.salt)
	if err != nil {
		return Caller{}, err
	}
	return s.lookUpOnce(ctx, digest, "token.token_hash IN ?", []string{hash, hashOf(token).String()})
}

func (s *Store) lookUpAgain(ctx context.Context, digest tokenDigest, row tokenRow) (Caller, error) {
	return s.lookUpOnce(ctx, digest, "token.personal_access_token_uuid = ? AND token.token_hash = ?", row.uuid, row.hash)
}

// roleInForce is a column of a membership. Beside a Lightdash it may have a role that the organization made for
// itself, whose scopes count then, and not what is in the column of old.
func (s *Store) roleInForce() string {
	if s.hashes == nil {
		return `membership.role`
	}
	return `CASE WHEN membership.role_uuid IS NULL THEN membership.role
		WHEN EXISTS (SELECT 1 FROM scoped_roles WHERE scoped_roles.role_uuid = membership.role_uuid AND scoped_roles.scope_name = 'manage:Organization') THEN 'admin'
		ELSE 'custom' END`
}

// momentOf returns the moment that a token's row has, zero where it has none.
func (s *Store) momentOf(t *timestamp) time.Time {
	switch {
	case t == nil:
		return time.Time{}
	case s.hashes == nil:
		return t.Time
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), s.hashes.zone).UTC()
}

// wallClock returns what a token's row has of a moment.
func (s *Store) wallClock(t time.Time) timestamp {
	if s.hashes == nil {
		return timestampOf(t)
	}
	_, offset := t.In(s.hashes.zone).Zone()
	return timestampOf(t.Add(time.Duration(offset) * time.Second))
}
