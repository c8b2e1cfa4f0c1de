package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// pulseAfter is how long a call waits for the database before it is asked whether it answers
	// anybody at all, and from then on how often.
	pulseAfter = time.Second

	// pulseTime is what the database has to answer that. With pulseAfter it is less than the three
	// seconds after which a caller is to know.
	pulseTime = time.Second
)

// errSilent is behind what broke off because the database answers nothing.
var errSilent = errors.New("the database takes connections and answers nothing")

// pulse tells a database that hangs from one that takes long, or whose locks are waited for:
// a call that waits cannot. It has a connection of its own, since a hang is when all others wait.
type pulse struct {
	pool   *sql.DB
	log    *slog.Logger
	asking singleflight.Group
	silent atomic.Bool // it is asked over and over; nobody else needs to try

	watching sync.WaitGroup
	quit     context.Context
	stop     context.CancelFunc
}

func newPulse(url string, log *slog.Logger) (*pulse, error) {
	pool, err := openPostgres(url, greatestAge, pulseTime, sql.OpenDB)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	pool.SetConnMaxIdleTime(pulseAfter * 10)
	p := &pulse{pool: pool, log: log}
	p.quit, p.stop = context.WithCancel(context.Background())
	return p, nil
}

// close ends the connection, and waits until nothing uses it.
func (p *pulse) close() error {
	p.stop()
	p.watching.Wait()
	return p.pool.Close()
}

// during runs run with a context that ends with errSilent when the database turns out to answer
// nothing. While that is known it does not run at all.
func (p *pulse) during(ctx context.Context, run func(context.Context) error) error {
	if p.silent.Load() {
		return errSilent
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(pulseAfter, func() { p.watch(ctx, cancel) })
	defer watch.Stop()
	err := run(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errSilent) {
		return errors.Join(errSilent, err)
	}
	return err
}

// watch asks from time to time whether the database answers, until ctx ends.
func (p *pulse) watch(ctx context.Context, giveUp context.CancelCauseFunc) {
	for ctx.Err() == nil {
		answers, _, _ := p.asking.Do("", func() (any, error) { return p.answers(), nil })
		if answers == false {
			giveUp(errSilent)
			p.awaitAnswer()
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(pulseAfter):
		}
	}
}

// answers reports whether the database answers in time, if only that it takes no connection.
func (p *pulse) answers() bool {
	ctx, cancel := context.WithTimeoutCause(p.quit, pulseTime, errSilent)
	defer cancel()
	_ = p.pool.PingContext(ctx)
	return !errors.Is(context.Cause(ctx), errSilent)
}

// awaitAnswer asks until the database answers, unless somebody does already.
func (p *pulse) awaitAnswer() {
	if !p.silent.CompareAndSwap(false, true) {
		return
	}
	p.log.ErrorContext(p.quit, "the database answers nothing; calls are refused until it does")
	began := time.Now()
	p.watching.Go(func() {
		for !p.answers() {
		}
		p.silent.Store(false)
		if p.quit.Err() == nil {
			p.log.WarnContext(p.quit, "the database answers again", "after", time.Since(began))
		}
	})
}
