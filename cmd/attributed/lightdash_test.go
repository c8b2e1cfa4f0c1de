package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attributed/store/storetest"

	"github.com/jackc/pgx/v5"
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
		s := serve(t, "--lightdash", "--database", url, "--lightdash-secret-file", secretFile(t, exampleSecret+"\n"))
		if status, body := create(t, s.address, "ldpat_00000000000000000000000000000000", "country"); status != 401 {
			t.Errorf("create with an unknown token: %d %s", status, body)
		}
		if err := s.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		if log := s.log.String(); strings.Contains(log, exampleSecret) || !strings.Contains(log, "beside a Lightdash") {
			t.Errorf("the log has the secret, or does not tell of Lightdash:\n%s", log)
		}
		if tables := countTables(t, url, "attributed_migrations"); tables != 0 {
			t.Error("the start made a table of its own")
		}
	})
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
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(t.Context())
	if err := connection.QueryRow(t.Context(), `SELECT count(*) FROM pg_class WHERE relname LIKE $1`, name).Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}
