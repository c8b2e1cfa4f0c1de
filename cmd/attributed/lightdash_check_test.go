package main

import (
	"encoding/json"
	"strings"
	"testing"

	"attributed/store/storetest"
)

func TestLightdashCheck(t *testing.T) {
	single, several := storetest.Lightdash(t, storetest.Single), storetest.Lightdash(t, storetest.Several)
	s := storetest.Open(t, single)
	storetest.Exec(t, s, `CREATE SCHEMA other`)
	storetest.Exec(t, s, `CREATE TABLE other.user_attributes (id integer)`) // somebody else's, which is of no use here
	nothing, _ := storetest.AsRole(t, s)
	little, _ := storetest.AsRole(t, s, "USAGE ON SCHEMA public", "ALL ON ALL TABLES IN SCHEMA public")
	storetest.Exec(t, s, `REVOKE ALL ON personal_access_tokens, group_user_attributes FROM PUBLIC`)
	few, role := storetest.AsRole(t, s, "USAGE ON SCHEMA public", "ALL ON ALL TABLES IN SCHEMA public")
	storetest.Exec(t, s, `REVOKE UPDATE ON personal_access_tokens FROM `+role)
	storetest.Exec(t, s, `REVOKE DELETE, INSERT ON group_user_attributes FROM `+role)
	storetest.Exec(t, s, `GRANT INSERT (group_uuid, value) ON group_user_attributes TO `+role)
	for _, tt := range []struct {
		name, url string
		status    int
		want      []string // lines of the table, white space apart
	}{
		{"by the owner", single, 0, []string{"rights yes this role has all", "tables yes all are there", "attributes yes all operations", "several values no one for each user", "audit no a change is told in the log only", "Idempotency-Key no a call with one is refused with 501", "people and tokens no they are Lightdash's to keep"}},
		{"several values", several, 0, []string{"several values yes for each"}},
		{"by the role of deploy/lightdash", storetest.LeastRights(t, single), 0, []string{"rights yes"}},
		{"by that role, with several values", storetest.LeastRights(t, several), 0, []string{"rights yes", "several values yes"}},
		{"by a role with all rights on tables", little, 0, []string{"rights yes"}},
		{"by a role that may not look into the schema", nothing, 1, []string{"rights no this role needs GRANT USAGE ON SCHEMA public", "tables no there is no table users"}},
		{"by a role that lacks a few", few, 1, []string{"rights no this role needs GRANT UPDATE (last_used_at) ON personal_access_tokens", "rights no this role needs GRANT INSERT (user_attribute_uuid) ON group_user_attributes", "rights no this role needs GRANT DELETE ON group_user_attributes", "tables yes", "audit no"}},
		{"an empty database", storetest.PostgresURL(t), 1, []string{"tables no there is no table organizations"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := once(t, variablesOf{"DATABASE_URL": tt.url}, "lightdash", "check")
			if exitStatus(got.err) != tt.status {
				t.Errorf("exit %d (%v), want %d", exitStatus(got.err), got.err, tt.status)
			}
			table := strings.Join(strings.Fields(got.stdout), " ")
			for _, want := range tt.want {
				if !strings.Contains(table, want) {
					t.Errorf("no line is %q:\n%s", want, got.stdout)
				}
			}
			if n := strings.Count(table, "this role needs"); tt.url == few && n != 3 {
				t.Errorf("%d rights are lacking, want 3:\n%s", n, got.stdout)
			}
			var rows []checkedThing
			listed := once(t, variablesOf{"DATABASE_URL": tt.url}, "lightdash", "check", "--format=json")
			if err := json.Unmarshal([]byte(listed.stdout), &rows); err != nil || len(rows) != strings.Count(got.stdout, "\n")-1 || exitStatus(listed.err) != tt.status {
				t.Errorf("JSON: exit %d, %v\n%s", exitStatus(listed.err), err, listed.stdout)
			}
		})
	}
	for url, want := range map[string]string{few: "GRANT UPDATE (last_used_at) ON personal_access_tokens; GRANT INSERT", nothing: "GRANT USAGE ON SCHEMA"} {
		refused(t, variablesOf{"DATABASE_URL": url, "LIGHTDASH_SECRET": exampleSecret, "ATTRIBUTED_LISTEN": "127.0.0.1:0"}, "serve --lightdash", 1, want)
	}
	refused := once(t, nil, "lightdash", "check", "--database", "sqlite:x.db")
	if exitStatus(refused.err) != 1 || !strings.Contains(line(refused.err), "postgres://") {
		t.Errorf("SQLite: exit %d, %v", exitStatus(refused.err), refused.err)
	}
	if tables := countTables(t, single, "attributed_migrations"); tables != 0 {
		t.Error("the check made a table of its own")
	}
}
