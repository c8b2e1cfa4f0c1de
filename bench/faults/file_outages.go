package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	_ "modernc.org/sqlite" // the driver of other programs that open the file
)

// fileOutages are SQLite's. Where this program may not mount a small disk none of it is full.
func (t *trial) fileOutages() ([]fault, error) {
	locked := &outage{name: "locked by another program", reads: served, ready: true, least: t.lockTime() + atOnce, flags: []string{"--request-timeout=" + t.lockTime().String()},
		writes: expected{refused: true, within: t.lockTime() + 5*time.Second + atOnce}} // SQLite itself waits for 5 s, and cannot be told not to
	var other *sql.DB
	locked.begin = func(ctx context.Context, _ *toxiproxy.Proxy) (err error) {
		other, err = openFile(ctx, t.sqlite, `PRAGMA busy_timeout(5000)`, `BEGIN EXCLUSIVE`)
		return err
	}
	locked.end = func(context.Context, *toxiproxy.Proxy) error { return other.Close() }
	all := []fault{{locked.name, t.sqlite, locked.endure}}

	disk := filepath.Join(t.folder, "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		return nil, err
	}
	switch err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=16m"); {
	case errors.Is(err, syscall.EPERM):
		return all, nil
	case err != nil:
		return nil, fmt.Errorf("mount a small disk: %w", err)
	}
	t.disk = disk
	e, err := newEngine(context.Background(), "SQLite", "sqlite:"+filepath.Join(disk, "faults.db"))
	full := &outage{name: "disk full", reads: served, writes: either, ready: true, least: atOnce}
	filler := filepath.Join(disk, "filler")
	full.begin = func(ctx context.Context, _ *toxiproxy.Proxy) (err error) {
		// A long read, for without one the WAL begins anew in its old place and needs no more room.
		if other, err = openFile(ctx, e, `BEGIN`, `SELECT count(*) FROM user_attributes`); err != nil {
			return err
		}
		if err := os.WriteFile(filler, make([]byte, 16<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("the disk is not full: %w", err)
		}
		return nil
	}
	full.end = func(context.Context, *toxiproxy.Proxy) error { return errors.Join(other.Close(), os.Remove(filler)) }
	return append(all, fault{full.name, e, full.endure}), err
}

// openFile opens the file of e as another program does, and carries statements out.
func openFile(ctx context.Context, e *engine, statements ...string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", strings.TrimPrefix(e.url, "sqlite:"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}
