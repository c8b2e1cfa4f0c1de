package storetest

import (
	"database/sql"
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

// urls has the database of every open store, for a look at its rows past the store.
var urls sync.Map // *store.Store -> string

// URL is where s has its rows.
func URL(s *store.Store) string {
	url, _ := urls.Load(s)
	return url.(string)
}

// Exec changes rows behind the store's back. Parameters are ? on both engines.
func Exec(t *testing.T, s *store.Store, statement string, args ...any) {
	t.Helper()
	if err := database(t, s).Exec(statement, args...).Error; err != nil {
		t.Fatal(err)
	}
}

// Query reads rows of one column, or of a struct's columns, behind the store's back.
// Parameters are ? on both engines.
func Query[T any](t *testing.T, s *store.Store, statement string, args ...any) []T {
	t.Helper()
	var rows []T
	if err := database(t, s).Raw(statement, args...).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}

// IsSQLite tells the engines apart, for what only one of them can do.
func IsSQLite(s *store.Store) bool { return strings.HasPrefix(URL(s), "sqlite:") }

func database(t *testing.T, s *store.Store) *gorm.DB {
	t.Helper()
	dialector := postgres.Open(URL(s))
	if IsSQLite(s) {
		path := filepath.ToSlash(strings.TrimPrefix(URL(s), "sqlite:"))
		dialector = sqlite.Open("file:" + path + "?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)")
	}
	db, err := gorm.Open(dialector, &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closePool(t, pool) })
	return db
}

func closePool(t *testing.T, pool *sql.DB) {
	if err := pool.Close(); err != nil {
		t.Error(err)
	}
}
