package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// Creates without values that wait for a connection at the same moment are sent in one statement
// by whichever gets one first: it costs the database little more than one of them. Nobody waits for
// company. A row that the statement did not write, for whatever reason, is sent once more on its own, so
// that each caller gets the answer that there is for that row alone.

// mostGathered are sent in one statement.
const mostGathered = 16

// gathered are those that wait for a connection, in the order in which they came.
type gathered struct {
	mutex   sync.Mutex
	waiting []*waitingCreate
}

type waitingCreate struct {
	creation
	stop func()     // ends the wait for a connection, since another takes it along
	done chan error // what became of it, once; errAlone is that it must go alone
}

// errAlone is behind what certainly was not written, and says nothing of the row itself.
var errAlone = errors.New("the row was not written with the others")

// gatheredRow is a row as gatheredInsert takes it.
type gatheredRow struct {
	UUID           string  `json:"uuid"`
	Name           string  `json:"name"`
	Description    *string `json:"description"`
	Defaults       *string `json:"defaults"` // as dialect.list writes them
	OrganizationID int64   `json:"organization_id"`
	CreatedAt      string  `json:"created_at"`
	createdEvent
}

// gatheredInsert writes the rows of its one parameter whose names are free, with their events, and
// answers which. They are written in one order by all, so that two such statements do not stand in
// each other's way.
const gatheredInsert = `
	WITH wanted AS (
		SELECT * FROM json_to_recordset($1::json) AS wanted (uuid uuid, name text, description text, defaults text, organization_id integer,
			created_at timestamp, organization_uuid uuid, actor uuid, operation text, after text, request_id text)
	), attribute AS (
		INSERT INTO user_attributes (user_attribute_uuid, name, description, attribute_defaults, organization_id, created_at)
		SELECT uuid, name, description, defaults::text[], organization_id, created_at FROM wanted ORDER BY organization_id, name
		ON CONFLICT DO NOTHING
		RETURNING user_attribute_uuid
	), event AS (
		INSERT INTO ` + auditColumns + `
		SELECT created_at, organization_uuid, actor, operation, uuid, NULL, after, request_id FROM attribute JOIN wanted ON uuid = user_attribute_uuid
	)
	SELECT user_attribute_uuid::text FROM attribute`

// insertGathered writes one attribute without values, with others or alone. It returns errAlone where
// it has to be tried alone.
func (s *Store) insertGathered(ctx context.Context, c creation) error {
	return s.retried(ctx, func(ctx context.Context) error {
		waiting, stop := context.WithCancel(ctx)
		defer stop()
		own := &waitingCreate{c, stop, make(chan error, 1)}
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
		select {
		case err := <-own.done: // known already, though the caller may be gone
			return err
		default:
		}
		select {
		case err := <-own.done:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// sendGathered writes the rows of a batch, or none, and tells each what became of it. That the caller
// who has the connection goes away is nothing to the others.
func (s *Store) sendGathered(ctx context.Context, batch []*waitingCreate) {
	if len(batch) == 1 {
		batch[0].done <- s.insertAlone(s.write.WithContext(ctx), batch[0].creation)
		return
	}
	until, limited := ctx.Deadline()
	ctx = context.WithoutCancel(ctx)
	if limited {
		var cancel func()
		ctx, cancel = context.WithDeadline(ctx, until)
		defer cancel()
	}
	var written map[string]bool
	err := s.pulse.during(ctx, func(ctx context.Context) (err error) {
		written, err = s.writeGathered(s.write.WithContext(ctx), batch)
		return err
	})
	_, refused := errors.AsType[*pgconn.PgError](err)
	for _, one := range batch {
		switch {
		case err == nil && written[one.attribute.UserAttributeUUID]:
			one.done <- nil
		case err == nil || refused || s.stale(err):
			one.done <- errAlone
		default:
			one.done <- err
		}
	}
}

func (s *Store) writeGathered(db *gorm.DB, batch []*waitingCreate) (map[string]bool, error) {
	rows := make([]gatheredRow, len(batch))
	for i, one := range batch {
		rows[i] = gatheredRow{
			UUID: one.attribute.UserAttributeUUID, Name: one.attribute.Name, Description: one.attribute.Description,
			Defaults: one.attribute.AttributeDefaults, OrganizationID: one.attribute.OrganizationID,
			CreatedAt:    one.attribute.CreatedAt.Format(timestampLayout),
			createdEvent: *one.event, // there is always a table of them, see insertWithoutValues
		}
	}
	parameter, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	written := make(map[string]bool, len(batch))
	var id string
	err = eachRow(numbered{db, gatheredInsert, []any{string(parameter)}}, func(rows *sql.Rows) error {
		err := rows.Scan(&id)
		written[id] = true
		return err
	})
	return written, err
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
	n := min(len(g.waiting), mostGathered-1)
	batch := append([]*waitingCreate{own}, g.waiting[:n]...)
	g.waiting = slices.Delete(g.waiting, 0, n)
	for _, other := range batch[1:] {
		other.stop()
	}
	return batch
}
