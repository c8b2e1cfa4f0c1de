package store_test

import (
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// The columns that Lightdash's own database has, and ours with it.
var columns = map[string]string{
	"organizations":                       "created_at organization_id organization_name organization_uuid",
	"users":                               "created_at first_name is_active last_name updated_at user_id user_uuid",
	"emails":                              "created_at email email_id is_primary user_id",
	"organization_memberships":            "created_at organization_id role user_id",
	"groups":                              "created_at created_by_user_uuid group_uuid name organization_id updated_at updated_by_user_uuid",
	"group_memberships":                   "group_uuid organization_id user_id",
	"personal_access_tokens":              "created_at created_by_user_id description expires_at last_used_at personal_access_token_uuid rotated_at token_hash",
	"user_attributes":                     "attribute_defaults created_at description name organization_id user_attribute_uuid",
	"organization_member_user_attributes": "organization_id user_attribute_uuid user_id values",
	"group_user_attributes":               "group_uuid user_attribute_uuid values",
	"audit_events":                        "actor_user_uuid after before created_at id operation organization_uuid request_id user_attribute_uuid",
	"idempotency_records":                 "body created_at etag key operation path request_hash status user_id",
}

func tablesOf(t *testing.T, s *store.Store) map[string]string {
	t.Helper()
	query := `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'`
	if storetest.IsSQLite(s) {
		query = `SELECT m.name AS table_name, c.name AS column_name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'`
	}
	found := map[string][]string{}
	for _, row := range storetest.Query[struct{ TableName, ColumnName string }](t, s, query) {
		if row.TableName != "attributed_migrations" && !strings.HasPrefix(row.TableName, "sqlite_") {
			found[row.TableName] = append(found[row.TableName], row.ColumnName)
		}
	}
	tables := map[string]string{}
	for table, names := range found {
		slices.Sort(names)
		tables[table] = strings.Join(names, " ")
	}
	return tables
}

func TestMigrateUpDownAndUpAgain(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		for _, round := range []string{"first", "second"} {
			if err := s.MigrateUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(columns, tablesOf(t, s)); diff != "" {
				t.Errorf("%s time up, -want +got:\n%s", round, diff)
			}
			demo(t, s)
			steps, err := s.Migrations(t.Context())
			if err != nil || len(steps) == 0 {
				t.Fatalf("migrations: %v, %v", steps, err)
			}
			for _, step := range steps {
				if ago := time.Since(step.AppliedAt); ago < -time.Minute || ago > 15*time.Minute { // no zone is so near
					t.Errorf("%s was applied at %s", step.Name, step.AppliedAt)
				}
				if err := s.MigrateDown(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if left := tablesOf(t, s); len(left) > 0 {
				t.Errorf("%s time down, left: %v", round, left)
			}
			if got := kindOf(t, s.MigrateDown(t.Context())); got != store.Invalid {
				t.Errorf("down from nothing: kind %q, want %q", got, store.Invalid)
			}
		}
	})
}

func TestMigrateUpRefusesANewerDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Exec(t, s, `INSERT INTO attributed_migrations (version_id, is_applied) VALUES (99999, true)`)
		if got := kindOf(t, s.MigrateUp(t.Context())); got != store.Invalid {
			t.Errorf("up: kind %q, want %q", got, store.Invalid)
		}
		if got := kindOf(t, s.MigrateDown(t.Context())); got != store.Invalid {
			t.Errorf("down: kind %q, want %q", got, store.Invalid)
		}
	})
}

func TestMigrateUpByManyAtOnce(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		var wait sync.WaitGroup
		for range 4 {
			s := storetest.Open(t, url)
			wait.Go(func() {
				if err := s.MigrateUp(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
	})
}

func TestLoadDemo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for range 2 { // the second changes nothing
			if err := s.LoadDemo(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := storetest.Query[int](t, s, `SELECT count(*) FROM users`)[0]; n != 3 {
			t.Errorf("%d users, want 3", n)
		}
		storetest.Exec(t, s, `INSERT INTO organizations (organization_name) VALUES ('another')`)
		if got := kindOf(t, s.LoadDemo(t.Context())); got != store.Invalid {
			t.Errorf("kind %q, want %q", got, store.Invalid)
		}
	})
}

func TestDefaultsOfTheSchema(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		demo(t, s)
		storetest.Exec(t, s, `INSERT INTO user_attributes (name, organization_id) SELECT 'plain', organization_id FROM organizations`)
		row := storetest.Query[struct {
			UserAttributeUUID string
			CreatedAt         time.Time
		}](t, s, `SELECT user_attribute_uuid, created_at FROM user_attributes`)[0]
		if len(row.UserAttributeUUID) != 36 || row.UserAttributeUUID[14] != '4' || !strings.ContainsRune("89ab", rune(row.UserAttributeUUID[19])) {
			t.Errorf("uuid %q is no v4", row.UserAttributeUUID)
		}
		if age := time.Since(row.CreatedAt); age < -time.Second || age > time.Minute || row.CreatedAt.Nanosecond()%1e6 != 0 {
			t.Errorf("created at %v: not now in UTC, in milliseconds", row.CreatedAt)
		}
	})
}

func TestAUserBelongsToOneOrganization(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		demo(t, s)
		otherOrganization(t, s)
		storetest.Exec(t, s, `INSERT INTO organization_memberships (organization_id, user_id, role)
			SELECT organization_id, user_id, 'admin' FROM organizations, users WHERE organization_name = 'Theirs' AND user_uuid = ?
			ON CONFLICT DO NOTHING`, store.DemoUserUUID)
		if n := storetest.Query[int](t, s, `SELECT count(*) FROM organization_memberships AS m JOIN users ON users.user_id = m.user_id WHERE user_uuid = ?`, store.DemoUserUUID)[0]; n != 1 {
			t.Errorf("in %d organizations", n)
		}
	})
}

// TestTheSecondMigrationKeepsValues down and up, and that they go with their attribute.
func TestTheSecondMigrationKeepsValues(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if storetest.IsSQLite(s) {
			return // has none
		}
		organization := demo(t, s)
		created := mustCreate(t, s, organization, store.Draft{Name: "region", Users: addUsers(t, s, 3)})
		downTo(t, s, 1)
		if err := s.MigrateUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := s.GetUserAttribute(t.Context(), organization, created.UUID)
		if diff := cmp.Diff(created, got); err != nil || diff != "" {
			t.Errorf("%v, -created +got:\n%s", err, diff)
		}
		if err := s.RemoveUserAttribute(t.Context(), organization, created.UUID, nil); err != nil {
			t.Fatal(err)
		}
		if left := storetest.Query[int](t, s, `SELECT count(*) FROM organization_member_user_attributes`)[0]; left != 0 {
			t.Errorf("%d values left", left)
		}
	})
}

func TestTimesAreUTCWhateverTheSessionsTimeZone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if storetest.IsSQLite(s) {
			return // has no sessions
		}
		u, err := url.Parse(storetest.URL(s))
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		query.Set("timezone", "Pacific/Auckland")
		u.RawQuery = query.Encode()
		abroad := storetest.Open(t, u.String())
		got, err := abroad.CreateUserAttribute(t.Context(), demo(t, abroad), store.Draft{Name: "region"})
		if err != nil {
			t.Fatal(err)
		}
		stored := storetest.Query[string](t, s, `SELECT to_char(created_at, 'YYYY-MM-DD HH24:MI:SS.MS') FROM user_attributes`)[0]
		if want := got.CreatedAt.UTC().Format("2006-01-02 15:04:05.000"); stored != want {
			t.Errorf("stored %s, want %s", stored, want)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	for name, url := range map[string]string{
		"another scheme":                   "mysql://root:secret@localhost/db",
		"no scheme":                        "attributed.db",
		"an SQLite path that is missing":   "sqlite:",
		"an SQLite database in memory":     "sqlite::memory:",
		"an SQLite parameter that we lack": "sqlite:x.db?mode=memory",
		"a folder that is missing":         "sqlite:" + filepath.Join(folder, "missing", "x.db"),
		"a folder in place of a file":      "sqlite:" + folder,
		"a URL that is none":               "postgres://user:secret@[::1",
		"a server that is away":            "postgres://user:secret@127.0.0.1:1/db",
	} {
		t.Run(name, func(t *testing.T) {
			s, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
			if err == nil {
				t.Fatal("opened", s.Close())
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the message tells the password: %v", err)
			}
		})
	}
}

// TestForeignKeysAreCheckedByUniqueIndexes also while tables are empty: a connection keeps
// the plan that it makes then. One that goes through all rows of an organization makes each
// create take longer than the one before, until the database has statistics.
func TestForeignKeysAreCheckedByUniqueIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if storetest.IsSQLite(s) {
			return // it finds a parent by the key's own index only
		}
		checks := storetest.Query[string](t, s, `
			SELECT format('EXPLAIN SELECT 1 FROM ONLY %s WHERE %s FOR KEY SHARE', confrelid::regclass, string_agg(
				attname || CASE WHEN atttypid = 'uuid'::regtype THEN $$ = '5a1c0000-0000-4000-8000-000000000001'$$ ELSE ' = 1' END, ' AND '))
			FROM pg_constraint
			JOIN pg_attribute ON attrelid = confrelid AND attnum = ANY (confkey)
			WHERE contype = 'f'
			GROUP BY pg_constraint.oid, confrelid`)
		if len(checks) == 0 {
			t.Fatal("no foreign keys")
		}
		unique := storetest.Query[string](t, s, `SELECT indexrelid::regclass::text FROM pg_index WHERE indisunique`)
		for _, check := range checks {
			plan := strings.Join(storetest.Query[string](t, s, check), "\n")
			_, index, _ := strings.Cut(plan, " using ")
			index, _, _ = strings.Cut(index, " ")
			if !slices.Contains(unique, index) {
				t.Errorf("%s:\n%s", check, plan)
			}
		}
	})
}
