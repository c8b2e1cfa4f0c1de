package server

import (
	"context"
	"sync"
	"time"
)

// patience is a context that ends as one with a timeout does, but whose time stands still while it is paused:
// it is the database's, and not that of a client who takes an answer. It has the values of another, whose end it
// does not know.
type patience struct {
	context.Context
	limit time.Duration
	timer *time.Timer
	over  chan struct{}
	end   func() // to be called when it is no longer needed, as a CancelFunc is
}

// newPatience returns one that ends when ctx does or after limit, whichever is first, unless it is paused.
func newPatience(ctx context.Context, limit time.Duration) *patience {
	p := &patience{Context: context.WithoutCancel(ctx), limit: limit, over: make(chan struct{})}
	left := limit
	if deadline, ok := ctx.Deadline(); ok {
		left = min(left, time.Until(deadline))
	}
	over := sync.OnceFunc(func() { close(p.over) })
	if ctx.Err() != nil || left <= 0 {
		over()
	}
	p.timer = time.AfterFunc(left, over)
	p.end = func() {
		p.timer.Stop()
		over()
	}
	return p
}

// pause has its time stand still.
func (p *patience) pause() { p.timer.Stop() }

// goOn begins with the whole of its time. One that has ended stays so.
func (p *patience) goOn() { p.timer.Reset(p.limit) }

// Done implements context.Context.
func (p *patience) Done() <-chan struct{} { return p.over }

// Err implements context.Context: it ends with DeadlineExceeded.
func (p *patience) Err() error {
	select {
	case <-p.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}
