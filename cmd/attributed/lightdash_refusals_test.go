package main

import (
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/jackc/pgx/v5"
)

// TestCommandsOnALightdashsDatabase: people, groups, tokens and tables are that one's to keep, and may be read.
func TestCommandsOnALightdashsDatabase(t *testing.T) {
	storetest.EachLightdash(t, func(t *testing.T, _ storetest.Form, owner string) {
		st := storetest.BesideLightdash(t, owner)
		storetest.LoadDemo(t, st)
		token := storetest.CreateToken(t, st, store.DemoEmail)
		storetest.Exec(t, st, `UPDATE personal_access_tokens SET expires_at = '2036-07-15 12:00'`)
		csv := csvFile(t, "email,first_name,last_name,role\nada@example.com,Ada,L,admin\n")
		before := countTables(t, owner, "%")
		for _, database := range []string{owner, storetest.LeastRights(t, owner), withItsSchema(t, owner)} {
			variables := variablesOf{"DATABASE_URL": database, "ATTRIBUTED_LISTEN": "127.0.0.1:0"}
			for _, args := range []string{
				"token create --email " + store.DemoEmail, "token revoke " + store.DemoUserUUID, "directory import " + csv,
				"migrate up", "migrate down", "migrate status", "serve", "serve --demo", "serve --migrate off", "audit export --organization " + store.DemoOrganizationUUID,
			} {
				refused(t, variables, args, 1, "This is the database of a Lightdash")
			}
			if got := once(t, variables, "token", "list"); got.err != nil || !strings.Contains(got.stdout, "a test") || !strings.Contains(got.stdout, store.DemoEmail) || strings.Contains(got.stdout, token) {
				t.Errorf("token list: %v\n%s", got.err, got.stdout)
			}
			for zone, expires := range map[string]string{"UTC": "2036-07-15 12:00 UTC", "Europe/Berlin": "2036-07-15 10:00 UTC"} {
				if got := once(t, variables, "token", "list", "--lightdash-timezone", zone); got.err != nil || !strings.Contains(got.stdout, expires) {
					t.Errorf("token list, of a Lightdash in %s: %v\n%s", zone, got.err, got.stdout)
				}
			}
			if got := once(t, variables, "directory", "export"); got.err != nil || !strings.Contains(got.stdout, store.DemoEmail) {
				t.Errorf("directory export: %v\n%s", got.err, got.stdout)
			}
		}
		if after := countTables(t, owner, "%"); after != before {
			t.Errorf("%d tables and indexes, and there were %d", after, before)
		}
		if caller, err := st.Authenticate(t.Context(), token); err != nil || caller.UserUUID != store.DemoUserUUID {
			t.Errorf("the token that was there: %v", err)
		}
	})
}

// withItsSchema returns the URL for a role that has a schema of its name, which is the first of its search_path, as that of
// lightdash prepare is for a role named attributed.
func withItsSchema(t *testing.T, owner string) string {
	t.Helper()
	address := storetest.LeastRights(t, owner)
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	role := pgx.Identifier{config.User}.Sanitize()
	s := storetest.Open(t, owner)
	storetest.Exec(t, s, `CREATE SCHEMA `+role)
	storetest.Exec(t, s, `GRANT USAGE, CREATE ON SCHEMA `+role+` TO `+role)
	return address
}
