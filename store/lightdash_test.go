package store_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

func TestLightdashTablesThatWillDo(t *testing.T) {
	storetest.EachLightdash(t, func(t *testing.T, form storetest.Form, url string) {
		execute(t, url,
			`ALTER TABLE user_attributes ADD COLUMN locked boolean NOT NULL DEFAULT false, ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY, ADD COLUMN note text`,
			`ALTER TABLE users ADD COLUMN theme text NOT NULL`,
			`ALTER TABLE user_attributes ADD CHECK (name <> 'of no use')`,
			`ALTER TABLE emails ADD CHECK (email <> '')`,
			`CREATE TABLE projects (project_id integer PRIMARY KEY)`,
			`ALTER TABLE organizations ALTER COLUMN organization_name TYPE varchar(100)`,
			`DROP TABLE organization_membership_roles CASCADE`)
		look, err := store.LookAtLightdash(t.Context(), url)
		if err != nil || len(look.Faults) > 0 || look.Several != (form == storetest.Several) {
			t.Errorf("look: %+v, %v", look, err)
		}
		before := objectsOf(t, url)
		s := storetest.BesideLightdash(t, url)
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("ping: %v", err)
		}
		if after := objectsOf(t, url); !slices.Equal(before, after) {
			t.Errorf("there were %q, and there are %q", before, after)
		}
	})
}

func TestLightdashTablesThatWillNotDo(t *testing.T) {
	for _, tt := range []struct {
		name, change string
		form         storetest.Form
		want         []string
	}{
		{"a table is gone", `DROP TABLE scoped_roles`, storetest.Single, []string{"there is no table scoped_roles"}},
		{"a view in its place", `ALTER TABLE scoped_roles RENAME TO of_roles; CREATE VIEW scoped_roles AS SELECT * FROM of_roles`, storetest.Single, []string{"there is no table scoped_roles"}},
		{"columns are gone", `ALTER TABLE emails DROP COLUMN is_primary; ALTER TABLE users DROP COLUMN is_active`, storetest.Several, []string{
			"there is no column users.is_active", "there is no column emails.is_primary"}},
		{"another type", `ALTER TABLE personal_access_tokens ALTER COLUMN expires_at TYPE timestamptz`, storetest.Single, []string{
			"personal_access_tokens.expires_at is timestamp with time zone, not timestamp without time zone"}},
		{"too short", `ALTER TABLE user_attributes ALTER COLUMN name TYPE varchar(100)`, storetest.Single, []string{"user_attributes.name is character varying(100), not text"}},
		{"a description that must be", `ALTER TABLE user_attributes ALTER COLUMN description SET NOT NULL`, storetest.Several, []string{"user_attributes.description does not take NULL"}},
		{"keys are gone", `ALTER TABLE user_attributes DROP CONSTRAINT user_attributes_name_organization_id_key; ALTER TABLE group_user_attributes DROP CONSTRAINT group_user_attributes_pkey`, storetest.Single, []string{
			"user_attributes has no key (name, organization_id)", "group_user_attributes has no key (group_uuid, user_attribute_uuid)"}},
		{"values that stay", `ALTER TABLE group_user_attributes DROP CONSTRAINT group_user_attributes_user_attribute_uuid_fkey, ADD FOREIGN KEY (user_attribute_uuid) REFERENCES user_attributes`, storetest.Single, []string{
			"rows of group_user_attributes do not go with those of user_attributes (ON DELETE CASCADE)"}},
		{"a column to fill", `ALTER TABLE group_user_attributes ADD COLUMN kind text NOT NULL; ALTER TABLE user_attributes ADD COLUMN kind text NOT NULL`, storetest.Several, []string{
			"user_attributes.kind is NOT NULL without a default, and attributed does not know what to write there",
			"group_user_attributes.kind is NOT NULL without a default, and attributed does not know what to write there"}},
		{"half of each form", `ALTER TABLE group_user_attributes RENAME COLUMN value TO "values"`, storetest.Single, []string{
			"values are kept neither one by one (attribute_default, value, value) nor in lists (attribute_defaults, values, values): there are user_attributes.attribute_default text, organization_member_user_attributes.value text, group_user_attributes.values character varying(255)"}},
		{"a form of the future", `ALTER TABLE group_user_attributes ALTER COLUMN "values" TYPE jsonb USING to_jsonb("values")`, storetest.Several, []string{
			"group_user_attributes.values is jsonb, not text[]"}},
		{"all at once", `DROP TABLE user_attributes CASCADE; ALTER TABLE groups ALTER COLUMN name TYPE jsonb USING to_jsonb(name)`, storetest.Single, []string{
			"groups.name is jsonb, not text", "there is no table user_attributes",
			"rows of organization_member_user_attributes do not go with those of user_attributes (ON DELETE CASCADE)",
			"rows of group_user_attributes do not go with those of user_attributes (ON DELETE CASCADE)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := storetest.Lightdash(t, tt.form)
			s := storetest.BesideLightdash(t, url)
			execute(t, url, tt.change)
			look, err := store.LookAtLightdash(t.Context(), url)
			if err != nil || !slices.Equal(look.Faults, tt.want) {
				t.Errorf("look: %v\n%q\nwant\n%q", err, look.Faults, tt.want)
			}
			_, err = store.OpenLightdash(t.Context(), url, slog.New(slog.DiscardHandler), store.Lightdash{Secret: []byte("s")})
			if kindOf(t, err) != store.Invalid || !strings.Contains(err.Error(), strings.Join(tt.want, "; ")) {
				t.Errorf("open: %v, want all of them", err)
			}
			if err := s.Ping(t.Context()); kindOf(t, err) != store.Unavailable {
				t.Errorf("ping after the change: %v", err)
			}
		})
	}
}

// TestLightdashOfAnotherForm: Lightdash was upgraded while attributed ran.
func TestLightdashOfAnotherForm(t *testing.T) {
	url := storetest.Lightdash(t, storetest.Single)
	s := storetest.BesideLightdash(t, url)
	execute(t, url, storetest.SeveralValues)
	if err := s.Ping(t.Context()); kindOf(t, err) != store.Unavailable {
		t.Errorf("ping: %v", err)
	}
	if err := storetest.BesideLightdash(t, url).Ping(t.Context()); err != nil {
		t.Errorf("ping after a new start: %v", err)
	}
}

// TestLightdashWithoutARight: what would fail in calls is said at the start, and where it comes later, to whoever asks.
func TestLightdashWithoutARight(t *testing.T) {
	url := storetest.Lightdash(t, storetest.Several)
	s := storetest.BesideLightdash(t, url)
	role := pgx.Identifier{storetest.Query[string](t, s, `SELECT grantee::text FROM information_schema.role_table_grants WHERE table_name = 'group_user_attributes' AND privilege_type = 'DELETE' AND grantee LIKE 'Attributed%'`)[0]}.Sanitize()
	execute(t, url, `REVOKE DELETE ON group_user_attributes FROM `+role)
	if err := s.Ping(t.Context()); kindOf(t, err) != store.Unavailable {
		t.Errorf("ping: %v", err)
	}
	execute(t, url, `GRANT DELETE ON group_user_attributes TO `+role)
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("ping, with the right again: %v", err)
	}
}

func TestLightdashIsAPostgreSQL(t *testing.T) {
	_, err := store.OpenLightdash(t.Context(), storetest.SQLiteURL(t), slog.New(slog.DiscardHandler), store.Lightdash{Secret: []byte("s")})
	if kindOf(t, err) != store.Invalid {
		t.Errorf("open: %v", err)
	}
}

// TestPreparedTablesAreOurs, but for what refers to a Lightdash's: they are written down a second time, and a migration
// that adds to them has to add there.
func TestPreparedTablesAreOurs(t *testing.T) {
	beside := storetest.Lightdash(t, storetest.Single)
	if err := store.PrepareLightdash(t.Context(), beside); err != nil {
		t.Fatal(err)
	}
	ours := storetest.PostgresURL(t)
	if err := storetest.Open(t, ours).MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	tables := func(url, schema string) []string {
		rows, err := storetest.Connect(t, url).Query(t.Context(), `
			SELECT concat_ws(' ', table_name, ordinal_position, column_name, data_type, datetime_precision, is_nullable, column_default, is_identity)
			FROM information_schema.columns WHERE table_schema = $1 AND table_name IN ('audit_events', 'idempotency_records')
			UNION ALL SELECT replace(indexdef, $1 || '.', '') FROM pg_indexes WHERE schemaname = $1 AND tablename IN ('audit_events', 'idempotency_records')
			ORDER BY 1`, schema)
		if err != nil {
			t.Fatal(err)
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	want := tables(ours, "public")
	if diff := cmp.Diff(want, tables(beside, "attributed")); diff != "" || len(want) < 20 {
		t.Errorf("%d columns and keys, -ours +prepared:\n%s", len(want), diff)
	}
}

// execute runs statements as the database's owner.
func execute(t testing.TB, url string, statements ...string) {
	t.Helper()
	connection := storetest.Connect(t, url)
	for _, statement := range statements {
		if _, err := connection.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// objectsOf are all tables, indexes, functions and schemas that there are.
func objectsOf(t testing.TB, url string) []string {
	t.Helper()
	rows, err := storetest.Connect(t, url).Query(t.Context(), `
		SELECT 'relation ' || oid::regclass FROM pg_class UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc
		UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_%' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return all
}
