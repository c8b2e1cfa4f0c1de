package server_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// slow makes a table answer only after some seconds.
func (a *api) slow(t *testing.T, table string) {
	t.Helper()
	wait := "pg_sleep(3) AS wait"
	if storetest.IsSQLite(a.store) {
		wait = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000000) SELECT count(*) FROM n) AS wait"
	}
	storetest.Exec(t, a.store, fmt.Sprintf(`ALTER TABLE %s RENAME TO quick`, table))
	storetest.Exec(t, a.store, fmt.Sprintf(`CREATE VIEW %s AS SELECT quick.* FROM quick, %s`, table, wait))
	if !storetest.IsSQLite(a.store) {
		storetest.Exec(t, a.store, fmt.Sprintf(`GRANT SELECT ON %s TO PUBLIC`, table))
	}
}

func TestDatabaseThatDoesNotAnswerInTime(t *testing.T) {
	tests := []struct {
		name, table string // the table that is slow
		knowsToken  bool
		cause       string // that the log begins with
	}{
		{"when asked for the token", "personal_access_tokens", false, "authenticate: "},
		{"when asked to create", "emails", true, "create user attribute: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
				a := newAPI(t, s, server.Config{})
				impatient := newAPI(t, s, server.Config{RequestTimeout: 200 * time.Millisecond})
				if tt.knowsToken {
					a.post(t, `{}`).want(t, http.StatusUnprocessableEntity, "ValidateError")
				}
				a.slow(t, tt.table)
				got := impatient.post(t, with("users", user(`"`+store.DemoUserUUID+`"`, `"`+secret+`"`)), header("Authorization", "ApiKey "+a.token))
				got.want(t, http.StatusServiceUnavailable, "ServiceUnavailableError")
				if got.header.Get("Retry-After") == "" || a.rows(t) != 0 {
					t.Errorf("%v %s", got.header, got.body)
				}
				records := impatient.log.lines(t, "request failed")
				if len(records) != 1 || records[0]["level"] != "ERROR" || !strings.HasPrefix(records[0]["error"].(string), tt.cause) {
					t.Errorf("the log has %v", records)
				}
			})
		})
	}
}

// A database that takes no writes refuses them at once, long before a request's time is up.
func TestOutageThatIsToldAtOnceIsNoClientThatWentAway(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		if storetest.IsSQLite(s) {
			return // has no such sessions
		}
		a := newAPI(t, s, server.Config{})
		storetest.Exec(t, s, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`)
		storetest.Exec(t, s, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		for range 3 {
			a.post(t, minimal).want(t, http.StatusServiceUnavailable, "ServiceUnavailableError")
		}
		a.post(t, "", method("GET")).want(t, http.StatusOK, "")
		records := a.log.lines(t, "request failed")
		if len(records) != 1 || records[0]["level"] != "ERROR" || !strings.Contains(records[0]["error"].(string), "25006") {
			t.Errorf("the log has %v, want one error", records)
		}
	})
}

// What SQLite writes to a file that is no longer at its place nobody finds.
func TestFileThatWasRemovedOrReplaced(t *testing.T) {
	for name, replaced := range map[string]bool{"removed": false, "replaced": true} {
		t.Run(name, func(t *testing.T) {
			s := storetest.Open(t, storetest.SQLiteURL(t))
			if err := s.MigrateUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			a := newAPI(t, s, server.Config{})
			a.post(t, minimal).want(t, http.StatusOK, "")
			file := strings.TrimPrefix(storetest.URL(s), "sqlite:")
			if err := os.Rename(file, file+".away"); err != nil {
				t.Fatal(err)
			}
			if replaced {
				backup := storetest.Open(t, storetest.URL(s))
				if err := backup.MigrateUp(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			refused := func() {
				t.Helper()
				for _, edits := range [][]func(*http.Request){nil, {method("GET")}, {method("GET"), path("/readyz")}} {
					got := a.post(t, with("name", `"lost"`), edits...)
					got.want(t, http.StatusServiceUnavailable, "ServiceUnavailableError")
					if !strings.Contains(got.message, "must be restarted") {
						t.Error(got.message)
					}
				}
			}
			refused()
			a.post(t, "", method("GET"), path("/livez")).want(t, http.StatusOK, "")
			if records := a.log.lines(t, "request failed"); len(records) != 1 || records[0]["level"] != "ERROR" || !strings.Contains(records[0]["error"].(string), "removed or replaced") {
				t.Errorf("the log has %v", records)
			}
			if err := os.Rename(file+".away", file); err != nil {
				t.Fatal(err)
			}
			refused() // a part of it may be lost
			if names := storetest.Query[string](t, storetest.Open(t, storetest.URL(s)), `SELECT name FROM user_attributes`); !replaced && len(names) != 1 {
				t.Errorf("the file has %q", names)
			}
		})
	}
}

func TestReadinessIsTheDatabases(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{RequestTimeout: time.Nanosecond})
		got := a.post(t, "", method("GET"), path("/readyz"))
		got.want(t, http.StatusServiceUnavailable, "ServiceUnavailableError")
		if got.header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		a.post(t, "", method("GET"), path("/livez")).want(t, http.StatusOK, "")
	})
}

func TestReadinessLooksAtTheSchema(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		ready := func(when string, want int) {
			t.Helper()
			if got := a.post(t, "", method("GET"), path("/readyz")); got.status != want || want == 503 && !strings.Contains(got.message, "schema") {
				t.Errorf("%s: %d %s, want %d", when, got.status, got.body, want)
			}
		}
		ready("at the newest migration", http.StatusOK)
		if err := s.MigrateDown(t.Context()); err != nil { // on PostgreSQL this takes an index alone
			t.Fatal(err)
		}
		ready("behind", http.StatusServiceUnavailable)
		if err := s.MigrateUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		ready("up again", http.StatusOK)
		storetest.Exec(t, s, `INSERT INTO attributed_migrations (version_id, is_applied) VALUES (99999, true)`)
		ready("migrated by a newer program", http.StatusOK)
		storetest.Exec(t, s, `DROP TABLE group_user_attributes`)
		ready("without a table", http.StatusServiceUnavailable)
	})
}

func TestBugIsToldToTheLogAlone(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		storetest.Exec(t, s, `DROP TABLE group_user_attributes`)
		got := a.post(t, strings.Replace(minimal, `"groups":[]`, `"groups":`+group(`"`+store.DemoGroupUUID+`"`, `"`+secret+`"`), 1))
		const want = `{"error":{"data":{},"message":"Something went wrong.","name":"UnexpectedServerError","statusCode":500},"status":"error"}` + "\n"
		if got.status != http.StatusInternalServerError || got.body != want {
			t.Errorf("%d %s", got.status, got.body)
		}
		records := a.log.lines(t, "request failed")
		if len(records) != 1 || records[0]["level"] != "ERROR" || records[0]["request_id"] != got.header.Get("X-Request-Id") ||
			!strings.Contains(records[0]["error"].(string), "group_user_attributes") {
			t.Errorf("the log has %v", records)
		}
	})
}
