// Package storetest gives a test a real database: an SQLite file, and a
// database of its own on a PostgreSQL server.
//
// It never skips: a test that did not run has not passed. Where the server
// comes from is described in package postgres; a run of many packages shares one
// through the command withpostgres. A package whose tests use a database has
//
//	func TestMain(m *testing.M) { storetest.Main(m) }
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"attributed/store"
	"attributed/store/storetest/postgres"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that pgtestdb is told to use
	"github.com/peterldowns/pgtestdb"
	"github.com/peterldowns/pgtestdb/migrators/common"
)

// Each runs test on an empty, migrated store of every database we support, at the same time:
// what test shares with the other run of it, it must not change.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		s := Open(t, SQLiteURL(t))
		if err := s.MigrateUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		test(t, s)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Open(t, clone(t, migrated{})))
	})
}

// EachURL runs test with the URL of an empty database, without any table, of
// every kind we support.
func EachURL(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, SQLiteURL(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, PostgresURL(t)) })
}

// SQLiteURL returns the URL of a file that does not exist yet.
func SQLiteURL(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
}

// PostgresURL returns the URL of a database without any table.
func PostgresURL(t testing.TB) string {
	t.Helper()
	return clone(t, pgtestdb.NoopMigrator{})
}

// Open opens the store at url until the test ends.
func Open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, slog.New(slog.NewTextHandler(t.Output(), nil)))
	return untilTheEnd(t, s, err, url)
}

// untilTheEnd lets the test use a store that was opened.
func untilTheEnd(t testing.TB, s *store.Store, err error, url string) *store.Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	watch(t, s, url)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	opened(t, s)
	return s
}

// OnOpen has seen called with each store that Open opens from now on. It is for a TestMain.
func OnOpen(seen func(testing.TB, *store.Store)) { opened = seen }

var opened = func(testing.TB, *store.Store) {}

// Main runs the tests of a package, and stops the PostgreSQL server if they
// started one.
func Main(m *testing.M) {
	m.Run() // its result becomes the exit code once TestMain returns
	if private.server != nil {
		if err := private.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

// private is the server that this process started, if it had to.
var private struct {
	sync.Mutex
	server *postgres.Server
}

// serverURL returns a superuser's URL of the PostgreSQL server to test on.
func serverURL() (string, error) {
	if url := os.Getenv(postgres.URLVariable); url != "" {
		return url, nil
	}
	private.Lock()
	defer private.Unlock()
	if private.server == nil {
		server, err := postgres.Start(context.Background(), postgres.ForTests) // outlives the test that happens to be first
		if err != nil {
			return "", err
		}
		private.server = server
	}
	return private.server.URL(), nil
}

// clone copies the database that template made, which takes milliseconds where
// migrating takes seconds, and drops the copy after the test.
func clone(t testing.TB, template pgtestdb.Migrator) string {
	t.Helper()
	address, err := serverURL()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("%s is no URL", postgres.URLVariable) // the error would show the password
	}
	port := u.Port()
	if port == "" {
		port = "5432"
	}
	password, _ := u.User.Password()
	return pgtestdb.Custom(dropAlways{t}, pgtestdb.Config{
		DriverName:                "pgx",
		Host:                      u.Hostname(),
		Port:                      port,
		User:                      url.User(u.User.Username()).String(), // escaped: pgtestdb makes a URL of them as they are
		Password:                  url.User(password).String(),
		Database:                  filepath.Base(u.Path),
		Options:                   u.RawQuery,
		ForceTerminateConnections: true, // of programs that a test killed
	}, template).URL()
}

// dropAlways has pgtestdb drop the databases of failed tests too: the server
// may be somebody's own.
type dropAlways struct{ testing.TB }

func (dropAlways) Failed() bool { return false }

// started is the folder of the package under test, wherever the test goes.
var started, _ = os.Getwd()

// migrated is a template with the newest schema.
type migrated struct{}

// Hash tells templates apart on a server that outlives an edit of a migration.
func (migrated) Hash() (string, error) {
	root, err := module()
	if err != nil {
		return "", err
	}
	hash := common.NewRecursiveHash(common.Field("history", "attributed_migrations"))
	err = hash.AddDirs(nil, "*.sql", filepath.Join(root, "store", "migrations", "postgres"))
	return hash.String(), err
}

// module is the folder of the module under test.
func module() (string, error) {
	for folder := started; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", fmt.Errorf("%s is in no Go module", started)
		}
	}
}

func (migrated) Migrate(ctx context.Context, _ *sql.DB, config pgtestdb.Config) error {
	s, err := store.Open(ctx, config.URL(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close()
	return s.MigrateUp(ctx)
}
