package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/time/rate"
	"gorm.io/gorm"
)

// replica is one host that reads go to.
type replica struct {
	place   string // host:port, for logs and metrics
	pool    *sql.DB
	asking  *sql.DB // of one connection: it is asked where it is, also while all others wait
	session *gorm.DB
	shares  shares

	answering atomic.Pointer[answering] // nil: it does not
	reading   context.Context           // of all that is read there: ends, with errSilent, where it answers nothing; nil is none
	end       context.CancelCauseFunc   // of that
	beginning context.Context           // of what is read there and has not begun to come: ends where it does not answer once; nil is none
	turnAway  context.CancelCauseFunc   // of that
	last      sighting                  // what it last said, also where it has not answered since
	silences  int                       // looks in a row that had no answer at all
	telling   *rate.Limiter             // of the log
	told      string                    // why it is not asked, as the log was told

	failed  atomic.Int64  // reads that could not be answered there
	failing *rate.Limiter // of the log, of those
}

// answering is a replica that answers.
type answering struct {
	seen           sighting
	ctx, beginning context.Context // its reading, and what has not begun
}

// mostSilences is how many looks in a row may have no answer until what is being read is ended. A disk that is busy may
// take longer than one, and a long list that is cut off is lost to whoever takes it.
const mostSilences = 2

// errBehind is behind what a replica was not asked because it has not replayed a position.
var errBehind = errors.New("the replica has not replayed the position yet")

// openReplica opens the pools of one host. It connects only when they are used.
func (s *Store) openReplica(config *pgx.ConnConfig) (*replica, error) {
	r := &replica{
		place:   net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port))),
		shares:  newShares(s.dialect),
		telling: rate.NewLimiter(rate.Every(time.Minute), 1),
		failing: rate.NewLimiter(rate.Every(time.Minute), 1),
	}
	r.pool = openConfig(config.Copy(), greatestAge, pulseTime, s.open)
	r.pool.SetMaxOpenConns(connections() / 2) // the attributes' part
	r.asking = openConfig(config.Copy(), greatestAge, pulseTime, sql.OpenDB)
	r.asking.SetMaxOpenConns(1)
	var err error
	if r.session, err = s.session(r.pool); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (r *replica) close() error { return errors.Join(r.pool.Close(), r.asking.Close()) }

// look asks where it is. What it answers nobody ends within pulseTime. It is not asked where that fails. What is being
// read ends only where it says nothing at all, and not where it refuses a connection: what has not begun to come at once, and the
// rest if it says nothing once more.
func (r *replica) look(ctx context.Context, log *slog.Logger) {
	ctx, cancel := context.WithTimeoutCause(ctx, pulseTime, errSilent)
	defer cancel()
	seen, err := see(ctx, r.asking)
	_, said := errors.AsType[*pgconn.PgError](err)
	if err == nil || said {
		r.silences = 0
	} else {
		r.silences++
	}
	if err == nil {
		if r.reading == nil {
			r.reading, r.end = context.WithCancelCause(context.WithoutCancel(ctx))
		}
		if r.beginning == nil {
			r.beginning, r.turnAway = context.WithCancelCause(r.reading)
		}
		r.last = seen.onward(r.last)
		r.answering.Store(&answering{r.last, r.reading, r.beginning})
		return
	}
	r.answering.Store(nil)
	if r.silences > 0 && r.beginning != nil {
		r.turnAway(errSilent)
		r.beginning, r.turnAway = nil, nil
	}
	if r.silences >= mostSilences {
		r.lose(errSilent)
	}
	if !errors.Is(context.Cause(ctx), context.Canceled) { // nor at the end of all
		r.tell(ctx, log, "it does not answer", explained(err))
	}
}

// lose has all that is read there end.
func (r *replica) lose(cause error) {
	if r.reading != nil {
		r.end(cause)
		r.reading, r.end, r.beginning, r.turnAway = nil, nil, nil, nil
	}
}

// tell tells the log why it is not asked, once a minute at the most; "" is that it may be.
func (r *replica) tell(ctx context.Context, log *slog.Logger, why string, err error) {
	switch {
	case why == r.told:
	case why == "":
		r.told = ""
		log.InfoContext(ctx, "a replica is asked again", "replica", r.place)
	case r.telling.Allow():
		r.told = why
		log.WarnContext(ctx, "a replica is not asked; its reads go to the others or the primary", "replica", r.place, "why", why, "error", err)
	}
}

// fails notes that a read could not be answered there, and tells the log, once a minute at the most.
func (r *replica) fails(ctx context.Context, log *slog.Logger, err error) {
	r.failed.Add(1)
	if r.failing.Allow() {
		log.WarnContext(ctx, "a read failed on a replica; the primary is asked", "replica", r.place, "error", explained(err))
	}
}

// firstAnswer is what a replica has for what takes as long as its reader, a list, to begin: there may be a lock that it
// replays.
const firstAnswer = 5 * time.Second

// errLate is behind what was ended since the replica did not begin in time.
var errLate = errors.New("the replica did not begin to answer in time")

type beginsKey struct{}

// begins notes that what is read with a session of that context has begun to come, and takes as long as it takes.
func begins(ctx context.Context) {
	if begun, ok := ctx.Value(beginsKey{}).(func()); ok {
		begun()
	}
}

// read runs read there, within half of the time that there is, and after the position if that is not nil. It returns an
// error, of which mayBeElsewhere says more, where it ends before.
func (r *replica) read(ctx context.Context, at *answering, after *position, of func(shares) share, read func(db *gorm.DB) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(at.ctx, func() { cancel(context.Cause(at.ctx)) })
	defer stop()
	limit := firstAnswer
	if until, limited := ctx.Deadline(); limited {
		limit = time.Until(until) / 2
	}
	late := time.AfterFunc(limit, func() { cancel(errLate) })
	defer late.Stop()
	stay := context.AfterFunc(at.beginning, func() { cancel(context.Cause(at.beginning)) })
	defer stay()
	ctx = context.WithValue(ctx, beginsKey{}, func() { late.Stop(); stay() })
	return of(r.shares).holding(func(ctx context.Context) error {
		if after == nil {
			return read(r.session.WithContext(ctx))
		}
		return pinned(ctx, r.pool, r.session, func(connection *sql.Conn, db *gorm.DB) error {
			seen, err := see(ctx, connection) // the very server that is read from: there may be several at one name
			seen = seen.onward(at.seen)
			if err == nil && (seen.strays(at.seen) != "" || !seen.holds(*after)) {
				err = errBehind
			}
			if err != nil {
				return err
			}
			return read(db)
		})
	})(ctx)
}

// mayBeElsewhere reports whether err is not of what was asked, but of where: the primary may answer.
func (s *Store) mayBeElsewhere(err error) bool {
	_, said := errors.AsType[*pgconn.PgError](err)
	return said || errors.Is(err, errBehind) || outage(err) || s.dialect.outage(err)
}

// pinned runs run with one connection of a pool, and with a session on it.
func pinned(ctx context.Context, pool *sql.DB, session *gorm.DB, run func(*sql.Conn, *gorm.DB) error) error {
	connection, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer connection.Close()
	db := session.WithContext(ctx)
	db.Statement.ConnPool = connection
	return run(connection, db)
}
