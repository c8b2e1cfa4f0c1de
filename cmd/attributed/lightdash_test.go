package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"
)

const exampleSecret = "of-an-example"

// secretFile is a file that has a Lightdash's secret.
func secretFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestServeLightdash(t *testing.T) {
	storetest.EachLightdash(t, func(t *testing.T, _ storetest.Form, url string) {
		st := storetest.BesideLightdash(t, url)
		storetest.LoadDemo(t, st)
		token := storetest.CreateToken(t, st, store.DemoEmail)
		s := serve(t, "--lightdash", "--database", storetest.LeastRights(t, url), "--lightdash-secret-file", secretFile(t, exampleSecret+"\n"))
		for _, tt := range []struct {
			token  string
			status int
		}{{"ldpat_00000000000000000000000000000000", 401}, {token, 200}, {token, 409}} {
			if status, body := create(t, s.address, tt.token, "country"); status != tt.status {
				t.Errorf("create: %d %s, want %d", status, body, tt.status)
			}
		}
		if err := s.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		if log := s.log.String(); strings.Contains(log, exampleSecret) || strings.Contains(log, token) || strings.Contains(log, "country") || strings.Count(log, "user attribute changed") != 1 || !strings.Contains(log, "beside a Lightdash") {
			t.Errorf("the log has the secret, the token or a name, or does not tell once of the change:\n%s", log)
		}
		if tables := countTables(t, url, "attributed_migrations"); tables != 0 {
			t.Error("the start made a table of its own")
		}
	})
}

// TestServeLightdashTakesItsTokens: of both kinds, by its secret, for who may manage the organization.
func TestServeLightdashTakesItsTokens(t *testing.T) {
	url := storetest.Lightdash(t, storetest.Single)
	s := storetest.Open(t, url)
	for _, person := range [][3]string{
		{"admin", "admin", "$2b$10$0d87c879762854667eeacuiVghrXbJvByCVxjYoVsd1E4NruWd7hm"},
		{"viewer", "viewer", "$2b$10$0d87c879762854667eeacusEVMrv4LcUPiSLUTdnOSSaA56rFLj4a"},
		{"another admin", "admin", "5947d7c33d783f94b3b4c1a96ebc8991ed28f1b069b71e03376cba8caa98a720"},
	} {
		storetest.Exec(t, s, `WITH organization AS (
				INSERT INTO organizations (organization_name) VALUES (?) RETURNING organization_id),
			person AS (INSERT INTO users (first_name, last_name) VALUES ('Ada', 'Lovelace') RETURNING user_id),
			member AS (INSERT INTO organization_memberships (organization_id, user_id, role) SELECT organization_id, user_id, ? FROM organization, person)
			INSERT INTO personal_access_tokens (created_by_user_id, description, token_hash) SELECT user_id, 'for a test', ? FROM person`, person[0], person[1], person[2])
	}
	for name, secret := range map[string]string{"its secret": "an example secret", "another": exampleSecret} {
		served := serve(t, "--lightdash", "--database", storetest.LeastRights(t, url), "--lightdash-secret-file", secretFile(t, secret))
		known := map[string]int{"ldpat_00112233445566778899aabbccddeeff": 200, "ldpat_ffeeddccbbaa99887766554433221100": 403, "00112233445566778899aabbccddeeff": 200}
		if secret == exampleSecret { // SHA-256 has none
			known["ldpat_00112233445566778899aabbccddeeff"], known["ldpat_ffeeddccbbaa99887766554433221100"] = 401, 401
		}
		for token, want := range known {
			if status, body := create(t, served.address, token, name); status != want {
				t.Errorf("%s, %s: %d, want %d: %s", name, token, status, want, body)
			}
		}
		if err := served.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		if log := served.log.String(); strings.Contains(log, "00112233445566778899aabbccddeeff") || strings.Contains(log, secret) {
			t.Errorf("the log has a token or the secret:\n%s", log)
		}
	}
}

func TestServeLightdashRefusals(t *testing.T) {
	url := storetest.Lightdash(t, storetest.Single)
	variables := variablesOf{"ATTRIBUTED_LIGHTDASH": "true", "DATABASE_URL": url, "LIGHTDASH_SECRET": exampleSecret, "ATTRIBUTED_LISTEN": "127.0.0.1:0"}
	without := variablesOf{"ATTRIBUTED_LIGHTDASH": "true", "DATABASE_URL": url}
	for _, tt := range []struct {
		name, args string
		variables  variablesOf
		status     int
		want       string
	}{
		{"no secret", "serve", without, 2, "set LIGHTDASH_SECRET, or name a file that has it with --lightdash-secret-file"},
		{"an empty file", "serve --lightdash-secret-file " + secretFile(t, "\n"), without, 2, "set LIGHTDASH_SECRET"},
		{"no such file", "serve --lightdash-secret-file nosuchfile", variables, 1, "--lightdash-secret-file: open nosuchfile"},
		{"a flag of the secret", "serve --lightdash-secret " + exampleSecret, variables, 2, `unknown flag --lightdash-secret, did you mean "--lightdash-secret-file"`},
		{"SQLite", "serve --database sqlite:x.db", variables, 2, "--lightdash is for the PostgreSQL database of a Lightdash"},
		{"the demo", "serve --demo", variables, 2, "leave it or --lightdash out"},
		{"a zone that is none", "serve --lightdash-timezone Middle-earth", variables, 2, "--lightdash-timezone: write the name of a time zone"},
		{"an empty database", "serve --database " + storetest.PostgresURL(t), variables, 1, "there is no table organizations; there is no table users"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := once(t, tt.variables, strings.Fields(tt.args)...)
			if exitStatus(got.err) != tt.status {
				t.Fatalf("exit %d (%v), want %d", exitStatus(got.err), got.err, tt.status)
			}
			if told := line(got.err); !strings.Contains(told, tt.want) || strings.Contains(told, exampleSecret) || strings.Contains(told, "pgtdbpass") {
				t.Errorf("says %q, want %q, and neither secret nor password", told, tt.want)
			}
		})
	}
	if tables := countTables(t, url, "attributed_migrations"); tables != 0 {
		t.Error("a start that was refused made a table of its own")
	}
}

// countTables counts the tables and indexes whose names are like one.
func countTables(t *testing.T, url, name string) (count int) {
	t.Helper()
	connection := storetest.Connect(t, url)
	if err := connection.QueryRow(t.Context(), `SELECT count(*) FROM pg_class WHERE relname LIKE $1`, name).Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}
