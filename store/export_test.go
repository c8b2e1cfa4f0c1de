package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
)

// ErrUnreplicated is behind the error of a change that no synchronous replica has.
var ErrUnreplicated = errUnreplicated

// LSN is the place in the log of a position that a change left.
func LSN(left string) uint64 { return parsePosition(left).lsn }

// CountStatements counts what s sends to its database from now on.
func CountStatements(s *Store) *atomic.Int64 {
	statements := new(atomic.Int64)
	SeeStatements(s, func(string) { statements.Add(1) })
	return statements
}

// OrganizationOf returns an organization without a token of anybody in it: beside a Lightdash, to look
// one up for the first time takes a tenth of a second.
func OrganizationOf(ctx context.Context, s *Store, uuid string) (Organization, error) {
	of := Organization{UUID: uuid}
	return of, s.read.WithContext(ctx).Raw(`SELECT organization_id FROM organizations WHERE organization_uuid = ?`, uuid).Row().Scan(&of.id)
}

// SeeStatements calls see with each statement that s sends to its database from now on, migrations apart.
func SeeStatements(s *Store, see func(statement string)) {
	WaitForTokenUses(s) // nothing else may use the sessions while they are changed
	for _, session := range []**gorm.DB{&s.write, &s.read} {
		*session = (*session).WithContext(context.Background()) // with a Statement of its own
		(*session).Statement.ConnPool = seenPool{seenStatements{(*session).Statement.ConnPool, see}}
	}
}

// seenStatements sees what is sent by a pool or a transaction.
type seenStatements struct {
	gorm.ConnPool
	see func(string)
}

func (c seenStatements) ExecContext(ctx context.Context, statement string, parameters ...any) (sql.Result, error) {
	c.see(statement)
	return c.ConnPool.ExecContext(ctx, statement, parameters...)
}

func (c seenStatements) QueryContext(ctx context.Context, statement string, parameters ...any) (*sql.Rows, error) {
	c.see(statement)
	return c.ConnPool.QueryContext(ctx, statement, parameters...)
}

func (c seenStatements) QueryRowContext(ctx context.Context, statement string, parameters ...any) *sql.Row {
	c.see(statement)
	return c.ConnPool.QueryRowContext(ctx, statement, parameters...)
}

// seenPool begins transactions that are seen too.
type seenPool struct{ seenStatements }

func (p seenPool) BeginTx(ctx context.Context, options *sql.TxOptions) (gorm.ConnPool, error) {
	switch pool := p.ConnPool.(type) {
	case gorm.ConnPoolBeginner: // seen already
		tx, err := pool.BeginTx(ctx, options)
		return &seenTransaction{seenStatements{tx, p.see}}, err
	default:
		tx, err := pool.(gorm.TxBeginner).BeginTx(ctx, options)
		return &seenTransaction{seenStatements{tx, p.see}}, err
	}
}

type seenTransaction struct{ seenStatements }

func (t seenTransaction) Commit() error   { return t.ConnPool.(gorm.TxCommitter).Commit() }
func (t seenTransaction) Rollback() error { return t.ConnPool.(gorm.TxCommitter).Rollback() }

// SetClock makes s live at the time that now returns.
func SetClock(s *Store, now func() time.Time) { s.now = now }

// WaitForTokenUses returns when the uses that were noted so far are written.
func WaitForTokenUses(s *Store) {
	s.usage.stop()
	s.usage = newTokenUsage(context.Background(), s, slog.New(slog.DiscardHandler))
}

// HashOf is what is kept of a token.
func HashOf(token string) string { return hashOf(token).String() }

// LongList is from how many attributes on a list's first are read by themselves.
const LongList = longList

// ReadBackwards makes s read values before the attributes that they are of.
func ReadBackwards(s *Store) {
	s.queries.readAll = "SELECT * FROM (" + s.queries.readAll + ") AS backwards ORDER BY made DESC, user_attribute_uuid, holder IS NULL, holder DESC"
}

// ReadOldestFirst makes s be told attributes in another order than it asks for.
func ReadOldestFirst(s *Store) {
	s.queries.readAll = "SELECT * FROM (" + s.queries.readAll + ") AS forwards ORDER BY made, user_attribute_uuid DESC"
}

// ListUserAttributes returns what EachUserAttribute tells, or nothing with its error.
func (s *Store) ListUserAttributes(ctx context.Context, organization Organization) ([]UserAttribute, error) {
	all := []UserAttribute{}
	begin := func() error { all = all[:0]; return nil }
	err := s.EachUserAttribute(ctx, organization, begin, func(a *UserAttribute) error {
		one := UserAttribute{UUID: strings.Clone(a.UUID), CreatedAt: a.CreatedAt, OrganizationUUID: a.OrganizationUUID}
		one.Name, one.Defaults = strings.Clone(a.Name), cloned(a.Defaults)
		if a.Description != nil {
			description := strings.Clone(*a.Description)
			one.Description = &description
		}
		for _, user := range a.Users {
			one.Users = append(one.Users, UserValue{strings.Clone(user.UserUUID), cloned(user.Values), strings.Clone(user.Email)})
		}
		for _, group := range a.Groups {
			one.Groups = append(one.Groups, GroupValue{strings.Clone(group.GroupUUID), cloned(group.Values)})
		}
		all = append(all, one)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// cloned returns texts that stay when the memory of these is used again.
func cloned(texts []string) []string {
	all := slices.Clone(texts)
	for i, text := range all {
		all[i] = strings.Clone(text)
	}
	return all
}

// LogTo has what s does from now on told there.
func (s *Store) LogTo(log *slog.Logger) { s.log = log }

// Read reads the first column of all rows of a query, as lists are read.
func Read(ctx context.Context, s *Store, query string) (values []int64, err error) {
	err = s.reading(ctx, s.shares.people, "read", func(db *gorm.DB) error {
		return eachRow(db.Raw(query), func(rows *sql.Rows) error {
			var value int64
			err := rows.Scan(&value)
			values = append(values, value)
			return err
		})
	})
	return values, err
}

// HoldingForChange returns how the changes of a store wait for their connections.
func HoldingForChange() func(run func(context.Context) error) func(context.Context) error {
	return newShares(postgresDialect).changes.holding
}

// OpenPostgres opens a pool whose connections are replaced at an age.
func OpenPostgres(url string, age time.Duration) (*sql.DB, error) {
	return openPostgres(url, age, 0, sql.OpenDB)
}

// LimitPages lets the SQLite file of s have so many pages and no more, or those that it has.
func LimitPages(ctx context.Context, s *Store, pages int) error {
	_, err := s.pools[0].ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
	return err
}

// Tables are those that every database of ours has, those first that others refer to.
var Tables = tables

// Additions are the migrations of both engines from a version on, as SQL by file.
func Additions(from int64) (map[string]string, error) {
	found := map[string]string{}
	err := fs.WalkDir(migrations, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		version, err := goose.NumericComponent(path)
		if err != nil || version < from {
			return err
		}
		statements, err := migrations.ReadFile(path)
		found[path] = string(statements)
		return err
	})
	return found, err
}

// LightdashHash is what a Lightdash with this secret keeps of a token.
func LightdashHash(secret, token string) (string, error) {
	salt, err := lightdashSalt([]byte(secret))
	if err != nil {
		return "", err
	}
	return lightdashHash(token, salt)
}

// HashNothing takes all places of those who hash tokens as a Lightdash does. It returns what gives them
// back.
func HashNothing(s *Store) (release func()) {
	var places int64
	for s.hashes.hashing.TryAcquire(1) {
		places++
	}
	return func() { s.hashes.hashing.Release(places) }
}

// SeenTimeline is the timeline on which a replica last said that it is; 0 where it does not answer.
func SeenTimeline(s *Store, place string) uint32 {
	for _, one := range s.replicas.all {
		if at := one.answering.Load(); at != nil && one.place == place {
			return at.seen.timeline
		}
	}
	return 0
}

// Absence is whether a primary can be reached, of which looks are told.
type Absence struct{ *absence }

// NewAbsence returns one of a primary that could be reached just now.
func NewAbsence(most time.Duration) Absence { return Absence{newAbsence(most)} }

// Looked tells it of a look that found err, and returns what the log is told of that, and whether the primary can be reached.
func (a Absence) Looked(err error) (told string, reachable bool) {
	_, told = a.found(time.Now(), err)
	return told, !a.away()
}

// ErrSilent is of a look that was not answered in time.
var ErrSilent = errSilent

// RefusesOnly reports whether err is the word of a primary that is there.
func RefusesOnly(err error) bool { return refusesOnly(err) }
