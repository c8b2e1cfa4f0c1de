package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// lookEvery is how often the primary and each replica are asked where they are.
const lookEvery = 200 * time.Millisecond

// LeastMaxLag is the smallest lag that can be told from none, since it is looked at from time to time only.
const LeastMaxLag = 500 * time.Millisecond

// replicas are those of one database.
type replicas struct {
	all     []*replica
	maxLag  time.Duration
	log     primaryLog
	absence *absence // of the primary
	primary *sql.DB  // of one connection, as replica.asking
	turn    atomic.Uint64

	fromReplica, fromPrimary atomic.Int64 // reads

	watching sync.WaitGroup
	stop     context.CancelFunc
}

// ReadFrom has attributes and the values in effect read from the replicas at url, a postgres://… of one host or
// several, of which each is asked by turns; all else, and what cannot be read there, is asked of the primary. One that is further
// behind than maxLag, at least LeastMaxLag, is not asked, nor one that has not replayed what WithPositions names. It returns an
// Invalid where the store is an SQLite, or url no PostgreSQL's. It connects to none: one that is away is logged, and tried again
// and again. It is called once, before the store is used.
func (s *Store) ReadFrom(ctx context.Context, url string, maxLag time.Duration) error {
	if !s.dialect.hangs {
		return &Error{Kind: Invalid, Message: "Only PostgreSQL has replicas to read from: the database is an SQLite file."}
	}
	config, err := parsePostgres(url)
	if err != nil {
		return &Error{Kind: Invalid, Message: "The URL of the replicas: " + err.Error() + ".", cause: err}
	}
	r := &replicas{maxLag: maxLag, log: primaryLog{kept: maxLag + logKept}, absence: newAbsence(s.withoutPrimary)}
	if r.primary, err = openPostgres(s.url, greatestAge, pulseTime, sql.OpenDB); err != nil {
		return err
	}
	r.primary.SetMaxOpenConns(1)
	for _, host := range eachHost(config) {
		one, err := s.openReplica(host)
		if err != nil {
			return errors.Join(err, r.close())
		}
		r.all = append(r.all, one)
	}
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	r.watch(ctx, func(ctx context.Context) { r.lookAtPrimary(ctx, s.log) })
	for _, one := range r.all {
		r.watch(ctx, func(ctx context.Context) {
			one.look(ctx, s.log)
			r.judge(ctx, one, s.log)
		})
	}
	s.replicas = r
	return nil
}

// HasReplicas reports whether attributes are read from replicas.
func (s *Store) HasReplicas() bool { return s.replicas != nil }

// eachHost returns config once for each host that it names, with that host alone. What it should be, as target_session_attrs says
// of the primary, is not asked when connecting: of each it is looked at.
func eachHost(config *pgx.ConnConfig) []*pgx.ConnConfig {
	var all []*pgx.ConnConfig
	ways := append([]*pgconn.FallbackConfig{{Host: config.Host, Port: config.Port, TLSConfig: config.TLSConfig}}, config.Fallbacks...)
	config = config.Copy()
	config.ValidateConnect = nil
	for _, way := range ways {
		known := false
		for _, one := range all { // a host comes twice where TLS is only preferred
			if one.Host == way.Host && one.Port == way.Port {
				one.Fallbacks, known = append(one.Fallbacks, way), true
			}
		}
		if !known {
			one := config.Copy()
			one.Host, one.Port, one.TLSConfig, one.Fallbacks = way.Host, way.Port, way.TLSConfig, nil
			all = append(all, one)
		}
	}
	return all
}

// watch looks from time to time, until ctx ends.
func (r *replicas) watch(ctx context.Context, look func(context.Context)) {
	r.watching.Go(func() {
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		for ctx.Err() == nil {
			look(ctx)
			select {
			case <-ctx.Done():
			case <-ticker.C:
			}
		}
	})
}

// judge says in the log where a replica that answers is none of this primary, or too far behind.
func (r *replicas) judge(ctx context.Context, one *replica, log *slog.Logger) {
	at := one.answering.Load()
	if at == nil {
		return
	}
	primary, known := r.followed(at.seen.timeline)
	if !known {
		return
	}
	why := at.seen.strays(primary)
	if why == "" && r.lagOf(at) > r.maxLag {
		why = "it may be further behind than the greatest lag"
	}
	one.tell(ctx, log, why, nil)
}

// lagOf is how far a replica is behind at the most, farBehind where it does not follow this primary.
func (r *replicas) lagOf(at *answering) time.Duration {
	if at == nil {
		return farBehind
	}
	if primary, known := r.followed(at.seen.timeline); !known || at.seen.strays(primary) != "" {
		return farBehind
	}
	return r.log.lag(at.seen.lsn, r.absence.asOf())
}

// followed returns what the primary last said of itself, and whether it did; while it is away, what its successor would say
// of itself to who is on that one's timeline.
func (r *replicas) followed(timeline uint32) (primary sighting, known bool) {
	primary, known = r.log.primary()
	if timeline == primary.timeline+1 && r.absence.lasts() {
		primary.timeline = timeline
	}
	return primary, known
}

// next returns a replica that may be asked, by turns, nil where there is none.
func (r *replicas) next() (*replica, *answering) {
	turn := r.turn.Add(1)
	for i := range uint64(len(r.all)) {
		one := r.all[(turn+i)%uint64(len(r.all))]
		if at := one.answering.Load(); r.lagOf(at) <= r.maxLag {
			return one, at
		}
	}
	return nil, nil
}

// readReplica runs read on a replica, if there is one that may be asked and answers. It returns whether that is so.
func (s *Store) readReplica(ctx context.Context, of func(shares) share, read func(db *gorm.DB) error) (done bool, err error) {
	var after *position
	if asked := positionsOf(ctx); asked != nil && asked.After != "" {
		at := parsePosition(asked.After)
		if primary, _ := s.replicas.followed(at.timeline); at.timeline != primary.timeline {
			return false, nil // from before a failover, or no position
		}
		after = &at
	}
	one, at := s.replicas.next()
	if one == nil {
		return false, nil
	}
	err = one.read(ctx, at, after, of, read)
	if s.mayBeElsewhere(err) && ctx.Err() == nil {
		if !errors.Is(err, errBehind) {
			one.fails(ctx, s.log, err)
		}
		return false, err
	}
	return true, err
}

// readingAttributes is reading of what replicas have too, with a connection of a share of whoever is asked.
func (s *Store) readingAttributes(ctx context.Context, of func(shares) share, operation string, read func(db *gorm.DB) error) error {
	if s.replicas == nil || outer(ctx) != nil {
		return s.reading(ctx, of(s.shares), operation, read)
	}
	if done, err := s.readReplica(ctx, of, read); done {
		s.replicas.fromReplica.Add(1)
		return s.failure(operation, err)
	}
	s.replicas.fromPrimary.Add(1)
	return s.reading(ctx, of(s.shares), operation, read)
}

// close ends all connections, and waits until nothing uses them.
func (r *replicas) close() error {
	if r.stop != nil {
		r.stop()
	}
	r.watching.Wait()
	all := []error{r.primary.Close()}
	for _, one := range r.all {
		one.lose(context.Canceled)
		all = append(all, one.close())
	}
	return errors.Join(all...)
}
