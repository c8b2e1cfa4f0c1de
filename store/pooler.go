package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// errPooler is behind what a statement says that was prepared on another connection of
// the server's than it is carried out on.
var errPooler = errors.New("the database is behind a pooler that takes another connection for each transaction, as PgBouncer does in transaction mode: add default_query_exec_mode=exec to the options of the database's URL (after its ?, and & where there are others), start serve with --migrate off, and run attributed migrate up on a direct connection")

// explained puts errPooler before err, if that says that a prepared statement is not there
// or is there already.
func explained(err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && (e.Code == "26000" || e.Code == "42P05") {
		return fmt.Errorf("%w: %w", errPooler, err)
	}
	return err
}

// refusal returns an Invalid for what explained names, and any other error as it is.
func refusal(err error) error {
	if err := explained(err); errors.Is(err, errPooler) {
		return &Error{Kind: Invalid, Message: errPooler.Error(), cause: err}
	}
	return err
}

// poolerRounds is how often checkPooler carries its statement out on either connection: a
// pooler of several connections may by chance take the right one a few times in a row.
const poolerRounds = 10

// checkPooler returns an Invalid if what is prepared is lost, or found by others, between
// two transactions: it prepares the same statement on two connections, which are one of
// the server's if a pooler has it so, and carries it out on both by turns. Where it has no
// two connections it returns nil: that is for others to say.
func checkPooler(ctx context.Context, pool *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	first, err := pool.Conn(ctx)
	if err != nil {
		return nil
	}
	defer first.Close()
	second, err := pool.Conn(ctx)
	if err != nil {
		return nil
	}
	defer second.Close()
	for range poolerRounds {
		for _, connection := range []*sql.Conn{first, second} {
			if err := refusal(executePrepared(ctx, connection)); errors.Is(err, errPooler) {
				return err
			}
		}
	}
	return nil
}

// executePrepared prepares a statement, if it is not prepared yet, and carries it out.
func executePrepared(ctx context.Context, connection *sql.Conn) error {
	var answer int
	return connection.QueryRowContext(ctx, `SELECT $1::integer`, 1).Scan(&answer)
}
