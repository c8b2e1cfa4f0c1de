package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"
)

func TestFullDiskIsToldAsItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		large := strings.Repeat("x", 1<<20)
		create := func(name string) error {
			_, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: name, Defaults: []string{large}})
			return err
		}
		if storetest.IsSQLite(s) {
			if err := store.LimitPages(t.Context(), s, 1); err != nil {
				t.Fatal(err)
			}
		} else {
			storetest.Exec(t, s, `CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
				$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`)
			storetest.Exec(t, s, `CREATE TRIGGER no_room BEFORE INSERT ON user_attributes FOR EACH ROW EXECUTE FUNCTION no_room()`)
		}
		err := create("refused")
		if kindOf(t, err) != store.Unavailable || !strings.Contains(err.Error(), "no room left on its disk") {
			t.Errorf("%v (%v)", err, errors.Unwrap(err))
		}
		if all, err := s.ListUserAttributes(t.Context(), organization); err != nil || len(all) != 0 {
			t.Errorf("with a full disk %d are listed: %v", len(all), err)
		}
		if storetest.IsSQLite(s) {
			if err := store.LimitPages(t.Context(), s, 1<<20); err != nil {
				t.Fatal(err)
			}
		} else {
			storetest.Exec(t, s, `DROP TRIGGER no_room ON user_attributes`)
		}
		if err := create("taken"); err != nil {
			t.Errorf("with room again: %v (%v)", err, errors.Unwrap(err))
		}
	})
}

func TestTheWALBecomesSmallAgain(t *testing.T) {
	url := storetest.SQLiteURL(t)
	s := storetest.Open(t, url+"?synchronous=normal")
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, s)
	large, created := strings.Repeat("x", 1<<20), 0
	size := func() int64 {
		t.Helper()
		if _, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: fmt.Sprint(created), Defaults: []string{large}}); err != nil {
			t.Fatal(err)
		}
		created++
		file, err := os.Stat(strings.TrimPrefix(url, "sqlite:") + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return file.Size()
	}
	reader, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	reading, err := reader.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var rows int
	if err := reading.QueryRowContext(t.Context(), `SELECT count(*) FROM users`).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	for size() < 24<<20 { // while somebody reads nothing of it can be used again
	}
	if err := reading.Rollback(); err != nil {
		t.Fatal(err)
	}
	size()
	if now := size(); now > 16<<20 {
		t.Errorf("after the read the WAL has %d bytes", now)
	}
}
