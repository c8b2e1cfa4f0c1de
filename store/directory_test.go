package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// told is changes, one in a line.
func told(changes store.Changes) []string {
	var lines []string
	for _, c := range changes {
		lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%s %s %s: %s", c.Verb, c.Subject, c.Name, c.Detail), ": "))
	}
	return lines
}

func exported(t *testing.T, s *store.Store, organization string) []store.Person {
	t.Helper()
	people, problems, err := s.ExportDirectory(t.Context(), organization)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	return people
}

// everything is all rows that an import may touch, so that two states can be compared.
func everything(t *testing.T, s *store.Store) []string {
	t.Helper()
	return storetest.Query[string](t, s, `
		SELECT 'organization ' || organization_name FROM organizations
		UNION ALL SELECT 'user ' || CAST(user_uuid AS text) || first_name || last_name || CAST(is_active AS text) || CAST(updated_at AS text) FROM users
		UNION ALL SELECT 'email ' || CAST(user_id AS text) || email || CAST(is_primary AS text) FROM emails
		UNION ALL SELECT 'member ' || CAST(user_id AS text) || CAST(organization_id AS text) || role FROM organization_memberships
		UNION ALL SELECT 'group ' || CAST(group_uuid AS text) || name || CAST(updated_at AS text) FROM groups
		UNION ALL SELECT 'in ' || CAST(group_uuid AS text) || CAST(user_id AS text) FROM group_memberships
		ORDER BY 1`)
}

func TestImportDirectory(t *testing.T) {
	people := func(people ...store.Person) []store.Person { return people }
	ada, bob := person("ada@example.com", in("Europe")), person("bob@example.com", named("Bob", "Hope"), as("admin"), in("America", "Europe"))
	tests := []struct {
		name    string
		before  []store.Person // nil is no such organization
		also    string         // SQL, before the import
		people  []store.Person
		options store.ImportOptions
		changes []string
		after   []store.Person
	}{
		{
			name:   "a new organization",
			people: people(ada, person("bob@example.com", inactive)),
			changes: []string{
				"add organization Ours",
				"add user ada@example.com", "add membership ada@example.com: viewer", "add group Europe", `add group membership ada@example.com: "Europe"`,
				"add user bob@example.com: inactive", "add membership bob@example.com: viewer",
			},
			after: people(ada, person("bob@example.com", inactive)),
		},
		{name: "the same people twice", before: people(ada, bob), people: people(bob, ada), after: people(ada, bob)},
		{
			name: "another name", before: people(ada, bob), people: people(person("ada@example.com", named("Augusta", "King"), in("Europe"))),
			changes: []string{"update user ada@example.com: first_name, last_name"},
			after:   people(person("ada@example.com", named("Augusta", "King"), in("Europe")), bob),
		},
		{
			name: "another role", before: people(ada, bob), people: people(person("ada@example.com", as("editor"), in("Europe"))),
			changes: []string{"update membership ada@example.com: viewer to editor"},
			after:   people(person("ada@example.com", as("editor"), in("Europe")), bob),
		},
		{
			name: "deactivated with another name", before: people(bob), people: people(person("bob@example.com", named("Rob", "Hope"), as("admin"), in("America", "Europe"), inactive)),
			changes: []string{"deactivate user bob@example.com: first_name, active"},
			after:   people(person("bob@example.com", named("Rob", "Hope"), as("admin"), in("America", "Europe"), inactive)),
		},
		{
			name: "activated again", before: people(person("ada@example.com", inactive)), people: people(person("ada@example.com")),
			changes: []string{"update user ada@example.com: active"},
			after:   people(person("ada@example.com")),
		},
		{
			name: "other groups, one named twice", before: people(ada, bob), people: people(person("bob@example.com", named("Bob", "Hope"), as("admin"), in("Europe", "Asia", "Asia"))),
			changes: []string{"add group Asia", `add group membership bob@example.com: "Asia"`, `remove group membership bob@example.com: "America"`},
			after:   people(ada, person("bob@example.com", named("Bob", "Hope"), as("admin"), in("Asia", "Europe"))),
		},
		{
			name: "a group in another case is another group", before: people(ada), people: people(person("ada@example.com", in("EUROPE"))),
			changes: []string{"add group EUROPE", `add group membership ada@example.com: "EUROPE"`, `remove group membership ada@example.com: "Europe"`},
			after:   people(person("ada@example.com", in("EUROPE"))),
		},
		{name: "an e-mail in another case", before: people(ada), people: people(person("ADA@Example.com", in("Europe"))), after: people(ada)},
		{
			name: "an e-mail that is not the primary one", before: people(ada),
			also:    `INSERT INTO emails (user_id, email) SELECT user_id, 'countess@example.com' FROM emails WHERE email = 'ada@example.com'`,
			people:  people(person("Countess@example.com", as("member"), in("Europe"))),
			changes: []string{"update membership Countess@example.com: viewer to member"},
			after:   people(person("ada@example.com", as("member"), in("Europe"))),
		},
		{
			name: "a user who is in no organization", before: people(bob),
			also:   `INSERT INTO users (first_name, last_name) VALUES ('Ada', ''); INSERT INTO emails (user_id, email, is_primary) SELECT user_id, 'ada@example.com', true FROM users WHERE last_name = ''`,
			people: people(ada),
			changes: []string{
				"update user ada@example.com: last_name", "add membership ada@example.com: viewer", `add group membership ada@example.com: "Europe"`,
			},
			after: people(ada, bob),
		},
		{
			name: "the missing are deactivated, and nothing else", before: people(ada, bob, person("eve@example.com", inactive)),
			people: people(person("new@example.com"), ada), options: store.ImportOptions{DeactivateMissing: true},
			changes: []string{"add user new@example.com", "add membership new@example.com: viewer", "deactivate user bob@example.com: not in the directory"},
			after: people(ada, person("bob@example.com", named("Bob", "Hope"), as("admin"), in("America", "Europe"), inactive),
				person("eve@example.com", inactive), person("new@example.com")),
		},
		{
			name:   "any text that a name may hold",
			before: people(ada), people: people(person("o'hara+x@example.com", named(`"quoted", \ `, " two\nlines\t☃"), in("a,b", `"`, "?", "@name"))),
			changes: []string{
				"add user o'hara+x@example.com", "add membership o'hara+x@example.com: viewer",
				"add group a,b", `add group membership o'hara+x@example.com: "a,b"`, `add group "`, `add group membership o'hara+x@example.com: "\""`,
				"add group ?", `add group membership o'hara+x@example.com: "?"`, "add group @name", `add group membership o'hara+x@example.com: "@name"`,
			},
			after: people(ada, person("o'hara+x@example.com", named(`"quoted", \ `, " two\nlines\t☃"), in(`"`, "?", "@name", "a,b"))),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				theirs := imported(t, s, "Theirs", person("them@example.com", in("Europe", "America")))
				if tt.before != nil {
					if _, err := s.ImportDirectory(t.Context(), "Ours", tt.before, store.ImportOptions{}); err != nil {
						t.Fatal(err)
					}
				}
				for statement := range strings.SplitSeq(tt.also, ";") {
					if statement != "" {
						storetest.Exec(t, s, statement)
					}
				}
				before := everything(t, s)

				dry := tt.options
				dry.DryRun = true
				planned, err := s.ImportDirectory(t.Context(), "Ours", tt.people, dry)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(before, everything(t, s)); diff != "" {
					t.Errorf("a dry run wrote, -before +after:\n%s", diff)
				}
				changes, err := s.ImportDirectory(t.Context(), "Ours", tt.people, tt.options)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.changes, told(changes)); diff != "" {
					t.Errorf("changes, -want +got:\n%s", diff)
				}
				if diff := cmp.Diff(changes, planned); diff != "" {
					t.Errorf("-changes +planned:\n%s", diff)
				}
				if diff := cmp.Diff(tt.after, exported(t, s, "Ours"), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("afterwards, -want +got:\n%s", diff)
				}
				if diff := cmp.Diff([]store.Person{person("them@example.com", in("America", "Europe"))}, exported(t, s, "Theirs")); diff != "" {
					t.Errorf("the other organization, -want +got:\n%s", diff)
				}
				if _, total, err := s.ListMembers(t.Context(), theirs, store.Page{Number: 1}, "", 0); total != 1 || err != nil {
					t.Errorf("the other organization has %d members, %v", total, err)
				}

				after := everything(t, s)
				if changes, err := s.ImportDirectory(t.Context(), "Ours", tt.people, tt.options); err != nil || len(changes) > 0 {
					t.Errorf("the second time: %v, %v", told(changes), err)
				}
				if changes, err := s.ImportDirectory(t.Context(), "Ours", exported(t, s, "Ours"), store.ImportOptions{DeactivateMissing: true}); err != nil || len(changes) > 0 {
					t.Errorf("what was exported: %v, %v", told(changes), err)
				}
				if diff := cmp.Diff(after, everything(t, s)); diff != "" {
					t.Errorf("what changes nothing wrote, -before +after:\n%s", diff)
				}
			})
		})
	}
}

func TestDirectoryOfAnOrganizationByName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		imported(t, s, "Ours", person("ada@example.com"))
		for _, tt := range []struct {
			name, organization string
			imports, exports   store.Kind
		}{
			{"in its exact case", "Ours", "", ""},
			{"in another case", "OURS", store.Invalid, store.NotFound}, // ada is another organization's
			{"empty", "", store.Invalid, store.NotFound},
			{"too long", strings.Repeat("x", 256), store.Invalid, store.NotFound},
			{"that two have", "Twins", store.Invalid, store.Invalid},
		} {
			t.Run(tt.name, func(t *testing.T) {
				if tt.organization == "Twins" {
					storetest.Exec(t, s, `INSERT INTO organizations (organization_name) VALUES ('Twins'), ('Twins')`)
				}
				_, err := s.ImportDirectory(t.Context(), tt.organization, []store.Person{person("ada@example.com")}, store.ImportOptions{})
				if got := kindOf(t, err); got != tt.imports {
					t.Errorf("import: kind %q, want %q: %v", got, tt.imports, err)
				}
				_, _, err = s.ExportDirectory(t.Context(), tt.organization)
				if got := kindOf(t, err); got != tt.exports {
					t.Errorf("export: kind %q, want %q: %v", got, tt.exports, err)
				}
			})
		}
		all, err := s.Organizations(t.Context())
		var names []string
		for _, one := range all {
			names = append(names, one.Name)
		}
		if diff := cmp.Diff([]string{"Ours", "Twins", "Twins"}, names); diff != "" || err != nil {
			t.Errorf("%v, -want +got:\n%s", err, diff)
		}
	})
}

func TestExportDirectoryTakesAnotherEmailWhereThereIsNoPrimaryOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		imported(t, s, "Ours", person("ada@example.com"))
		storetest.Exec(t, s, `UPDATE emails SET is_primary = false`)
		storetest.Exec(t, s, `INSERT INTO emails (user_id, email) SELECT user_id, 'Zoe@example.com' FROM emails`)
		if got := exported(t, s, "Ours"); len(got) != 1 || got[0].Email != "Zoe@example.com" { // the first by bytes
			t.Errorf("%+v", got)
		}
	})
}

func TestImportTouchesTheTimeOfRealChangesOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		store.SetClock(s, func() time.Time { return now })
		imported(t, s, "Ours", person("ada@example.com", in("Europe")), person("bob@example.com", in("Europe")))
		now = now.Add(time.Hour)
		imported(t, s, "Ours", person("ada@example.com", as("admin"), in("America")), person("bob@example.com", named("Bob", ""), in("Europe")))
		type row struct {
			Email     string
			UpdatedAt time.Time
		}
		got := storetest.Query[row](t, s, `SELECT email, updated_at FROM users JOIN emails ON emails.user_id = users.user_id ORDER BY email`)
		want := []row{{"ada@example.com", now.Add(-time.Hour)}, {"bob@example.com", now}}
		if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestImportTakesEffectInThisProcessAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		imported(t, s, "Ours", person("ada@example.com"))
		token, err := s.CreateToken(t.Context(), "ada@example.com", "", time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Authenticate(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ImportDirectory(t.Context(), "Ours", []store.Person{person("ada@example.com", inactive)}, store.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		_, err = s.Authenticate(t.Context(), token)
		if got := kindOf(t, err); got != store.Unauthenticated {
			t.Errorf("kind %q, want %q", got, store.Unauthenticated)
		}
	})
}
