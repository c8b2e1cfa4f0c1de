package store

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/time/rate"
)

// errAway is behind what was not asked of the primary since that cannot be reached.
var errAway = errors.New("the primary cannot be reached")

// absence is whether the primary can be reached, as who looks at it all the time finds, and what stands while it cannot:
// the stale-if-error of RFC 5861, section 4.
type absence struct {
	most    time.Duration // for which what it last said stands; 0 is not at all
	telling *rate.Limiter // of the log

	mutex    sync.Mutex
	asked    time.Time               // when the look began that has no answer yet; zero where none is
	seen     time.Time               // when the last look began that it answered
	silences int                     // looks in a row that had no answer at all
	over     chan struct{}           // closed when it is known once more whether it can be reached
	present  context.Context         // ends, with errAway, when it cannot be reached
	end      context.CancelCauseFunc // of that
	told     string                  // to the log of this absence; "" is nothing
}

func newAbsence(most time.Duration) *absence {
	a := &absence{most: most, telling: rate.NewLimiter(rate.Every(time.Minute), 2), over: make(chan struct{})}
	a.present, a.end = context.WithCancelCause(context.Background())
	return a
}

// begins notes that a look at the primary begins.
func (a *absence) begins(at time.Time) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.asked.IsZero() {
		a.asked = at
	}
}

// ends notes what a look found that began at a time, an err that says that the primary cannot be reached, or nil, and tells the log.
func (a *absence) ends(ctx context.Context, log *slog.Logger, at time.Time, err error) {
	before, told := a.found(at, err)
	switch {
	case before == told:
	case told == "":
		log.InfoContext(ctx, "the primary can be reached again")
	case told == toldRefused:
		log.WarnContext(ctx, "the primary has been away for too long; reads are refused until it can be reached", "after", a.most, "error", explained(err))
	default:
		log.WarnContext(ctx, "the primary cannot be reached; replicas answer reads with tokens that it accepted before", "for", a.most, "error", explained(err))
	}
}

// What the log was told of an absence.
const toldGoesOn, toldRefused = "goes on", "refused"

// found notes what a look found, and returns what the log was told of this absence, and what it is to be told. A look that is not answered
// in time says something only if the one before was not either: all may have been busy for a second.
func (a *absence) found(at time.Time, err error) (before, told string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	before = a.told
	if errors.Is(err, errSilent) {
		if a.silences++; a.silences < mostSilences {
			return before, before
		}
	} else {
		a.silences = 0
	}
	a.asked = time.Time{}
	close(a.over)
	a.over = make(chan struct{})
	if err == nil {
		if a.present.Err() != nil {
			a.present, a.end = context.WithCancelCause(context.Background())
		}
		a.seen, a.told = at, ""
		return before, a.told
	}
	a.end(errAway)
	switch stands := a.stands(time.Now()); {
	case stands && a.told == "" && a.telling.Allow():
		a.told = toldGoesOn
	case !stands && a.most > 0 && a.told != toldRefused && a.telling.Allow():
		a.told = toldRefused
	}
	return before, a.told
}

// stands reports whether what the primary last said may stand. Its caller has the mutex.
func (a *absence) stands(now time.Time) bool { return a.most > 0 && now.Sub(a.seen) <= a.most }

// lasts reports whether the primary cannot be reached, and what it last said stands.
func (a *absence) lasts() bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.present.Err() != nil && a.stands(time.Now())
}

// away reports whether the primary cannot be reached.
func (a *absence) away() bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.present.Err() != nil
}

// asOf is the moment as of which it is told how far a replica is behind: now, unless nothing is known of the primary since,
// and that stands.
func (a *absence) asOf() time.Time {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	now := time.Now()
	switch {
	case !a.stands(now):
		return now
	case a.present.Err() != nil:
		return a.seen
	case !a.asked.IsZero():
		return a.asked
	}
	return now
}

// until is ctx that ends as soon as the primary cannot be reached anymore. Where it could not before, that is left out.
func (a *absence) until(ctx context.Context) (context.Context, func()) {
	a.mutex.Lock()
	present := a.present
	a.mutex.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	if present.Err() != nil {
		return ctx, func() { cancel(nil) }
	}
	stop := context.AfterFunc(present, func() { cancel(errAway) })
	return ctx, func() { stop(); cancel(nil) }
}

// await returns once it is known whether the primary can be reached: when a look is over that began after it was called,
// unless ctx ends before.
func (a *absence) await(ctx context.Context) {
	for range 2 { // the first may have begun before
		a.mutex.Lock()
		over, away := a.over, a.present.Err() != nil
		a.mutex.Unlock()
		if away {
			return
		}
		select {
		case <-over:
		case <-ctx.Done():
			return
		}
	}
}

// lookAtPrimary asks where it is. That one connection of it has ended is no reason to take it for away.
func (r *replicas) lookAtPrimary(ctx context.Context, log *slog.Logger) {
	looking, cancel := context.WithTimeoutCause(ctx, pulseTime, errSilent)
	defer cancel()
	began := time.Now()
	r.absence.begins(began)
	seen, err := see(looking, r.primary)
	if err != nil && looking.Err() == nil {
		seen, err = see(looking, r.primary)
	}
	switch {
	case err == nil && seen.standby:
		err = errAway
	case err == nil:
		r.log.add(seen, began)
	case refusesOnly(err):
		err = nil
	case looking.Err() != nil:
		err = errSilent
	}
	if ctx.Err() == nil { // else all ends
		r.absence.ends(ctx, log, began, err)
	}
}

// refusesOnly reports whether err is the word of a primary that is there, as that it has no connection left: not that it
// starts or stops, nor a pooler's that it has no server. Of several hosts none may fail in another way, but for those that are no primary.
func refusesOnly(err error) bool {
	var hosts interface{ Unwrap() []error }
	if errors.As(err, &hosts) {
		primary := func(one error) bool {
			return !errors.Is(one, pgconn.ErrReadOnlyConnection) && !errors.Is(one, pgconn.ErrStandbyConnection)
		}
		return slices.ContainsFunc(hosts.Unwrap(), primary) &&
			!slices.ContainsFunc(hosts.Unwrap(), func(one error) bool { return primary(one) && !refusesOnly(one) })
	}
	said, ok := errors.AsType[*pgconn.PgError](err)
	return ok && !strings.HasPrefix(said.Code, "57P") && !strings.HasPrefix(said.Code, "08")
}
