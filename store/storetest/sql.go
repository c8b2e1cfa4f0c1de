package storetest

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"attributed/store"

	"github.com/libtnb/sqlite"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// sides has, of each open store, a way of its own to the rows, past the store.
var sides sync.Map // *store.Store -> *side

type side struct {
	url string
	db  *gorm.DB
}

// watch lets Exec and Query see the rows of s until the test ends.
func watch(t testing.TB, s *store.Store, url string) {
	t.Helper()
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	dialector := postgres.Open(url + separator + "default_transaction_isolation=read%20committed") // a test does not try again
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		path, _, _ = strings.Cut(filepath.ToSlash(path), "?")
		dialector = sqlite.Open("file:" + path + "?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=synchronous(off)")
	}
	db, err := gorm.Open(dialector, &gorm.Config{Logger: logger.Discard, DisableAutomaticPing: true})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	sides.Store(s, side{url, db})
	t.Cleanup(func() {
		sides.Delete(s)
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
}

func sideOf(s *store.Store) side {
	found, _ := sides.Load(s)
	return found.(side) // Open watches every store
}

// URL is where s has its rows.
func URL(s *store.Store) string { return sideOf(s).url }

// IsSQLite tells the engines apart, for what only one of them can do.
func IsSQLite(s *store.Store) bool { return strings.HasPrefix(URL(s), "sqlite:") }

// Exec changes rows behind the store's back. Parameters are ? on both engines.
func Exec(t testing.TB, s *store.Store, statement string, args ...any) {
	t.Helper()
	if err := sideOf(s).db.Exec(statement, args...).Error; err != nil {
		t.Fatal(err)
	}
}

// Insert adds rows, values by column, to a table behind the store's back. A value may be a
// gorm.Expr.
func Insert(t testing.TB, s *store.Store, table string, rows []map[string]any) {
	t.Helper()
	if len(rows) == 0 {
		return
	}
	if err := sideOf(s).db.Table(table).Create(rows).Error; err != nil {
		t.Fatal(err)
	}
}

// Query reads rows of one column, or of a struct's columns, behind the store's back.
// Parameters are ? on both engines.
func Query[T any](t testing.TB, s *store.Store, statement string, args ...any) []T {
	t.Helper()
	var rows []T
	if err := sideOf(s).db.Raw(statement, args...).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}
