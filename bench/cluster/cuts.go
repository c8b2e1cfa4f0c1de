package main

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// way is one in which a host may be cut off, and how that ends.
type way struct {
	cut, mend func(*host, context.Context) error
}

var (
	hearsNothing = way{(*host).deaf, (*host).hears}
	isNotHeard   = way{(*host).mute, (*host).speaks}
	bothWays     = way{
		func(h *host, ctx context.Context) error { return errors.Join(h.deaf(ctx), h.mute(ctx)) },
		func(h *host, ctx context.Context) error { return errors.Join(h.hears(ctx), h.speaks(ctx)) },
	}
	fromReplicas = way{(*host).forget, (*host).remember}
)

// cutFor is at least how long a host is cut off: by then it shows.
const cutFor = 5 * time.Second

// cutOff cuts a database's host off, chosen by what Patroni says that it is, until another one is that.
func cutOff(name, which string, w way) *fault {
	var cut *database
	return &fault{name: name, lasts: cutFor, may: unavailable, within: afterLostHost,
		begin: func(ctx context.Context, c *cluster) (err error) {
			if cut, err = c.databaseThatIs(which); err != nil {
				return err
			}
			return w.cut(cut.host, ctx)
		},
		replaced: func(c *cluster) bool { return c.isAnother(which, cut) },
		end:      func(ctx context.Context, _ *cluster) error { return w.mend(cut.host, ctx) }}
}

// asynchronous has f happen where no replica is waited for. A call about what was lost is answered 404.
func asynchronous(f *fault) *fault {
	f.loses, f.may = true, append([]int{http.StatusNotFound}, f.may...)
	f.prepare = func(ctx context.Context, c *cluster) error { return c.setSynchronous(ctx, false) }
	mend := f.end
	f.end = func(ctx context.Context, c *cluster) error {
		return errors.Join(mend(ctx, c), c.setSynchronous(ctx, true))
	}
	return f
}

// setSynchronous has Patroni have changes wait for a replica, or not.
func (c *cluster) setSynchronous(ctx context.Context, on bool) error {
	c.asynchronous = !on
	var failed error
	err := wait(ctx, "a primary that takes another configuration", func() (bool, error) {
		var p *database
		if p, failed = c.databaseThatIs("primary"); failed == nil {
			failed = c.order(ctx, p, http.MethodPatch, "config", map[string]bool{"synchronous_mode": on, "synchronous_mode_strict": on})
		}
		return failed == nil, nil
	})
	if err != nil {
		return errors.Join(err, failed)
	}
	return nil
}
