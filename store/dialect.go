package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/libtnb/sqlite"
	"github.com/pressly/goose/v3"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	driver "modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// dialect is all in which the two engines differ.
type dialect struct {
	goose      goose.Dialect
	migrations string // their folder
	gorm       func(gorm.ConnPool) gorm.Dialector

	// relations is a table with the column name: of the tables and indexes that are where
	// a new one would be made.
	relations string

	// marks are indexes of our own, not Lightdash's nor goose's: the one at i is there
	// when the database is at migration i+1, for those before migrationTable.
	marks []string

	// lockMigrations makes others wait who would carry over a history, until the
	// transaction ends.
	lockMigrations string

	// pairs is a table with the columns position (from 0), uuid and value, made
	// from one parameter, a jsonPairs: so that a statement takes any number of
	// values and stays the same statement, far from either engine's limit of parameters.
	// Its column value_uuid is the value where that is a uuid too, of the type of uuids.
	pairs string

	// inOrder is a JOIN whose left side is gone through first. SQLite would rather go
	// through a whole organization, and through all pairs again for each member of it.
	inOrder string

	// texts is a table with the columns position (from 0) and value, made from one
	// parameter: a JSON array of strings.
	texts string

	// byBytes is put after a text to sort it by its bytes, and not as a locale does.
	byBytes string

	// contains is a condition: the text has its one parameter in it, in any case.
	contains func(text string) string

	// lockOrganizations makes others wait who would add an organization, until the
	// transaction ends.
	lockOrganizations string

	// lockNames makes others of the organization wait who would give an attribute another
	// name, until the transaction ends. Its parameter is the organization.
	lockNames string

	// oneStatement tells whether an INSERT may stand in a WITH. It is what makes a
	// create a single round trip.
	oneStatement bool

	// snapshot is how a transaction is begun that reads the state of one moment.
	snapshot *sql.TxOptions

	// transient tells whether the same transaction, run again, may succeed.
	transient func(error) bool

	// stale tells whether err says that nothing happened, for the connection's sake: on
	// another the same may succeed at once.
	stale func(error) bool

	// outage tells whether err says that the database is away, busy or full, and
	// not that it was asked something wrong.
	outage func(error) bool
}

// connections is how many a pool has: more than that and they wait for the same
// processors. As many stay open when idle, since a new one costs more than a create.
func connections() int { return max(4, 4*runtime.GOMAXPROCS(0)) }

// postgresPairs ends with a condition that holds always. Without it the planner takes
// any array for one of a hundred elements, and reads a table of 10,000 users from its
// start to its end to find ten; with it, for one of a single element, and looks up each
// by the index. That is ten times as fast for ten, and a fifth slower for all 10,000.
const postgresPairs = `(
	SELECT n - 1 AS position, (pair ->> 0)::uuid AS uuid, pair ->> 1 AS value, (pair ->> 1)::uuid AS value_uuid
	FROM json_array_elements(?::json) WITH ORDINALITY AS pairs (pair, n)
	WHERE n BETWEEN 1 AND 1000000000)`

var postgresDialect = dialect{
	goose:             goose.DialectPostgres,
	migrations:        "migrations/postgres",
	gorm:              func(pool gorm.ConnPool) gorm.Dialector { return postgres.New(postgres.Config{Conn: pool}) },
	relations:         `(SELECT relname::text AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = current_schema())`,
	marks:             []string{"user_attributes_organization_id_created_at", "user_attributes_organization_id_user_attribute_uuid_key"},
	lockMigrations:    `SELECT pg_advisory_xact_lock(1635021924, 0)`, // as lockNames, of an organization that there is not
	pairs:             postgresPairs,
	texts:             `(SELECT n - 1 AS position, value FROM json_array_elements_text(?::json) WITH ORDINALITY AS texts (value, n))`,
	inOrder:           ` JOIN `,
	byBytes:           ` COLLATE "C"`,
	contains:          postgresContains(""),
	lockNames:         `SELECT pg_advisory_xact_lock(1635021924, ?)`, // the first number sets it apart from other programs' locks
	lockOrganizations: `LOCK TABLE organizations IN SHARE ROW EXCLUSIVE MODE`,
	oneStatement:      true,
	snapshot:          &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
	transient: func(err error) bool {
		e, ok := errors.AsType[*pgconn.PgError](err)
		return ok && (e.Code == "40001" || e.Code == "40P01") // serialization_failure, deadlock_detected
	},
	stale: func(err error) bool {
		if e, ok := errors.AsType[*pgconn.PgError](err); ok {
			return e.Code == readOnly || (errors.Is(err, errNothingDone) && strings.HasPrefix(e.Code, "57P")) // the server stops, or ended the connection
		}
		if pgconn.Timeout(err) || errors.Is(err, context.Canceled) {
			return false
		}
		_, connecting := errors.AsType[*pgconn.ConnectError](err)
		return !connecting && (pgconn.SafeToRetry(err) || errors.Is(err, sqldriver.ErrBadConn) || errors.Is(err, errNothingDone))
	},
	outage: func(err error) bool {
		e, ok := errors.AsType[*pgconn.PgError](err)
		if !ok {
			_, connecting := errors.AsType[*pgconn.ConnectError](err)
			return connecting || pgconn.SafeToRetry(err) || pgconn.Timeout(err)
		}
		switch e.Code {
		case "57014", readOnly, "55P03", "40001", "40P01": // canceled, a standby, lock not available, retried in vain
			return true
		}
		switch e.Code[:2] {
		case "08", "53", "57", "58": // connection, resources, operator intervention, system error
			return true
		}
		return false
	},
}

// readOnly is what PostgreSQL answers to a write where it takes none, as on a standby. A
// connection from before a failover goes on answering so.
const readOnly = "25006"

// icuCollation knows the cases of all letters. A database's own locale may know only
// those of ASCII; but not every server is built with ICU.
const icuCollation = "und-x-icu"

// postgresContains is a dialect.contains that takes the cases of letters from a collation.
// It folds as foldCase does.
func postgresContains(collate string) func(text string) string {
	return func(text string) string {
		fold := func(text string) string { return `translate(lower(` + text + `), U&'\03C2\0307', U&'\03C3')` }
		return `strpos(` + fold(`(`+text+`)`+collate) + `, ` + fold(`?`+collate) + `) > 0`
	}
}

const opened = "opened" // when a connection was, in its data

// openPostgres opens a pool at url. It connects only when it is first used.
func openPostgres(url string) (*sql.DB, error) {
	config, err := parsePostgres(url)
	if err != nil {
		return nil, err
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	if _, ok := config.RuntimeParams["timezone"]; !ok {
		config.RuntimeParams["timezone"] = "UTC" // goose keeps its times without a zone, as the session's clock shows them
	}
	// A statement that is given up is canceled on the server too: left to itself
	// it could wait for a lock and be carried out after the client was told that it failed.
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: time.Second}
	}
	ends := config.OnPgError
	config.OnPgError = func(conn *pgconn.PgConn, err *pgconn.PgError) bool { return err.Code != readOnly && ends(conn, err) }
	// Our own pool, not GORM's: that one reads a time zone out of the URL and applies it to times that have none.
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(_ context.Context, conn *pgx.Conn) error {
		conn.PgConn().CustomData()[opened] = time.Now()
		return nil
	}), stdlib.OptionResetSession(func(ctx context.Context, conn *pgx.Conn) error {
		if at, ok := conn.PgConn().CustomData()[opened].(time.Time); ok && tooOld(ctx, at) {
			return sqldriver.ErrBadConn // the pool ends it and takes another
		}
		return nil
	}))
	db.SetMaxOpenConns(connections())
	db.SetMaxIdleConns(connections())
	return db, nil
}

var sqliteDialect = dialect{
	goose:             goose.DialectSQLite3,
	migrations:        "migrations/sqlite",
	gorm:              func(pool gorm.ConnPool) gorm.Dialector { return sqlite.New(sqlite.Config{Conn: pool}) },
	relations:         `(SELECT name FROM sqlite_master)`,
	marks:             []string{"user_attributes_organization_id_created_at"},
	lockMigrations:    `SELECT 1`, // there is one writer
	pairs:             `(SELECT key AS position, value ->> 0 AS uuid, value ->> 1 AS value, value ->> 1 AS value_uuid FROM json_each(?))`,
	texts:             `(SELECT key AS position, value FROM json_each(?))`,
	inOrder:           ` CROSS JOIN `,
	contains:          func(text string) string { return `contains_in_any_case(` + text + `, ?)` },
	lockNames:         `SELECT ?`, // there is one writer
	lockOrganizations: `SELECT 1`,
	snapshot:          &sql.TxOptions{ReadOnly: true},
	stale:             func(error) bool { return false },
	transient:         func(error) bool { return false }, // one writer: there is nobody to collide with
	outage: func(err error) bool {
		e, ok := errors.AsType[*driver.Error](err)
		if !ok {
			return false
		}
		switch e.Code() & 0xff {
		case sqlitelib.SQLITE_BUSY, sqlitelib.SQLITE_LOCKED, sqlitelib.SQLITE_FULL, sqlitelib.SQLITE_IOERR,
			sqlitelib.SQLITE_CANTOPEN, sqlitelib.SQLITE_READONLY, sqlitelib.SQLITE_INTERRUPT:
			return true
		}
		return false
	},
}

// openSQLite opens the file at path twice: one connection that writes, since
// SQLite has one writer at a time and queueing for it here is fairer and faster
// than polling its lock, and a pool that only reads.
func openSQLite(path string) (write, read *sql.DB, err error) {
	path, synchronous, err := parseSQLite(path)
	if err != nil {
		return nil, nil, err
	}
	common := url.Values{
		"_pragma": {"busy_timeout(5000)", "foreign_keys(1)", "journal_mode(wal)", fmt.Sprintf("synchronous(%s)", synchronous)},
		"_txlock": {"immediate"}, // a transaction that first reads and then writes would fail at once when another wrote in between
	}
	file := "file:" + (&url.URL{Path: path}).EscapedPath() + "?"
	engine := &driver.Driver{} // of our own: what is registered with the package's is everybody's
	if err := engine.RegisterDeterministicScalarFunction("contains_in_any_case", 2, containsInAnyCase); err != nil {
		return nil, nil, err
	}
	write = sql.OpenDB(sqliteConnector{engine, file + common.Encode()})
	write.SetMaxOpenConns(1)
	read = sql.OpenDB(sqliteConnector{engine, file + "_pragma=busy_timeout(5000)&_pragma=query_only(1)"})
	read.SetMaxOpenConns(connections())
	read.SetMaxIdleConns(connections())
	return write, read, nil
}

// sqliteConnector opens connections to one file.
type sqliteConnector struct {
	engine *driver.Driver
	file   string
}

func (c sqliteConnector) Connect(context.Context) (sqldriver.Conn, error) {
	return c.engine.Open(c.file)
}
func (c sqliteConnector) Driver() sqldriver.Driver { return c.engine }

// containsInAnyCase is for SQLite, whose own functions know the cases of ASCII only.
func containsInAnyCase(_ *driver.FunctionContext, texts []sqldriver.Value) (sqldriver.Value, error) {
	text, _ := texts[0].(string)
	part, _ := texts[1].(string)
	return strings.Contains(foldCase(text), foldCase(part)), nil
}

// foldCase does what PostgreSQL is told to do: small letters, of which a sigma has one
// form wherever it stands in a word, and an i one dot.
func foldCase(text string) string {
	return strings.NewReplacer("ς", "σ", "\u0307", "").Replace(strings.ToLower(text))
}
