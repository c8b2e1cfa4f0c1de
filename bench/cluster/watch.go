package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// watch asks every PostgreSQL, by its socket, whether it is a primary, twenty times a second, and
// returns what ends that and tells how often two were at once: said by two at a time, twice in a row,
// since one may cease and the other begin while both are asked.
func (c *cluster) watch(ctx context.Context) (wait func() (two int)) {
	ctx, stop := context.WithCancel(ctx)
	var watching sync.WaitGroup
	two := 0
	watching.Go(func() {
		connections := make([]*pgx.Conn, len(c.databases))
		defer func() {
			for _, one := range connections {
				hangUp(one)
			}
		}()
		before := false
		for every := time.NewTicker(50 * time.Millisecond); ; {
			primaries := 0
			var asking sync.WaitGroup
			said := make([]bool, len(c.databases))
			for i, d := range c.databases {
				asking.Go(func() { connections[i], said[i] = d.isPrimary(ctx, connections[i], c.password) })
			}
			asking.Wait()
			for _, yes := range said {
				if yes {
					primaries++
				}
			}
			if primaries > 1 && before {
				two++
			}
			before = primaries > 1
			select {
			case <-every.C:
			case <-ctx.Done():
				return
			}
		}
	})
	return func() int {
		stop()
		watching.Wait()
		return two
	}
}

// socket is the URL by which d is reached whatever the network does.
func (d *database) socket(password string) string {
	return fmt.Sprintf("postgres://postgres:%s@/postgres?host=%s", password, d.sockets)
}

// isPrimary asks d itself, on a connection that it makes where there is none.
func (d *database) isPrimary(ctx context.Context, connection *pgx.Conn, password string) (*pgx.Conn, bool) {
	ctx, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	if connection == nil {
		var err error
		if connection, err = pgx.Connect(ctx, d.socket(password)); err != nil {
			return nil, false
		}
	}
	var primary bool
	if err := connection.QueryRow(ctx, "SELECT NOT pg_is_in_recovery()").Scan(&primary); err != nil {
		hangUp(connection)
		return nil, false
	}
	return connection, primary
}

func hangUp(connection *pgx.Conn) {
	if connection != nil {
		ctx, stop := context.WithTimeout(context.Background(), time.Second)
		defer stop()
		connection.Close(ctx)
	}
}

// execute runs statements on d as its superuser.
func (d *database) execute(ctx context.Context, password string, statements ...string) error {
	connection, err := pgx.Connect(ctx, d.socket(password))
	if err != nil {
		return err
	}
	defer hangUp(connection)
	for _, statement := range statements {
		if _, err := connection.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
