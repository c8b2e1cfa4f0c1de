package main

import (
	"context"
	"errors"
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
)

// cutFor is longer than Patroni takes to replace a primary.
const cutFor = 35 * time.Second

// cutOff cuts a database's host off, chosen by what Patroni says that it is.
func cutOff(name, which string, w way) *fault {
	var cut *database
	return &fault{name: name, lasts: cutFor,
		begin: func(ctx context.Context, c *cluster) (err error) {
			if cut, err = c.databaseThatIs(which); err != nil {
				return err
			}
			return w.cut(cut.host, ctx)
		},
		end: func(ctx context.Context, _ *cluster) error { return w.mend(cut.host, ctx) }}
}
