package main

import (
	"context"
	"errors"
	"time"

	"attributed/bench/program"
)

const sqliteCallers = 16

// sqliteRun is a measurement of creates on SQLite, of attributed alone.
type sqliteRun struct {
	Synchronous string
	Shape       shape
	measured
}

// sqlite has 16 callers create at once, on files that keep each create and on such
// that may lose the last ones at a power cut.
func (b *bench) sqlite(ctx context.Context) error {
	for _, synchronous := range []string{"full", "normal"} {
		url := "sqlite:" + b.program("bench-"+synchronous+".db") + "?synchronous=" + synchronous
		token, err := program.Fill(ctx, url)
		if err != nil {
			return err
		}
		if err := b.createOnSQLite(ctx, url, token, synchronous); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) createOnSQLite(ctx context.Context, url, token, synchronous string) (err error) {
	p, err := b.start(ctx, attributed, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	l := b.createLoad(p, shape{}, sqliteCallers, b.plan.warm)
	l.token = token
	if _, err := l.run(ctx); err != nil {
		return err
	}
	l.duration, l.requests = time.Minute, sqliteCallers*b.plan.sqlite
	one := sqliteRun{Synchronous: synchronous}
	if one.measured, err = l.run(ctx); err != nil {
		return err
	}
	b.results.SQLite = append(b.results.SQLite, one)
	return nil
}
