package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// Positions are what one call knows of positions in the log of a database that has replicas.
type Positions struct {
	// After is what a change left that what is read must have in it, as the caller sends it; "" asks for nothing. What is
	// no position asks for what only the primary is certain to have.
	After string

	// OnlyReplicas has nothing asked of the primary, not even what no replica can answer: that is an Unavailable.
	OnlyReplicas bool

	// Left is set by a change: a later read that sends it sees the change, or what it was refused for. "" is neither.
	Left string
}

type positionsKey struct{}

// WithPositions has reads with ctx see what p asks for, and changes tell p what they leave. It counts for a store with
// replicas, and for one goroutine at a time.
func WithPositions(ctx context.Context, p *Positions) context.Context {
	return context.WithValue(ctx, positionsKey{}, p)
}

// positionsOf returns those of ctx, nil if it has none.
func positionsOf(ctx context.Context) *Positions {
	p, _ := ctx.Value(positionsKey{}).(*Positions)
	return p
}

// position is one in the write-ahead log. The zero one is never reached: it is what cannot be known.
type position struct {
	timeline uint32 // another one after each failover, on which the log may have gone on from before what was written
	lsn      uint64
}

// String is what clients are told.
func (p position) String() string { return fmt.Sprintf("%x-%x", p.timeline, p.lsn) }

// parsePosition reads what String wrote. Of all else it makes the zero position.
func parsePosition(text string) position {
	timeline, lsn, _ := strings.Cut(text, "-")
	t, err := strconv.ParseUint(timeline, 16, 32)
	if err != nil {
		return position{}
	}
	l, err := strconv.ParseUint(lsn, 16, 64)
	if err != nil {
		return position{}
	}
	return position{uint32(t), l}
}

// writtenPosition is where a primary is.
const (
	primaryTimeline = `('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint`
	// Where commits do not wait for it, what was committed just now may not be written yet.
	primaryLSN      = `(CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_lsn() END - '0/0')::bigint`
	writtenPosition = `SELECT ` + primaryTimeline + `, ` + primaryLSN
)

// changing runs change, which has to be committed when it returns, with a session that writes. Where somebody is to be told,
// it asks for the position afterwards, on the same connection.
func (s *Store) changing(ctx context.Context, change func(db *gorm.DB) error) error {
	told := positionsOf(ctx)
	if s.replicas == nil || told == nil {
		return change(s.write.WithContext(ctx))
	}
	left, err := s.changingAt(ctx, change)
	told.leave(left, err)
	return err
}

// leave tells what a change left, or what it was refused for: who reads that again has to see it.
func (p *Positions) leave(left position, err error) {
	if _, refused := errors.AsType[*Error](err); err == nil || refused {
		p.Left = left.String()
	}
}

// changingAt is changing that returns the position, also of what is refused; the zero one where there are no replicas.
func (s *Store) changingAt(ctx context.Context, change func(db *gorm.DB) error) (left position, err error) {
	if s.replicas == nil {
		return position{}, change(s.write.WithContext(ctx))
	}
	err = pinned(ctx, s.pools[0], s.write, func(connection *sql.Conn, db *gorm.DB) error {
		err := change(db)
		if _, refused := errors.AsType[*Error](err); err == nil || refused {
			left = positionOn(ctx, connection)
		}
		return err
	})
	return left, err
}

// positionOn returns where the primary is at the other end of connection, or the zero position.
func positionOn(ctx context.Context, connection *sql.Conn) position {
	var p position
	if err := connection.QueryRowContext(ctx, writtenPosition).Scan(&p.timeline, &p.lsn); err != nil {
		return position{}
	}
	return p
}

// sighting is what a server says of itself.
type sighting struct {
	position
	standby           bool
	cluster, database int64 // a replica has those of its primary
	started           int64 // when, by its own clock: another one if it was started again
}

// onward is s after what the same server said before: a standby whose stream has ended tells the timeline of its control file,
// which may be from before the last failover. While it runs it goes back to none.
func (s sighting) onward(before sighting) sighting {
	if s.standby && before.standby && s.started == before.started {
		s.timeline = max(s.timeline, before.timeline)
	}
	return s
}

// sightingQuery asks a primary, or a standby, what it is. Of a standby the timeline may be told late, and never too
// early: by the control file, which is written from time to time, and at once to a role with pg_read_all_stats.
const sightingQuery = `
	SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery()
			THEN GREATEST((SELECT timeline_id FROM pg_control_checkpoint()), (SELECT min_recovery_end_timeline FROM pg_control_recovery()), (SELECT received_tli FROM pg_stat_wal_receiver))
			ELSE ` + primaryTimeline + ` END,
		CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0')::bigint ELSE ` + primaryLSN + ` END,
		(SELECT system_identifier FROM pg_control_system()), (SELECT oid::bigint FROM pg_database WHERE datname = current_database()),
		(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint`

// see asks the server that by leads to.
func see(ctx context.Context, by interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (sighting, error) {
	var s sighting
	err := by.QueryRowContext(ctx, sightingQuery).Scan(&s.standby, &s.timeline, &s.lsn, &s.cluster, &s.database, &s.started)
	return s, err
}

// strays says why what was seen does not follow the primary that was seen elsewhere, "" where it does.
func (s sighting) strays(primary sighting) string {
	switch {
	case s.cluster != primary.cluster || s.database != primary.database:
		return "it has another database than the primary"
	case !s.standby:
		return "it takes writes itself"
	case s.timeline != primary.timeline:
		return "it is on another timeline than the primary"
	}
	return ""
}

// holds reports whether what is read there has what was written until p.
func (s sighting) holds(p position) bool { return s.timeline == p.timeline && s.lsn >= p.lsn }
