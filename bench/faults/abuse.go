package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"attributed/bench/program"
	"attributed/bench/witness"
	"attributed/store"
)

// abuse is what some clients do while others call as they should.
type abuse struct {
	name    string
	begin   func(context.Context, *crowd) error
	creates bool // good calls are creates, which must not take long beside the bad ones; else reads
}

// abused is what came of it.
type abused struct {
	calls         int           // good ones
	refused       int           // of those
	alone, beside time.Duration // p99 of good calls, without and beside the bad ones
	peak, after   float64       // MB of the server, and when it was over for a while
}

// mayHold is what the server may hold in the worst of it: 200 MiB.
const mayHold = 200 * 1.048576

// waitsBeside is what creates may wait beside bad calls, above twice their time alone: these take processors too, which
// may be only two.
const waitsBeside = 50 * time.Millisecond

// crowd are the connections of those who call badly.
type crowd struct {
	server, token string
	running       sync.WaitGroup
	open          []io.Closer
	rows          *pgxpool.Pool
	undo          string // what takes back what was done to the rows
}

// abuses are tried on PostgreSQL.
func abuses() []*abuse {
	return []*abuse{
		{name: "made-up tokens on 500 connections", begin: func(ctx context.Context, c *crowd) error { c.guess(ctx, 500); return nil }},
		{name: "5000 idle connections", begin: func(_ context.Context, c *crowd) error { return c.connect(5000, "", 0) }},
		{name: "1000 unfinished headers", begin: func(_ context.Context, c *crowd) error {
			return c.connect(1000, "GET "+witness.AttributesPath+" HTTP/1.1\r\nHost: x\r\nX-Slow: ", 0)
		}},
		{name: "100 unfinished bodies of 5 MiB", begin: func(_ context.Context, c *crowd) error {
			return c.connect(100, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: ApiKey %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", witness.AttributesPath, c.token, 5<<20), 5<<20-1)
		}},
		{name: "10 lists of 100 MB that nobody reads", begin: func(ctx context.Context, c *crowd) error {
			if err := c.addLong(ctx); err != nil {
				return err
			}
			return c.connect(10, c.list(), 0)
		}},
		{name: "100 readers of 100 MB at 1 KB/s, beside creates", creates: true, begin: func(ctx context.Context, c *crowd) error {
			if err := c.addLong(ctx); err != nil {
				return err
			}
			c.readSlowly(ctx, 100)
			return nil
		}},
	}
}

// addLong has a list be of 100 MB.
func (c *crowd) addLong(ctx context.Context) error {
	c.undo = `DELETE FROM user_attributes WHERE name LIKE 'long %'`
	_, err := c.rows.Exec(ctx, `INSERT INTO user_attributes (name, organization_id, created_at, attribute_defaults)
		SELECT 'long ' || n, organization_id, now(), ARRAY[repeat('x', 1000000)] FROM organizations, generate_series(1, 50) AS n WHERE organization_uuid = '`+store.DemoOrganizationUUID+`'`)
	return err
}

// list is a request of the list.
func (c *crowd) list() string {
	return fmt.Sprintf("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ApiKey %s\r\n\r\n", witness.AttributesPath, c.token)
}

// readSlowly asks for the list on so many connections, and takes a kilobyte of it a second; where it is
// refused or cut off, again.
func (c *crowd) readSlowly(ctx context.Context, connections int) {
	ctx, stop := context.WithCancel(ctx)
	c.open = append(c.open, closer(stop))
	for range connections {
		c.running.Go(func() {
			for ; ctx.Err() == nil; witness.Pause(ctx, time.Second) {
				connection, err := net.Dial("tcp", c.server)
				if err != nil {
					continue
				}
				stopReading := context.AfterFunc(ctx, func() { connection.Close() })
				_, err = io.WriteString(connection, c.list())
				for kilobyte := make([]byte, 1_000); err == nil && ctx.Err() == nil; witness.Pause(ctx, time.Second) {
					_, err = io.ReadFull(connection, kilobyte)
				}
				stopReading()
				connection.Close()
			}
		})
	}
}

// connect opens connections that say so much, with a body of so many bytes, and nothing more.
func (c *crowd) connect(count int, said string, body int) error {
	for range count {
		connection, err := net.Dial("tcp", c.server)
		if err != nil {
			return err
		}
		c.open = append(c.open, connection)
		c.running.Go(func() {
			_, _ = io.WriteString(connection, said+strings.Repeat(" ", body)) // it may be refused before its end
		})
	}
	return nil
}

// guess calls with tokens that there are not, one after the other on each connection.
func (c *crowd) guess(ctx context.Context, connections int) {
	ctx, stop := context.WithCancel(ctx)
	c.open = append(c.open, closer(stop))
	for range connections {
		caller := witness.NewCaller("http://"+c.server, "", 1)
		c.running.Go(func() {
			for ctx.Err() == nil {
				caller.Token = "ldpat_" + rand.Text()
				caller.Call(ctx, http.MethodGet, witness.AttributesPath, nil)
			}
			caller.HTTP.CloseIdleConnections()
		})
	}
}

type closer func()

// Close calls it.
func (c closer) Close() error { c(); return nil }

// leave ends all connections.
func (c *crowd) leave() {
	for _, connection := range c.open {
		connection.Close()
	}
	c.running.Wait()
}

// inflict has good calls go on without and beside the bad ones, and looks at the server's memory.
func (a *abuse) inflict(ctx context.Context, t *trial, r *row) (err error) {
	p, err := t.start(ctx, r.engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	defer apart(p)()
	good := witness.NewCaller(p.Base, r.engine.token, writing)
	w := witness.NewWriters(r.engine.token, 1)
	w.Caller.Base = p.Base
	w.All[0].Write(ctx, w.Caller)
	found, err := witness.Listed(ctx, w.Caller, "")
	if err != nil {
		return err
	}
	var path string // of the one attribute
	for _, one := range found {
		path = witness.AttributesPath + "/" + one.UUID
	}
	took := time.Duration(t.times(1, 20)) * time.Second / 2
	call := func() witness.Answer { return good.Call(ctx, http.MethodGet, path, nil) }
	if a.creates {
		call = func() witness.Answer {
			return good.Call(ctx, http.MethodPost, witness.AttributesPath, map[string]any{"name": "beside " + rand.Text(), "attributeDefault": nil, "users": []any{}, "groups": []any{}})
		}
	}
	seen := &abused{}
	r.abused = seen
	if seen.alone, err = r.goodCalls(ctx, call, took); err != nil {
		return err
	}
	stopWatching := r.watchMemory(ctx, p)
	bad := &crowd{server: strings.TrimPrefix(p.Base, "http://"), token: r.engine.token, rows: t.rows}
	err = a.begin(ctx, bad)
	if err == nil {
		seen.beside, err = r.goodCalls(ctx, call, took)
	}
	bad.leave()
	if err == nil && bad.undo != "" {
		_, err = t.rows.Exec(ctx, bad.undo+`; DELETE FROM user_attributes WHERE name LIKE 'beside %'`)
	}
	witness.Pause(ctx, took)
	stopWatching()
	if err != nil {
		return err
	}
	r.tried++
	seen.after, err = p.Resident(ctx)
	r.Must(seen.peak <= mayHold, "the server held %.0f MB", seen.peak)
	r.Must(seen.refused == 0, "%d good calls were refused", seen.refused)
	r.Must(!a.creates || seen.beside <= 2*seen.alone+waitsBeside, "creates took %v, and %v alone", seen.beside, seen.alone)
	return errors.Join(err, w.Settle(ctx, &r.Findings), w.Leave(ctx))
}

// goodCalls makes calls for a while, four at a time, and returns the time that one in a hundred takes longer than.
func (r *row) goodCalls(ctx context.Context, call func() witness.Answer, d time.Duration) (p99 time.Duration, err error) {
	var calls sync.WaitGroup
	seen := make([][]time.Duration, 4)
	var refused [4]int
	end := time.Now().Add(d)
	for i := range seen {
		calls.Go(func() {
			for time.Now().Before(end) && ctx.Err() == nil {
				a := call()
				seen[i] = append(seen[i], a.Took)
				if !a.OK() {
					refused[i]++
				}
			}
		})
	}
	calls.Wait()
	all := slices.Concat(seen...)
	slices.Sort(all)
	r.abused.calls += len(all)
	for _, n := range refused {
		r.abused.refused += n
	}
	return all[len(all)*99/100], ctx.Err()
}

// watchMemory keeps the most that the server holds, until it is stopped.
func (r *row) watchMemory(ctx context.Context, p *program.Process) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		for ; ctx.Err() == nil; witness.Pause(ctx, 20*time.Millisecond) {
			if held, err := p.Resident(ctx); err == nil {
				r.abused.peak = max(r.abused.peak, held)
			}
		}
	})
	return func() {
		cancel()
		watching.Wait()
	}
}

// apart gives the server and this program a processor each, if there are two, until it is undone.
func apart(p *program.Process) (undo func()) {
	all, err := affinity(os.Getpid())
	if err != nil || all.Count() < 2 {
		return func() {}
	}
	pin(p.ID(), only(1))
	pin(os.Getpid(), only(0))
	return func() { pin(os.Getpid(), all) }
}
