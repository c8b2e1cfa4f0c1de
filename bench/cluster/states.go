package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// fullFor is long enough for PostgreSQL to end, and to be started again and again, where it does.
const fullFor = 15 * time.Second

// fillDisk leaves no room on the disk of the primary's data.
func fillDisk() *fault {
	var full string
	return &fault{name: "disk of the primary full", lasts: fullFor, may: unavailable,
		begin: func(_ context.Context, c *cluster) error {
			p, err := c.databaseThatIs("primary")
			if err != nil {
				return err
			}
			full = filepath.Join(p.folder, "full")
			file, err := os.Create(full)
			if err != nil {
				return err
			}
			defer file.Close()
			zero, err := os.Open("/dev/zero")
			if err != nil {
				return err
			}
			defer zero.Close()
			if _, err = io.Copy(file, zero); errors.Is(err, syscall.ENOSPC) {
				return nil
			}
			return err
		},
		end: func(context.Context, *cluster) error { return os.Remove(full) }}
}

// holdBack has the replica that no write waits for show what was, until 30 seconds later.
func holdBack() *fault {
	var held *database
	return &fault{name: "a replica 30 s behind", lasts: 30 * time.Second,
		begin: func(ctx context.Context, c *cluster) (err error) {
			if held, err = c.databaseThatIs("asynchronous"); err != nil {
				return err
			}
			return held.execute(ctx, c.password, "SELECT pg_wal_replay_pause()")
		},
		end: func(ctx context.Context, c *cluster) error {
			return held.execute(ctx, c.password, "SELECT pg_wal_replay_resume()")
		}}
}

// mistime makes a replica the primary whose clock is a minute ahead. Patroni lets only the synchronous one
// be that: so the other one is restarted too.
func mistime() *fault {
	var wrong *database
	var right []string
	return &fault{name: "switchover to a clock a minute ahead", lasts: calm, may: unavailable,
		prepare: func(ctx context.Context, c *cluster) (err error) {
			if wrong, err = c.databaseThatIs("asynchronous"); err != nil {
				return err
			}
			other, err := c.databaseThatIs("synchronous")
			if err != nil {
				return err
			}
			library, err := filepath.Glob("/usr/lib/*/faketime/libfaketime.so.1")
			if err != nil || len(library) == 0 {
				return errors.Join(err, errors.New("there is no libfaketime"))
			}
			right = wrong.patroni.argv
			if err := wrong.restart(ctx, append([]string{"env", "LD_PRELOAD=" + library[0], "FAKETIME=+60s"}, right...)); err != nil {
				return err
			}
			if err := c.whole(ctx); err != nil {
				return err
			}
			return other.restart(ctx, right)
		},
		begin: func(ctx context.Context, c *cluster) error {
			p, err := c.databaseThatIs("primary")
			if err != nil {
				return err
			}
			return c.switchTo(ctx, p, wrong)
		},
		replaced: func(*cluster) bool { return wrong.is("primary") },
		end:      func(ctx context.Context, _ *cluster) error { return wrong.restart(ctx, right) }}
}

// restart ends Patroni and PostgreSQL, and starts them by another command.
func (d *database) restart(ctx context.Context, argv []string) error {
	if err := d.patroni.end(ctx, syscall.SIGTERM); err != nil {
		return err
	}
	d.patroni.argv = argv
	return d.patroni.start()
}
