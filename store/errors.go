package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// Kind says what a caller can do about an [Error].
type Kind string

const (
	Conflict         Kind = "conflict"          // choose another name, or read again and retry
	Unauthenticated  Kind = "unauthenticated"   // the token is unknown, revoked or expired, or its user is inactive or in no organization
	UnknownReference Kind = "unknown reference" // Users and Groups say which; nothing was written
	Stale            Kind = "stale"             // the attribute has changed since the caller read it; read it again
	NotFound         Kind = "not found"         // it is not there, or not the caller's: the two look alike
	Reused           Kind = "reused"            // the idempotency key came with another request before
	InProgress       Kind = "in progress"       // the call with this idempotency key is still being carried out; ask again
	Invalid          Kind = "invalid"           // the operator asked for what the database's state does not allow
	Unavailable      Kind = "unavailable"       // the database cannot be reached or did not answer in time; try again later
)

// Error is a failure told in words that a client of the API may read. It never
// names a table, a driver or another organization.
type Error struct {
	Kind    Kind
	Message string

	// Indexes into the Users and Groups of the refused Draft, ascending, of
	// those that are not of the organization. Set for UnknownReference only.
	Users, Groups []int

	// What is wrong with the people of a directory, in their order. Set for Invalid only.
	Problems []Problem

	cause error
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns the driver's error behind an Unavailable, or why there is an Unauthenticated, for the
// log only.
func (e *Error) Unwrap() error { return e.cause }

func unavailable(cause error) *Error {
	return &Error{Kind: Unavailable, Message: "The database did not answer in time; try again in a moment.", cause: cause}
}

// failure puts the operation's name before err, and makes it an Unavailable where
// the database, and not the statement, is at fault. It passes on nil and an *Error.
func (s *Store) failure(operation string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	if errors.Is(s.translated(err), gorm.ErrForeignKeyViolated) {
		// All else that is referred to was looked up by the same transaction: what is
		// gone is the organization, and with it whoever asks.
		s.tokens.known.Purge()
		return errUnauthenticated
	}
	err = fmt.Errorf("%s: %w", operation, explained(withoutValues(err)))
	full, away := s.dialect.full(err), outage(err) || s.dialect.outage(err)
	s.counters.failed(err, away, full)
	if away {
		if full {
			return &Error{Kind: Unavailable, Message: "The database has no room left on its disk, and takes no changes until there is some.", cause: err}
		}
		return unavailable(err)
	}
	return err
}

// withoutValues leaves out of err what PostgreSQL quotes of the data, which it does of what does not fit a type
// (class 22 of its errors): where a column is not as our migrations make it, that is somebody's value.
func withoutValues(err error) error {
	if said, ok := errors.AsType[*pgconn.PgError](err); ok && strings.HasPrefix(said.Code, "22") {
		return fmt.Errorf("a value does not fit its column (SQLSTATE %s)", said.Code)
	}
	return err
}

// translated makes one of GORM's own errors of what the driver says of a constraint.
// GORM does so itself, except for what comes back from a statement that answers rows.
func (s *Store) translated(err error) error {
	if translator, ok := s.write.Dialector.(gorm.ErrorTranslator); ok && err != nil {
		return translator.Translate(err)
	}
	return err
}

// outage reports whether err is what database/sql and the network say, whatever the engine, when
// the database is away or the caller's time is up.
func outage(err error) bool {
	for _, away := range []error{errSilent, errAway, context.DeadlineExceeded, context.Canceled, driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, away) {
			return true
		}
	}
	_, network := errors.AsType[net.Error](err)
	return network
}
