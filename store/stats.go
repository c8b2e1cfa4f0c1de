package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"sync/atomic"
	"time"
)

// Stats is what a store has done since it was opened, and what it is doing now. It
// holds nothing of what is stored.
type Stats struct {
	TokenHits   int64 // tokens that were known
	TokenMisses int64 // tokens that had to be looked up, or waited for another's look-up
	TokenHashes int64 // of those, tokens that were hashed as a Lightdash does, which takes some 50 ms each

	Pools map[string]PoolStats // of PostgreSQL "all", and of each replica its host and port; of SQLite "write" and "read"
	// Replicas are those that attributes are read from, by host and port; nil where there are none. ReadsFrom has how many
	// reads were answered by a "replica", and by the "primary" where none might be asked, or could answer.
	Replicas  map[string]ReplicaStats
	ReadsFrom map[string]int64
	// PrimaryAway is that their primary cannot be reached, as was found within the last two seconds.
	PrimaryAway bool

	Retries int64 // of statements and transactions that the database broke off

	// Failures has how many calls failed for the database's sake, by kind: "timeout" (did not answer
	// in time), "canceled" (the caller had gone), "full" (no room on the disk), "unavailable" (all
	// other outages) and "unexpected" (a bug: of the statement, or of the data).
	Failures map[string]int64
}

// ReplicaStats is what is known of one replica.
type ReplicaStats struct {
	Usable bool    // it may be asked
	Lag    float64 // seconds that it is behind at the most; infinite where that is not known, as where it does not answer
	Failed int64   // reads that it was asked for and did not answer, so that the primary did
}

// PoolStats is the state of one pool of connections.
type PoolStats struct {
	Most, Open, InUse int           // connections: there may be, there are, somebody has
	Waiting           int           // calls that wait for a connection
	Waits             int64         // for a connection, since the start
	WaitTime          time.Duration // of those together
}

// counters is what Stats is made of, where no pool counts it.
type counters struct {
	tokenHits, tokenMisses, tokenHashes, retries     atomic.Int64
	timeout, canceled, full, unavailable, unexpected atomic.Int64
}

// Stats returns the numbers of this moment. It asks the database nothing.
func (s *Store) Stats() Stats {
	c := &s.counters
	stats := Stats{
		TokenHits:   c.tokenHits.Load(),
		TokenMisses: c.tokenMisses.Load(),
		TokenHashes: c.tokenHashes.Load(),
		Retries:     c.retries.Load(),
		Failures: map[string]int64{
			"timeout":     c.timeout.Load(),
			"canceled":    c.canceled.Load(),
			"full":        c.full.Load(),
			"unavailable": c.unavailable.Load(),
			"unexpected":  c.unexpected.Load(),
		},
		Pools: map[string]PoolStats{},
	}
	if reads := s.shares.attributes.waits; s.dialect.oneWriter {
		stats.Pools["write"] = poolStats(s.pools[0].Stats(), s.shares.changes.waits)
		stats.Pools["read"] = poolStats(s.pools[1].Stats(), reads)
	} else {
		stats.Pools["all"] = poolStats(s.pools[0].Stats(), reads)
	}
	if s.replicas != nil {
		s.replicas.stats(&stats)
	}
	return stats
}

// stats adds the numbers of the replicas.
func (r *replicas) stats(to *Stats) {
	to.Replicas, to.PrimaryAway = map[string]ReplicaStats{}, r.absence.away()
	to.ReadsFrom = map[string]int64{"replica": r.fromReplica.Load(), "primary": r.fromPrimary.Load()}
	for _, one := range r.all {
		lag := r.lagOf(one.answering.Load())
		told := ReplicaStats{Usable: lag <= r.maxLag, Lag: lag.Seconds(), Failed: one.failed.Load()}
		if lag == farBehind {
			told.Lag = math.Inf(1)
		}
		to.Replicas[one.place] = told
		to.Pools[one.place] = poolStats(one.pool.Stats(), one.shares.attributes.waits)
	}
}

// poolStats is about a pool and the queues before it, in which all wait.
func poolStats(of sql.DBStats, waits *waits) PoolStats {
	return PoolStats{
		Most: of.MaxOpenConnections, Open: of.OpenConnections, InUse: of.InUse,
		Waiting:  int(waits.now.Load()),
		Waits:    of.WaitCount + waits.count.Load(),
		WaitTime: of.WaitDuration + time.Duration(waits.nanoseconds.Load()),
	}
}

// failed counts a failure of the database's.
func (c *counters) failed(err error, away, full bool) {
	switch {
	case full:
		c.full.Add(1)
	case errors.Is(err, context.DeadlineExceeded):
		c.timeout.Add(1)
	case errors.Is(err, context.Canceled):
		c.canceled.Add(1)
	case away:
		c.unavailable.Add(1)
	case !errors.Is(err, sql.ErrNoRows): // as of a token that nobody has
		c.unexpected.Add(1)
	}
}
