package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"attributed/store"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/peterldowns/pgtestdb"
)

// LightdashTables make the tables of a Lightdash of version 0.2110, as its own migrations leave them.
//
//go:embed lightdash/tables.sql
var LightdashTables string

// SeveralValues makes of them those of a newer version, with several values for each.
//
//go:embed lightdash/several.sql
var SeveralValues string

// Form is in which form a Lightdash's database keeps values.
type Form string

// The two forms that there are.
const (
	Single  Form = "single"
	Several Form = "several"
)

// Lightdash returns the URL of a database that is a Lightdash's, in one of its forms, and empty. Its user
// owns it.
func Lightdash(t testing.TB, form Form) string {
	t.Helper()
	return clone(t, lightdash(form))
}

// EachLightdash runs test with a database of each form, at the same time.
func EachLightdash(t *testing.T, test func(t *testing.T, form Form, url string)) {
	eachForm(t, test, Single, Several)
}

func eachForm(t *testing.T, test func(t *testing.T, form Form, url string), forms ...Form) {
	for _, form := range forms {
		t.Run("lightdash "+string(form), func(t *testing.T) {
			t.Parallel()
			test(t, form, Lightdash(t, form))
		})
	}
}

// EachWithLightdash is Each, and once more beside a Lightdash of each form, as a role that has no rights but
// those of deploy/lightdash/grants.sql. What is done past the store, the database's owner does.
func EachWithLightdash(t *testing.T, test func(t *testing.T, s *store.Store)) {
	eachWith(t, BesideLightdash, test, Single, Several)
}

// EachWithSingle is EachWithLightdash for the form alone that keeps one value for each.
func EachWithSingle(t *testing.T, test func(t *testing.T, s *store.Store)) {
	eachWith(t, BesideLightdash, test, Single)
}

// EachWithSeveral is EachWithLightdash for the form alone that keeps several.
func EachWithSeveral(t *testing.T, test func(t *testing.T, s *store.Store)) {
	eachWith(t, BesideLightdash, test, Several)
}

// EachWithPrepared is EachWithLightdash where lightdash prepare has made the tables for the audit and for answers.
// Exec and Query find them by their names alone, and the store does not.
func EachWithPrepared(t *testing.T, test func(t *testing.T, s *store.Store)) {
	eachWith(t, besidePrepared, test, Single, Several)
}

// EachWithSinglePrepared is EachWithPrepared for the form alone that keeps one value for each.
func EachWithSinglePrepared(t *testing.T, test func(t *testing.T, s *store.Store)) {
	eachWith(t, besidePrepared, test, Single)
}

// EachWithSeveralPrepared is EachWithPrepared for the form alone that keeps several.
func EachWithSeveralPrepared(t *testing.T, test func(t *testing.T, s *store.Store)) {
	eachWith(t, besidePrepared, test, Several)
}

func eachWith(t *testing.T, open func(testing.TB, string) *store.Store, test func(t *testing.T, s *store.Store), forms ...Form) {
	Each(t, test)
	eachForm(t, func(t *testing.T, _ Form, url string) { test(t, open(t, url)) }, forms...)
}

// besidePrepared is BesideLightdash after lightdash prepare.
func besidePrepared(t testing.TB, url string) *store.Store {
	t.Helper()
	if err := store.PrepareLightdash(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	owner := Connect(t, url)
	name := pgx.Identifier{owner.Config().Database}.Sanitize()
	if _, err := owner.Exec(t.Context(), `ALTER ROLE CURRENT_USER IN DATABASE `+name+` SET search_path = public, attributed`); err != nil {
		t.Fatal(err)
	}
	address := LeastRights(t, url)
	GrantPrepared(t, url, address)
	return openLightdash(t, url, address, store.Lightdash{Secret: []byte(LightdashSecret)}, warnings(t))
}

// LightdashSecret is that of the Lightdash in a test.
const LightdashSecret = "an example secret"

// BesideLightdash opens the store on a Lightdash's database, which is given by the URL of its owner, as a role
// with the least rights, until the test ends.
func BesideLightdash(t testing.TB, url string) *store.Store {
	t.Helper()
	return OpenLightdash(t, url, store.Lightdash{Secret: []byte(LightdashSecret)})
}

// OpenLightdash is BesideLightdash with what must be known of the Lightdash.
func OpenLightdash(t testing.TB, url string, beside store.Lightdash) *store.Store {
	t.Helper()
	return openLightdash(t, url, LeastRights(t, url), beside, warnings(t))
}

// warnings is where a store logs beside a Lightdash: every change is told there.
func warnings(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// OpenAgain opens the database of s as another process would that serves it too.
func OpenAgain(t testing.TB, s *store.Store) *store.Store {
	t.Helper()
	if found, ok := besides.Load(s); ok {
		return openLightdash(t, URL(s), found.(besideOne).address, store.Lightdash{Secret: []byte(LightdashSecret)}, warnings(t))
	}
	return Open(t, URL(s))
}

// BesideLightdashLogging is BesideLightdash with what the store has logged, which is to be read when nobody
// calls it.
func BesideLightdashLogging(t testing.TB, url string) (*store.Store, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	return openLightdash(t, url, LeastRights(t, url), store.Lightdash{Secret: []byte(LightdashSecret)}, slog.New(slog.NewTextHandler(&log, nil))), &log
}

// openLightdash opens a store by the address of a role, and by the URL of the owner what sees past it.
func openLightdash(t testing.TB, url, address string, beside store.Lightdash, log *slog.Logger) *store.Store {
	t.Helper()
	s, err := store.OpenLightdash(t.Context(), address, log, beside)
	untilTheEnd(t, s, err, url)
	owning, err := store.Open(t.Context(), url, log)
	if err != nil {
		t.Fatal(err)
	}
	besides.Store(s, besideOne{address, owning})
	t.Cleanup(func() {
		besides.Delete(s)
		if err := owning.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// besides has the stores that stand beside a Lightdash.
var besides sync.Map // *store.Store -> besideOne

type besideOne struct {
	address string       // of its role
	owning  *store.Store // takes the tables for its own
}

// owner returns the store that may do what s refuses beside a Lightdash.
func owner(s *store.Store) *store.Store {
	if found, ok := besides.Load(s); ok {
		return found.(besideOne).owning
	}
	return s
}

// LeastRights returns the URL of a Lightdash's database for a role of its own, with the rights of
// deploy/lightdash/grants.sql.
func LeastRights(t testing.TB, url string) string {
	t.Helper()
	address, role := asRole(t, url)
	asSuperuser(t.Context(), t, url, `GRANT `+role+` TO `+userOf(t, url)) // who may end its sessions
	grant(t, url, "grants.sql", role)
	return address
}

// GrantPrepared gives the role that LeastRights has made for address the rights of deploy/lightdash/grants-prepared.sql.
func GrantPrepared(t testing.TB, owner, address string) {
	t.Helper()
	grant(t, owner, "grants-prepared.sql", userOf(t, address))
}

// userOf returns the role of a database's URL, quoted.
func userOf(t testing.TB, url string) string {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	return pgx.Identifier{config.User}.Sanitize()
}

// grant gives a role the rights of a file of deploy/lightdash.
func grant(t testing.TB, url, file, role string) {
	t.Helper()
	root, err := module()
	if err != nil {
		t.Fatal(err)
	}
	grants, err := os.ReadFile(filepath.Join(root, "deploy", "lightdash", file))
	if err != nil {
		t.Fatal(err)
	}
	connection := Connect(t, url)
	for statement := range strings.SplitSeq(strings.ReplaceAll(string(grants), " TO attributed;", " TO "+role+";"), "\n") {
		if strings.HasPrefix(statement, "GRANT") {
			_, err := connection.Exec(t.Context(), statement)
			if e, ok := errors.AsType[*pgconn.PgError](err); err != nil && (!ok || e.Code != "42703") { // undefined_column: the other form's
				t.Fatal(err)
			}
		}
	}
}

// Connect connects to the PostgreSQL database at url, past every store, until the test ends.
func Connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close(context.Background()) })
	return connection
}

// LoadDemo fills in the demo organization, also on a Lightdash's database, where the store refuses to.
func LoadDemo(t testing.TB, s *store.Store) {
	t.Helper()
	if err := owner(s).LoadDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// CreateToken makes a token of the user with this e-mail, also on a Lightdash's database.
func CreateToken(t testing.TB, s *store.Store, email string) string {
	t.Helper()
	token, err := owner(s).CreateToken(t.Context(), email, "a test", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// lightdash is a template with these tables.
type lightdash Form

func (l lightdash) script() string {
	if Form(l) == Single {
		return LightdashTables
	}
	return LightdashTables + SeveralValues
}

// Hash tells templates apart on a server that outlives an edit of the tables.
func (l lightdash) Hash() (string, error) {
	hash := sha256.Sum256([]byte(l.script()))
	return "lightdash" + hex.EncodeToString(hash[:]), nil
}

// Migrate makes the tables.
func (l lightdash) Migrate(ctx context.Context, db *sql.DB, _ pgtestdb.Config) error {
	_, err := db.ExecContext(ctx, l.script())
	return err
}
