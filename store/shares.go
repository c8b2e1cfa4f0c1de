package store

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// share is a part of the connections, for one kind of call: whatever the others wait for, such
// as a table that somebody has locked, it is not kept from these. Who comes first gets the next
// one; the pool itself hands them out at random.
type share struct {
	places []*semaphore.Weighted // of which a call takes one of each
	waits  *waits                // of the pool
}

// waits counts those for a connection of a pool: all, those that go on, and their time.
type waits struct{ count, now, nanoseconds atomic.Int64 }

// shares are those of the connections of one store. Together they are connections().
type shares struct {
	tokens     share // look-ups of tokens: anybody may cause them, with tokens that are made up
	health     share // whether the database answers
	people     share // reads of who there is, and what else is read
	attributes share // reads of attributes and their values
	lists      share // of attributes; they leave some of the attributes' to other reads and to changes
	changes    share // of anything; they leave some of the attributes' to reads
}

// ofAttributes and ofLists choose one of them.
func ofAttributes(s shares) share { return s.attributes }
func ofLists(s shares) share      { return s.lists }

// connections is how many a pool has, so that four changes a processor are under way at a time:
// with fewer a processor waits for the disk, and more wait for the same processors. As many
// stay open when idle, since a new one costs more than a create.
func connections() int { return 8 * runtime.GOMAXPROCS(0) }

// newShares divides connections() so that what waits for the locks of attributes has half of
// them at the most, and changes that wait leave one of that half to reads. Where changes have
// a pool of their own, it is one connection.
func newShares(d dialect) shares {
	part := int64(runtime.GOMAXPROCS(0))
	reads, attributes := &waits{}, semaphore.NewWeighted(4*part)
	s := shares{
		tokens:     share{[]*semaphore.Weighted{semaphore.NewWeighted(part)}, reads},
		health:     share{[]*semaphore.Weighted{semaphore.NewWeighted(1)}, reads},
		people:     share{[]*semaphore.Weighted{semaphore.NewWeighted(3*part - 1)}, reads},
		attributes: share{[]*semaphore.Weighted{attributes}, reads},
		lists:      share{[]*semaphore.Weighted{semaphore.NewWeighted(3 * part), attributes}, reads},
		changes:    share{[]*semaphore.Weighted{semaphore.NewWeighted(4*part - 1), attributes}, reads},
	}
	if d.oneWriter {
		s.changes = share{[]*semaphore.Weighted{semaphore.NewWeighted(1)}, &waits{}}
	}
	return s
}

// holding returns run with a connection of the share, or with the error of its context where that
// ends before there is one.
func (s share) holding(run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, places := range s.places {
			if err := s.take(ctx, places); err != nil {
				return err
			}
			defer places.Release(1)
		}
		return run(ctx)
	}
}

func (s share) take(ctx context.Context, places *semaphore.Weighted) error {
	if places.TryAcquire(1) { // not while others wait
		return nil
	}
	began := time.Now()
	s.waits.count.Add(1)
	s.waits.now.Add(1)
	defer func() {
		s.waits.now.Add(-1)
		s.waits.nanoseconds.Add(int64(time.Since(began)))
	}()
	return places.Acquire(ctx, 1)
}
