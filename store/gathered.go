package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// Creates that wait for a connection at the same moment are sent in one statement
// by whichever gets one first: it costs the database little more than one of them. Nobody waits for
// company. A row that the statement did not write, for whatever reason, is sent once more on its own, so
// that each caller gets the answer that there is for that row alone.

const (
	mostGathered       = 16  // are sent in one statement
	mostValuesGathered = 100 // in all: nobody waits for more of others, and a create with more goes alone
)

// gathered are those that wait for a connection, in the order in which they came.
type gathered struct {
	mutex   sync.Mutex
	waiting []*waitingCreate
}

type waitingCreate struct {
	creation
	stop func()       // ends the wait for a connection, since another takes it along
	done chan outcome // what became of it, once
}

// outcome has those whom a create named, and the position that it left; or why it was not written, errAlone if it
// must go alone.
type outcome struct {
	named references
	left  position
	err   error
}

// errAlone is behind what certainly was not written, and says nothing of the row itself.
var errAlone = errors.New("the row was not written with the others")

// insertGathered writes one attribute, with others or alone. It returns errAlone where
// it has to be tried alone.
func (s *Store) insertGathered(ctx context.Context, c creation) (named references, err error) {
	err = s.retried(ctx, func(ctx context.Context) error {
		waiting, stop := context.WithCancel(ctx)
		defer stop()
		own := &waitingCreate{c, stop, make(chan outcome, 1)}
		s.waiting.add(own)
		err := s.shares.changes.holding(func(context.Context) error {
			if batch := s.waiting.take(own); len(batch) > 0 {
				s.sendGathered(ctx, batch)
			}
			return nil
		})(waiting)
		if err != nil && s.waiting.leave(own) {
			return err
		}
		var became outcome
		select {
		case became = <-own.done: // known already, though the caller may be gone
		default:
			select {
			case became = <-own.done:
			case <-ctx.Done():
				became.err = ctx.Err()
			}
		}
		named = became.named
		s.told(ctx, became)
		return became.err
	})
	return named, err
}

// told tells the caller the position that a create left.
func (s *Store) told(ctx context.Context, became outcome) {
	if positions := positionsOf(ctx); s.replicas != nil && positions != nil {
		positions.leave(became.left, became.err)
	}
}

// sendGathered writes the rows of a batch, or none, and tells each what became of it. That the caller
// who has the connection goes away is nothing to the others.
func (s *Store) sendGathered(ctx context.Context, batch []*waitingCreate) {
	if len(batch) == 1 {
		var one outcome
		one.left, one.err = s.changingAt(ctx, func(db *gorm.DB) (err error) {
			one.named, err = s.insertAlone(db, batch[0].creation)
			return err
		})
		batch[0].done <- one
		return
	}
	until, limited := ctx.Deadline()
	ctx = context.WithoutCancel(ctx)
	if limited {
		var cancel func()
		ctx, cancel = context.WithDeadline(ctx, until)
		defer cancel()
	}
	var became []outcome
	var left position
	err := s.pulse.during(ctx, func(ctx context.Context) error {
		return s.replicated(ctx, func(ctx context.Context) (err error) {
			left, err = s.changingAt(ctx, func(db *gorm.DB) (err error) {
				became, err = writeGathered(db, batch)
				return err
			})
			return err
		})
	})
	said, refused := errors.AsType[*pgconn.PgError](err)
	// What ends the connection too, or is a pooler's word of that, may have come after the commit.
	refused = refused && said.SeverityUnlocalized == "ERROR" && !strings.HasPrefix(said.Code, "08")
	for i, one := range batch {
		switch {
		case err == nil:
			became[i].left = left
			one.done <- became[i]
		case refused || s.stale(err):
			one.done <- outcome{err: errAlone}
		default:
			one.done <- outcome{err: err}
		}
	}
}

func (g *gathered) add(one *waitingCreate) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.waiting = append(g.waiting, one)
}

// leave reports whether one still waited, which it does no longer.
func (g *gathered) leave(one *waitingCreate) bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.remove(one)
}

// remove is leave for whoever holds the mutex.
func (g *gathered) remove(one *waitingCreate) bool {
	before := len(g.waiting)
	g.waiting = slices.DeleteFunc(g.waiting, func(other *waitingCreate) bool { return other == one })
	return len(g.waiting) < before
}

// take returns own with those that have waited longest, which wait for no connection of their own
// then; or nothing where another has taken own.
func (g *gathered) take(own *waitingCreate) []*waitingCreate {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if !g.remove(own) {
		return nil
	}
	n, values := 0, own.values.count()
	for n < min(len(g.waiting), mostGathered-1) && values+g.waiting[n].values.count() <= mostValuesGathered {
		values += g.waiting[n].values.count()
		n++
	}
	batch := append([]*waitingCreate{own}, g.waiting[:n]...)
	g.waiting = slices.Delete(g.waiting, 0, n)
	for _, other := range batch[1:] {
		other.stop()
	}
	return batch
}
