package store

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// errUnreplicated is behind the error of a write that the primary has, and no replica that it was to wait for.
var errUnreplicated = errors.New("PostgreSQL ended its wait for a synchronous replica: the change is kept, and would be lost with the primary")

// unreplicated is the key of a context's value, an *atomic.Bool: that this became of a statement.
type unreplicated struct{}

// replicated runs run, and makes its success an Unavailable if PostgreSQL ceased to wait for a
// synchronous replica, as it does where a statement is canceled, by us or by an administrator: it has committed
// then, and says so with success and a warning.
func (s *Store) replicated(ctx context.Context, run func(context.Context) error) error {
	var not atomic.Bool
	err := run(context.WithValue(ctx, unreplicated{}, &not))
	if err == nil && not.Load() {
		s.counters.unavailable.Add(1)
		return unavailable(errUnreplicated)
	}
	return err
}

// replicationWatch tells whom a statement was for that PostgreSQL ended its wait. The warning says
// so in the server's language, and by the name of the function that it comes from.
type replicationWatch struct{}

const unreplicatedKey = "unreplicated" // in a connection's data, of the statement that it carries out

func (replicationWatch) notice(conn *pgconn.PgConn, n *pgconn.Notice) {
	if n.Routine == "SyncRepWaitForLSN" {
		conn.CustomData()[unreplicatedKey] = true
	}
}

// TraceQueryStart forgets what was of the statement before.
func (replicationWatch) TraceQueryStart(ctx context.Context, conn *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	delete(conn.PgConn().CustomData(), unreplicatedKey)
	return ctx
}

// TraceQueryEnd looks at what was said meanwhile.
func (replicationWatch) TraceQueryEnd(ctx context.Context, conn *pgx.Conn, _ pgx.TraceQueryEndData) {
	if conn.PgConn().CustomData()[unreplicatedKey] == nil {
		return
	}
	if not, ok := ctx.Value(unreplicated{}).(*atomic.Bool); ok {
		not.Store(true)
	}
}
