package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/gorm"

	"attributed/store/datafile"
)

// dialect is all in which databases differ: the two engines, and on one of them whose tables there are.
type dialect struct {
	layout

	goose      goose.Dialect
	migrations string // their folder
	gorm       func(gorm.ConnPool) gorm.Dialector

	// check makes sure that a database that answers can hold what is kept in it, and
	// completes found, its dialect, with what it alone knows. Its errors are for the
	// operator.
	check func(ctx context.Context, pool *sql.DB, found *dialect) error

	// file returns the file that the database at url is kept in, nil where it is a server's.
	file func(url string) (*datafile.File, error)

	// hangs is whether the database is a server, which can stop answering and keep its connections.
	hangs bool

	// endInTime has a query of the reading session end when its context does.
	endInTime func(read *gorm.DB) error

	// checkRights returns an Invalid if the role may not make tables.
	checkRights func(ctx context.Context, pool *sql.DB) error

	// migrationLock makes programs that migrate at the same moment follow each other,
	// where the engine needs to be told; nil is an engine that does not.
	migrationLock func() (lock.SessionLocker, error)

	// relations is a table with the column name: of the tables and indexes that are where
	// a new one would be made.
	relations string

	// readable is a condition: a table is there, and may be read. It takes no lock of it.
	readable func(table string) string

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

	// list is values as a text that a statement takes, asList what the statement makes of
	// that text for a column of several texts; asText is such a column as a listReader reads
	// it, and length how many texts it has.
	list                   func(values []string) string
	asList, asText, length func(expression string) string

	// asTextOfGroup is asText of what a group gives to its members.
	asTextOfGroup func(column string) string

	// json are the functions that make JSON of rows.
	json jsonFunctions

	// inOrder is a JOIN whose left side is gone through first. SQLite would rather go
	// through a whole organization, and through all pairs again for each member of it.
	inOrder string

	// texts is a table with the columns position (from 0) and value, made from one
	// parameter: a JSON array of strings.
	texts string

	// byBytes is put after a text to sort it by its bytes, and not as a locale does; what may be another
	// type's, as Lightdash's e-mails are, is cast to text first.
	byBytes string

	// contains is a condition: the text has its one parameter in it, in any case.
	contains func(text string) string

	// lockOrganizations makes others wait who would add an organization, until the
	// transaction ends.
	lockOrganizations string

	// lockNames makes others of the organization wait who would give an attribute another
	// name, until the transaction ends. Its parameter is the organization.
	lockNames string

	// lockCall answers whether nobody else holds the lock of a number, its one parameter, and takes
	// it until the transaction ends. "" is an engine that only this process writes to.
	lockCall string

	// numbers reports whether parameters are $1, $2, …, and not question marks.
	numbers bool

	// oneStatement reports whether an INSERT may stand in a WITH. It is what makes a
	// create a single round trip.
	oneStatement bool

	// oneWriter is an engine whose changes have a pool of one connection.
	oneWriter bool

	// snapshot is how a transaction is begun that reads the state of one moment.
	snapshot *sql.TxOptions

	// transient reports whether the same transaction, run again, may succeed.
	transient func(error) bool

	// stale reports whether err says that nothing happened, for the connection's sake: on
	// another the same may succeed at once.
	stale func(error) bool

	// full reports whether err, an outage, says that there is no room on the disk.
	full func(error) bool

	// outage reports whether err says that the database is away, busy or full, and
	// not that it was asked something wrong.
	outage func(error) bool
}

// layout is in what the tables of a Lightdash differ from our own.
type layout struct {
	beside *Lightdash // whose database it is; nil is our own

	// ours is the schema with the tables that are ours alone, and a dot: "" where all are. Beside a Lightdash
	// noneOurs is whether there are none.
	ours     string
	noneOurs bool

	single bool // there is one value for each user, group and default, as in an older Lightdash

	values, defaults string // the columns that have those of users and groups, and those of an attribute

	// created is when an attribute was made, from its column, to the millisecond that is told.
	created func(column string) string

	// lockValues makes others wait who would change values, until the transaction ends. "" is where all who do
	// lock the attribute first.
	lockValues string
}

// ourLayout is that of a database of our own.
var ourLayout = layout{
	values:   `"values"`,
	defaults: `attribute_defaults`,
	created:  func(column string) string { return column },
}

// jsonFunctions are the names of an engine's functions: object makes one of names and values in
// turn, pairs one of many rows with a name and a value each; value is a column of several texts, or
// JSON that a query answers, as a part of one; withoutNulls leaves out what is null.
type jsonFunctions struct {
	object, pairs       string
	value, withoutNulls func(expression string) string
}

// jsonPairs is one parameter that holds any number of values, see dialect.pairs.
type jsonPairs [][2]string // each a uuid and a value

// Value implements driver.Valuer.
func (p jsonPairs) Value() (driver.Value, error) {
	text, err := json.Marshal([][2]string(p))
	return string(text), err
}
