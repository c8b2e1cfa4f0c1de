package store

import (
	"context"
	"errors"
	"time"
)

// ReadWithoutPrimary has a store with replicas answer reads for so long while its primary cannot be reached: of replicas that
// were no further behind than they may be when it was last seen, to tokens that it accepted no longer ago. So a revocation or
// a changed role is heeded so much later, where the primary cannot be asked. 0 is not at all. It is called before ReadFrom.
func (s *Store) ReadWithoutPrimary(most time.Duration) { s.withoutPrimary = most }

// AuthenticateRead is Authenticate for a call that only reads: while the primary cannot be reached it believes what that last
// said of the token, as ReadWithoutPrimary allows. A Caller that is Believed may only be given what replicas answer; see
// Positions.OnlyReplicas.
func (s *Store) AuthenticateRead(ctx context.Context, token string) (Caller, error) {
	var caller Caller
	digest := s.tokens.digest(token)
	err := s.unlessAway(ctx, func(ctx context.Context) (err error) {
		caller, err = s.Authenticate(ctx, token)
		return err
	}, func() (known bool, err error) {
		caller, known, err = s.lastSaid(digest)
		return known, err
	})
	return caller, err
}

// PingReads is Ping for calls that only read: while the primary cannot be reached and reads go on, it returns nil if there is a replica that
// answers them.
func (s *Store) PingReads(ctx context.Context) error {
	return s.unlessAway(ctx, s.Ping, func() (bool, error) {
		if !s.replicas.absence.lasts() {
			return false, nil
		}
		one, _ := s.replicas.next()
		return one != nil, nil
	})
}

// unlessAway returns what ask does, which asks the primary. If that cannot be reached, be it that this is found meanwhile, it
// returns what instead does, where that knows.
func (s *Store) unlessAway(ctx context.Context, ask func(context.Context) error, instead func() (known bool, err error)) error {
	if s.replicas == nil || s.withoutPrimary == 0 {
		return ask(ctx)
	}
	asking, stop := s.replicas.absence.until(ctx)
	defer stop()
	if known, err := instead(); known {
		return err
	}
	err := ask(asking)
	if said, ok := errors.AsType[*Error](err); err == nil || ok && said.Kind != Unavailable {
		return err
	}
	s.replicas.absence.await(ctx) // it may fail before it is known why
	if known, err := instead(); known {
		return err
	}
	return err
}

// lastSaid returns what the primary last said of a token, if it cannot be reached now and that stands.
func (s *Store) lastSaid(digest tokenDigest) (caller Caller, known bool, err error) {
	if !s.replicas.absence.lasts() {
		return Caller{}, false, nil
	}
	now := s.now()
	if found, ok := s.tokens.known.Get(digest); ok && now.Sub(found.asked) <= s.withoutPrimary {
		if found.refusal == nil && !found.expires.IsZero() && !now.Before(found.expires) {
			found.refusal = errExpiredToken
		}
		if found.refusal != nil {
			return Caller{}, true, found.refusal
		}
		s.counters.tokenHits.Add(1)
		found.caller.Believed = true
		return found.caller, true, nil
	}
	if at, ok := s.tokens.refused.Get(digest); ok && now.Sub(at) <= s.withoutPrimary {
		return Caller{}, true, errUnknownToken
	}
	return Caller{}, false, nil
}
