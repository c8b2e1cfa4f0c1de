package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/libtnb/sqlite"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
	driver "modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"attributed/store/datafile"
)

var sqliteJSON = jsonFunctions{
	object: `json_object`, pairs: `json_group_object`,
	value:        func(expression string) string { return `json(` + expression + `)` },
	withoutNulls: func(object string) string { return `json_patch('{}', ` + object + `)` }, // RFC 7396
}

var sqliteDialect = dialect{
	layout:            ourLayout,
	goose:             goose.DialectSQLite3,
	migrations:        "migrations/sqlite",
	check:             func(context.Context, *sql.DB, *dialect) error { return nil },
	endInTime:         answerAtOnce,
	checkRights:       func(context.Context, *sql.DB) error { return nil },
	gorm:              func(pool gorm.ConnPool) gorm.Dialector { return sqlite.New(sqlite.Config{Conn: pool}) },
	relations:         `(SELECT name FROM sqlite_master)`,
	readable:          func(table string) string { return `EXISTS (SELECT 1 FROM sqlite_master WHERE name = '` + table + `')` },
	marks:             []string{"user_attributes_organization_id_created_at"},
	lockMigrations:    `SELECT 1`, // there is one writer
	pairs:             `(SELECT key AS position, value ->> 0 AS uuid, value ->> 1 AS value, value ->> 1 AS value_uuid FROM json_each(?))`,
	list:              jsonList,
	asList:            func(text string) string { return text },
	asText:            func(column string) string { return column },
	asTextOfGroup:     func(column string) string { return column },
	length:            func(column string) string { return `json_array_length(` + column + `)` },
	json:              sqliteJSON,
	texts:             `(SELECT key AS position, value FROM json_each(?))`,
	inOrder:           ` CROSS JOIN `,
	contains:          func(text string) string { return `contains_in_any_case(` + text + `, ?)` },
	lockNames:         `SELECT ?`, // there is one writer
	lockOrganizations: `SELECT 1`,
	oneWriter:         true,
	snapshot:          &sql.TxOptions{ReadOnly: true},
	file:              sqliteFile,
	stale:             func(error) bool { return false },
	full: func(err error) bool {
		e, ok := errors.AsType[*driver.Error](err)
		return ok && e.Code()&0xff == sqlitelib.SQLITE_FULL
	},
	transient: func(error) bool { return false }, // one writer: there is nobody to collide with
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

// walLimit is what the file of the WAL is cut to once all of it is in the database: while there
// are long reads it grows past the 4 MB at which SQLite copies it, and would stay as large.
const walLimit = 16 << 20

// sqliteFile is the dialect.file of SQLite.
func sqliteFile(url string) (*datafile.File, error) {
	path, _, err := parseSQLite(strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		return nil, err
	}
	return datafile.Watch(path)
}

// openSQLite opens the file at path twice: one connection that writes, since
// SQLite has one writer at a time and queueing for it here is fairer and faster
// than polling its lock, and a pool that only reads.
func openSQLite(path string, open poolOpener) (write, read *sql.DB, err error) {
	path, synchronous, err := parseSQLite(path)
	if err != nil {
		return nil, nil, err
	}
	common := url.Values{
		"_pragma": {"busy_timeout(5000)", "foreign_keys(1)", "journal_mode(wal)", fmt.Sprintf("journal_size_limit(%d)", walLimit), fmt.Sprintf("synchronous(%s)", synchronous)},
		"_txlock": {"immediate"}, // a transaction that first reads and then writes would fail at once when another wrote in between
	}
	file := "file:" + (&url.URL{Path: path}).EscapedPath() + "?"
	engine := &driver.Driver{} // of our own: what is registered with the package's is everybody's
	if err := engine.RegisterDeterministicScalarFunction("contains_in_any_case", 2, containsInAnyCase); err != nil {
		return nil, nil, err
	}
	write = open(sqliteConnector{engine, file + common.Encode()})
	write.SetMaxOpenConns(1)
	read = open(sqliteConnector{engine, file + "_pragma=busy_timeout(5000)&_pragma=query_only(1)"})
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
