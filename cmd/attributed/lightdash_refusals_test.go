package main

import (
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"
)

// TestCommandsOnALightdashsDatabase: people, groups, tokens and tables are that one's to keep, and may be read.
func TestCommandsOnALightdashsDatabase(t *testing.T) {
	storetest.EachLightdash(t, func(t *testing.T, _ storetest.Form, owner string) {
		st := storetest.BesideLightdash(t, owner)
		storetest.LoadDemo(t, st)
		token := storetest.CreateToken(t, st, store.DemoEmail)
		before := countTables(t, owner, "%")
		csv := csvFile(t, "email,first_name,last_name,role\nada@example.com,Ada,L,admin\n")
		for _, database := range []string{owner, storetest.LeastRights(t, owner)} {
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
