package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/jackc/pgx/v5"
	psutil "github.com/shirou/gopsutil/v4/process"

	"attributed/bench/witness"
)

// outages are PostgreSQL's.
func (t *trial) outages() []*outage {
	return []*outage{
		{name: "stopped", reads: refusedAtOnce, writes: refusedAtOnce,
			begin: func(context.Context, *toxiproxy.Proxy) error { return t.server.Crash() },
			end: func(context.Context, *toxiproxy.Proxy) error {
				t.rows.Reset()
				return t.server.Restart()
			}},
		{name: "unreachable", reads: refusedAtOnce, writes: refusedAtOnce,
			begin: func(_ context.Context, p *toxiproxy.Proxy) error { p.Stop(); return nil },
			end:   func(_ context.Context, p *toxiproxy.Proxy) error { return p.Start() }},
		{name: "hung", reads: refusedSoon, writes: refusedSoon, least: 3 * time.Second,
			begin: toxic(`{"type": "timeout", "attributes": {"timeout": 0}}`), end: noToxics},
		t.frozen(),
		{name: "slow", reads: expected{served: true, within: 3 * time.Second}, writes: expected{served: true, within: 3 * time.Second}, ready: true,
			begin: toxic(`{"type": "latency", "attributes": {"latency": 50}}`), end: noToxics},
		cut(),
		{name: "connections ended", reads: either, writes: either, ready: true,
			begin: t.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`), end: t.run(`SELECT 1`)},
		t.crowded(),
		{name: "read-only", reads: served, writes: refusedAtOnce, ready: true,
			begin: t.run(`ALTER SYSTEM SET default_transaction_read_only = on`, `SELECT pg_reload_conf()`, `SELECT pg_sleep(0.1)`),
			end:   t.run(`ALTER SYSTEM RESET default_transaction_read_only`, `SELECT pg_reload_conf()`)},
		t.locked(),
	}
}

// toxic puts one in the way of what the database answers.
func toxic(description string) func(context.Context, *toxiproxy.Proxy) error {
	return func(_ context.Context, p *toxiproxy.Proxy) error {
		_, err := p.Toxics.AddToxicJson(strings.NewReader(description))
		return err
	}
}

func noToxics(ctx context.Context, p *toxiproxy.Proxy) error {
	p.Toxics.ResetToxics(ctx)
	return nil
}

// cut ends some connections over and over, in the middle of what they do: the answer is lost, and
// whether there was something to answer.
func cut() *outage {
	var stop context.CancelFunc
	var cutting sync.WaitGroup
	cuts := toxic(`{"type": "reset_peer", "toxicity": 0.3, "attributes": {"timeout": 0}}`)
	return &outage{name: "connections cut", reads: either, writes: either,
		begin: func(ctx context.Context, p *toxiproxy.Proxy) error {
			ctx, stop = context.WithCancel(ctx)
			cutting.Go(func() {
				for ; ctx.Err() == nil; witness.Pause(ctx, 50*time.Millisecond) {
					if err := cuts(ctx, p); err != nil {
						return
					}
					witness.Pause(ctx, 20*time.Millisecond)
					p.Toxics.ResetToxics(context.WithoutCancel(ctx))
				}
			})
			return nil
		},
		end: func(context.Context, *toxiproxy.Proxy) error {
			stop()
			cutting.Wait()
			return nil
		}}
}

// run carries statements out.
func (t *trial) run(statements ...string) func(context.Context, *toxiproxy.Proxy) error {
	return func(ctx context.Context, _ *toxiproxy.Proxy) error {
		for _, statement := range statements {
			if _, err := t.rows.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	}
}

// frozen halts all processes of the server's, as a machine does that swaps: connections stay, and
// new ones are taken by the kernel.
func (t *trial) frozen() *outage {
	var all []*psutil.Process
	return &outage{name: "frozen", reads: refusedSoon, writes: refusedSoon, least: 3 * time.Second,
		begin: func(ctx context.Context, _ *toxiproxy.Proxy) (err error) {
			if all, err = t.processes(ctx); err != nil {
				return err
			}
			return send(all, syscall.SIGSTOP)
		},
		end: func(context.Context, *toxiproxy.Proxy) error { return send(all, syscall.SIGCONT) }}
}

// processes are the postmaster, and then its children.
func (t *trial) processes(ctx context.Context) ([]*psutil.Process, error) {
	var backend int32
	if err := t.rows.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&backend); err != nil {
		return nil, err
	}
	one, err := psutil.NewProcessWithContext(ctx, backend)
	if err != nil {
		return nil, err
	}
	postmaster, err := one.ParentWithContext(ctx)
	if err != nil {
		return nil, err
	}
	children, err := postmaster.ChildrenWithContext(ctx)
	return append([]*psutil.Process{postmaster}, children...), err
}

func send(all []*psutil.Process, s syscall.Signal) error {
	for _, one := range all {
		if err := syscall.Kill(int(one.Pid), s); err != nil && err != syscall.ESRCH {
			return err
		}
	}
	return nil
}

// crowded has others take all connections.
func (t *trial) crowded() *outage {
	var others []*pgx.Conn
	return &outage{name: "out of connections", reads: refusedAtOnce, writes: refusedAtOnce,
		begin: func(ctx context.Context, _ *toxiproxy.Proxy) error {
			for alone := 0; alone < 20; witness.Pause(ctx, 10*time.Millisecond) { // what is ended may be taken again, by who is not to be seen yet
				other, err := pgx.Connect(ctx, t.server.URL())
				if err == nil {
					others, alone = append(others, other), 0
					continue
				}
				if len(others) == 0 {
					return fmt.Errorf("no connection to begin with: %w", err)
				}
				var ended int
				err = others[0].QueryRow(ctx, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> ALL ($1)`, pids(others)).Scan(&ended)
				if err != nil {
					return err
				}
				if alone++; ended > 0 {
					alone = 0
				}
			}
			return nil
		},
		end: func(ctx context.Context, _ *toxiproxy.Proxy) error {
			for _, other := range others {
				if err := other.Close(ctx); err != nil {
					return err
				}
			}
			others = nil
			t.rows.Reset() // whose connections were given up too
			return nil
		}}
}

func pids(connections []*pgx.Conn) []int32 {
	var all []int32
	for _, one := range connections {
		all = append(all, int32(one.PgConn().PID()))
	}
	return all
}

// locked has another transaction hold a table, as one that changes the table and was left open.
func (t *trial) locked() *outage {
	var tx pgx.Tx
	return &outage{name: "a table locked", reads: served, ready: true, least: t.lockTime() + atOnce, flags: []string{"--request-timeout=" + t.lockTime().String()},
		writes: expected{refused: true, within: t.lockTime() + atOnce},
		begin: func(ctx context.Context, _ *toxiproxy.Proxy) (err error) {
			if tx, err = t.rows.Begin(ctx); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `LOCK TABLE user_attributes IN EXCLUSIVE MODE`)
			return err
		},
		end: func(ctx context.Context, _ *toxiproxy.Proxy) error { return tx.Rollback(ctx) }}
}
