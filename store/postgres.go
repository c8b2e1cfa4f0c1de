package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"attributed/store/datafile"
)

// postgresPairs ends with a condition that holds always. Without it the planner takes
// any array for one of a hundred elements, and reads a table of 10,000 users from its
// start to its end to find ten; with it, for one of a single element, and looks up each
// by the index. That is ten times as fast for ten, and a fifth slower for all 10,000.
const postgresPairs = `(
	SELECT n - 1 AS position, (pair ->> 0)::uuid AS uuid, pair ->> 1 AS value, (pair ->> 1)::uuid AS value_uuid
	FROM json_array_elements(?::json) WITH ORDINALITY AS pairs (pair, n)
	WHERE n BETWEEN 1 AND 1000000000)`

var postgresJSON = jsonFunctions{
	object: `json_build_object`, pairs: `json_object_agg`,
	value:        func(expression string) string { return expression },
	withoutNulls: func(object string) string { return `json_strip_nulls(` + object + `)` },
}

var postgresDialect = dialect{
	layout:        ourLayout,
	goose:         goose.DialectPostgres,
	migrations:    "migrations/postgres",
	check:         checkPostgres,
	endInTime:     func(*gorm.DB) error { return nil }, // it cancels by itself, see openPostgres
	checkRights:   checkPostgresRights,
	migrationLock: postgresMigrationLock,
	gorm:          func(pool gorm.ConnPool) gorm.Dialector { return postgres.New(postgres.Config{Conn: pool}) },
	relations:     `(SELECT relname::text AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = current_schema())`,
	readable: func(table string) string {
		return `COALESCE(has_table_privilege(to_regclass('` + table + `'), 'SELECT'), false)`
	},
	marks:             []string{"user_attributes_organization_id_created_at", "user_attributes_organization_id_user_attribute_uuid_key"},
	lockMigrations:    `SELECT pg_advisory_xact_lock(1635021924, 0)`, // as lockNames, of an organization that there is not
	pairs:             postgresPairs,
	list:              postgresList,
	asList:            func(text string) string { return text + `::text[]` },
	asText:            postgresListAsText,
	asTextOfGroup:     postgresListAsText,
	length:            func(column string) string { return `cardinality(` + column + `)` },
	json:              postgresJSON,
	texts:             `(SELECT n - 1 AS position, value FROM json_array_elements_text(?::json) WITH ORDINALITY AS texts (value, n))`,
	inOrder:           ` JOIN `,
	byBytes:           ` COLLATE "C"`,
	contains:          postgresContains(""),
	lockNames:         `SELECT pg_advisory_xact_lock(1635021924, ?)`, // the first number sets it apart from other programs' locks
	lockCall:          `SELECT pg_try_advisory_xact_lock(?)`,         // one number, and so no lock of those above, which have two
	lockOrganizations: `LOCK TABLE organizations IN SHARE ROW EXCLUSIVE MODE`,
	numbers:           true,
	oneStatement:      true,
	hangs:             true,
	snapshot:          &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
	file:              func(string) (*datafile.File, error) { return nil, nil },
	full: func(err error) bool {
		e, ok := errors.AsType[*pgconn.PgError](err)
		return ok && e.Code == "53100" // disk_full
	},
	transient: func(err error) bool {
		e, ok := errors.AsType[*pgconn.PgError](err)
		return ok && (e.Code == "40001" || e.Code == "40P01") // serialization_failure, deadlock_detected
	},
	stale: func(err error) bool {
		if _, connecting := errors.AsType[*pgconn.ConnectError](err); connecting {
			return false
		}
		if e, ok := errors.AsType[*pgconn.PgError](err); ok {
			return e.Code == readOnly || (errors.Is(err, errNothingDone) && strings.HasPrefix(e.Code, "57P")) // the server stops, or ended the connection
		}
		if pgconn.Timeout(err) || errors.Is(err, context.Canceled) {
			return false
		}
		return pgconn.SafeToRetry(err) || errors.Is(err, sqldriver.ErrBadConn) || errors.Is(err, errNothingDone)
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

// checkPostgres is the dialect.check of PostgreSQL: whether it can hold any text, and
// whether it knows the cases of all letters.
func checkPostgres(ctx context.Context, pool *sql.DB, found *dialect) error {
	if err := checkPooler(ctx, pool); err != nil {
		return err
	}
	var encoding string
	var icu bool
	err := refusal(pool.QueryRowContext(ctx, `
		SELECT current_setting('server_encoding'), EXISTS (SELECT 1 FROM pg_collation WHERE collname = $1)`, icuCollation).Scan(&encoding, &icu))
	if errors.Is(err, errPooler) {
		return err
	}
	if err != nil {
		return fmt.Errorf("the database cannot be opened: %w", err)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database's encoding is %s; create it with ENCODING 'UTF8'", encoding)
	}
	if icu {
		found.contains = postgresContains(` COLLATE "` + icuCollation + `"`)
	}
	return nil
}

// checkPostgresRights is the dialect.checkRights of PostgreSQL.
func checkPostgresRights(ctx context.Context, pool *sql.DB) error {
	var role, path string
	var schema sql.NullString
	var create sql.NullBool
	err := pool.QueryRowContext(ctx, `
		SELECT quote_ident(current_user), quote_ident(current_schema()), current_setting('search_path'), has_schema_privilege(current_schema(), 'CREATE')`).
		Scan(&role, &schema, &path, &create)
	switch {
	case err != nil:
		return err
	case !schema.Valid:
		return &Error{Kind: Invalid, Message: fmt.Sprintf("The role %s may use no schema of its search_path (%s): run GRANT USAGE, CREATE ON SCHEMA public TO %[1]s; as the database's owner, or have the search_path name another schema.", role, path)}
	case !create.Bool:
		return &Error{Kind: Invalid, Message: fmt.Sprintf("The role %s lacks the right CREATE on the schema %s, which migrations need: run GRANT CREATE ON SCHEMA %[2]s TO %[1]s; as the schema's owner, or attributed migrate up with another role.", role, schema.String)}
	}
	return nil
}

// postgresMigrationLock is the dialect.migrationLock of PostgreSQL. Those who wait look
// once a second whether it is free.
func postgresMigrationLock() (lock.SessionLocker, error) {
	return lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
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

const opened = "opened" // when opening a connection began, in its data

// greatestAge is when a connection is replaced, so that one which leads to a server that is
// no longer the right one, or holds memory there, comes to an end whatever it answers.
const greatestAge = 30 * time.Minute

// openPostgres opens a pool at url, whose connections are replaced at an age. It connects
// only when it is first used. Where within is not 0 a host may take only so long to connect that
// the last of several is asked before that is over, and it is over where none of them answers.
func openPostgres(url string, age, within time.Duration, open poolOpener) (*sql.DB, error) {
	config, err := parsePostgres(url)
	if err != nil {
		return nil, err
	}
	return openConfig(config, age, within, open), nil
}

// openConfig is openPostgres with what the URL says.
func openConfig(config *pgx.ConnConfig, age, within time.Duration, open poolOpener) *sql.DB {
	hosts := places(&config.Config)
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout(hosts)
	}
	if within != 0 {
		config.ConnectTimeout = min(config.ConnectTimeout, 2*within/time.Duration(2*hosts-1))
	}
	config.DialFunc = dialer.DialContext
	if _, ok := config.RuntimeParams["timezone"]; !ok {
		config.RuntimeParams["timezone"] = "UTC" // goose keeps its times without a zone, as the session's clock shows them
	}
	// A statement that is given up is canceled on the server too: left to itself
	// it could wait for a lock and be carried out after the client was told that it failed.
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &canceler{
			asks:  &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: time.Second},
			drops: &pgconn.DeadlineContextWatcherHandler{Conn: conn.Conn()},
		}
	}
	ends := config.OnPgError
	config.OnPgError = func(conn *pgconn.PgConn, err *pgconn.PgError) bool { return err.Code != readOnly && ends(conn, err) }
	config.OnNotice, config.Tracer = replicationWatch{}.notice, replicationWatch{}
	// Our own pool, not GORM's: that one reads a time zone out of the URL and applies it to times that have none.
	db := open(stdlib.GetConnector(*config, stdlib.OptionBeforeConnect(func(_ context.Context, config *pgx.ConnConfig) error {
		began := time.Now() // by its end the server may have ended it already
		config.AfterConnect = func(_ context.Context, conn *pgconn.PgConn) error {
			conn.CustomData()[opened] = began
			return nil
		}
		return nil
	}), stdlib.OptionResetSession(func(ctx context.Context, conn *pgx.Conn) error {
		if at, ok := conn.PgConn().CustomData()[opened].(time.Time); ok && tooOld(ctx, at) {
			return sqldriver.ErrBadConn // the pool ends it and takes another
		}
		return nil
	})))
	db.SetMaxOpenConns(connections())
	db.SetMaxIdleConns(connections())
	db.SetConnMaxLifetime(age)
	return db
}

// canceler asks the server to cancel a statement that was given up, unless that answers nothing:
// then it drops the connection.
type canceler struct{ asks, drops, used ctxwatch.Handler }

// HandleCancel begins to end what ctx was for.
func (c *canceler) HandleCancel(ctx context.Context) {
	c.used = c.asks
	if errors.Is(context.Cause(ctx), errSilent) {
		c.used = c.drops
	}
	c.used.HandleCancel(ctx)
}

// HandleUnwatchAfterCancel ends that.
func (c *canceler) HandleUnwatchAfterCancel() { c.used.HandleUnwatchAfterCancel() }
