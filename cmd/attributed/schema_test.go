package main

import (
	"net/http"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"
)

func TestServeWaitsForItsSchema(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		waiting := serve(t, "--migrate=off", "--database", url)
		unavailable := func(when string) {
			t.Helper()
			if err := once(t, nil, "ready", "http://"+waiting.address).err; err == nil {
				t.Errorf("%s: it is ready", when)
			}
			if status, body := create(t, waiting.address, "ldpat_00000000000000000000000000000000", "country"); status != http.StatusServiceUnavailable || !strings.Contains(body, "schema") {
				t.Errorf("%s: create: %d %s", when, status, body)
			}
		}
		unavailable("an empty database")
		if tables := storetest.Open(t, url); tables.Ping(t.Context()) == nil {
			t.Error("it has migrated")
		}
		refused(t, variablesOf{"ATTRIBUTED_DATABASE": url, "ATTRIBUTED_LISTEN": "127.0.0.1:0"}, "serve --demo --migrate=off", 1, "run attributed migrate up")
		s := organizations(t, url) // which migrates
		if err := s.MigrateDown(t.Context()); err != nil {
			t.Fatal(err)
		}
		unavailable("one that is behind")
		if err := s.MigrateUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.LoadDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
		token := strings.TrimSpace(once(t, variablesOf{"DATABASE_URL": url}, "token", "create", "--email", store.DemoEmail).stdout)
		if status, body := create(t, waiting.address, token, "country"); status != http.StatusOK {
			t.Errorf("migrated: create: %d %s", status, body)
		}
		if err := once(t, nil, "ready", "http://"+waiting.address).err; err != nil {
			t.Errorf("migrated: %v", err)
		}
		if err := waiting.stop(); err != nil {
			t.Error(err)
		}
		if log := waiting.log.String(); strings.Count(log, "waiting for attributed migrate up") != 1 || strings.Contains(log, "not removed") {
			t.Errorf("the log:\n%s", log)
		}
	})
}

// asLater makes the database what a later program leaves: migrations only add.
func asLater(t *testing.T, s *store.Store) {
	t.Helper()
	storetest.Exec(t, s, `CREATE TABLE added_later (added text)`)
	for _, table := range []string{"users", "groups", "personal_access_tokens", "user_attributes", "organization_member_user_attributes", "group_user_attributes"} {
		storetest.Exec(t, s, `ALTER TABLE `+table+` ADD COLUMN added_later text NOT NULL DEFAULT 'later'`)
	}
	storetest.Exec(t, s, `INSERT INTO attributed_migrations (version_id, is_applied) VALUES (99999, true)`)
}

func TestServeOnANewerSchema(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		asLater(t, organizations(t, url))
		older := serve(t, "--demo", "--database", url, "--check-responses=enforce")
		if status, body := create(t, older.address, tokenPattern.FindString(older.demo), "country"); status != http.StatusOK {
			t.Errorf("create: %d %s", status, body)
		}
		if err := once(t, nil, "ready", "http://"+older.address).err; err != nil {
			t.Error(err)
		}
		if got := once(t, variablesOf{"DATABASE_URL": url}, "token", "create", "--email", store.DemoEmail); got.err != nil {
			t.Error(got.err)
		}
		if err := older.stop(); err != nil {
			t.Error(err)
		}
		if log := older.log.String(); strings.Count(log, "the database is newer than this program") != 1 {
			t.Errorf("the log:\n%s", log)
		}
	})
}
