package store

import (
	"context"
	"errors"
	"runtime"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"
)

// lightdashTokens is how the tokens are found that a Lightdash keeps.
type lightdashTokens struct {
	salt    []byte
	zone    *time.Location                     // of when they expire and were used: upstream writes its own wall clock
	hashing *semaphore.Weighted                // places of those who hash
	joined  singleflight.Group                 // one in the queue for each token, however many requests wait
	refused *lru.Cache[tokenDigest, time.Time] // until when a token is taken for one that nobody has
}

// newLightdashTokens lets made-up tokens have half of the processors at the most, and at least one.
func newLightdashTokens(beside Lightdash) (*lightdashTokens, error) {
	salt, err := lightdashSalt(beside.Secret)
	if err != nil {
		return nil, err
	}
	refused, err := lru.New[tokenDigest, time.Time](refusedTokens)
	places := semaphore.NewWeighted(int64(max(1, runtime.GOMAXPROCS(0)/2)))
	return &lightdashTokens{salt: salt, zone: beside.Timezone, hashing: places, refused: refused}, err
}

// lookUpBeside looks a token up that a Lightdash keeps. One whose row was found before is not hashed
// again: it is that row, as long as that has the same hash, and found without a scan of the table.
func (s *Store) lookUpBeside(ctx context.Context, digest tokenDigest, token string) (Caller, error) {
	for {
		if caller, remembered, err := s.lookUpAgain(ctx, digest); remembered {
			return caller, err
		}
		found := s.hashes.joined.DoChan(string(digest[:]), func() (any, error) {
			caller, err := s.lookUpHashed(ctx, digest, token)
			return joinedCaller{caller, ctx.Err() != nil}, err
		})
		select {
		case <-ctx.Done():
			return Caller{}, context.Cause(ctx)
		case result := <-found:
			if found := result.Val.(joinedCaller); !found.left || ctx.Err() != nil {
				return found.caller, result.Err
			}
		}
	}
}

// joinedCaller is what one of several who asked for the same token has found, unless it has left meanwhile: then another
// of them is to ask.
type joinedCaller struct {
	caller Caller
	left   bool
}

// lookUpHashed waits for its turn, and looks a token up by its hash.
func (s *Store) lookUpHashed(ctx context.Context, digest tokenDigest, token string) (Caller, error) {
	if err := s.hashes.hashing.Acquire(ctx, 1); err != nil {
		return Caller{}, err
	}
	defer s.hashes.hashing.Release(1)
	if caller, remembered, err := s.lookUpAgain(ctx, digest); remembered { // what one has found who came a moment before
		return caller, err
	}
	s.counters.tokenHashes.Add(1)
	hash, err := lightdashHash(token, s.hashes.salt)
	if err != nil {
		return Caller{}, err
	}
	caller, err := s.lookUpOnce(ctx, digest, "token.token_hash IN ?", []string{hash, hashOf(token).String()})
	if errors.Is(err, errUnknownToken) {
		s.hashes.refused.Add(digest, s.now().Add(tokenLife))
	}
	return caller, err
}

// lookUpAgain looks a token up without its hash: at the row where it was found before, or nowhere where it was nobody's a
// moment ago. Neither is remembered of a token that is to be hashed, which may have been given another row.
func (s *Store) lookUpAgain(ctx context.Context, digest tokenDigest) (caller Caller, remembered bool, err error) {
	if known, ok := s.tokens.known.Peek(digest); ok {
		caller, err = s.lookUpOnce(ctx, digest, "token.personal_access_token_uuid = ? AND token.token_hash = ?", known.row.uuid, known.row.hash)
		return caller, !errors.Is(err, errUnknownToken), err
	}
	if until, ok := s.hashes.refused.Get(digest); ok && s.now().Before(until) {
		return Caller{}, true, errUnknownToken
	}
	return Caller{}, false, nil
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

// zone is that of the wall clock by which tokens' rows tell when they expire and were used.
func (s *Store) zone() *time.Location {
	if s.hashes == nil {
		return time.UTC
	}
	return s.hashes.zone
}

// momentOf returns the moment that a token's row has by the wall clock of a zone, zero where it has none.
func momentOf(t *timestamp, zone *time.Location) time.Time {
	if t == nil {
		return time.Time{}
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone).UTC()
}

// wallClock returns what a token's row has of a moment.
func (s *Store) wallClock(t time.Time) timestamp {
	_, offset := t.In(s.zone()).Zone()
	return timestampOf(t.Add(time.Duration(offset) * time.Second))
}
