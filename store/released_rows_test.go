package store_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	gocmp "github.com/google/go-cmp/cmp"
)

var writeRows = flag.Bool("write-rows", false, "write the rows of a migration that has none in testdata/rows yet")

// TestRowsOfEachReleasedMigration reads, by today's program, rows as they were written when a
// migration was the newest. A file that is there is never written again.
func TestRowsOfEachReleasedMigration(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		if err := s.MigrateUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		steps, err := s.Migrations(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		engine := "postgres"
		if storetest.IsSQLite(s) {
			engine = "sqlite"
		}
		for _, step := range slices.Backward(steps) {
			downTo(t, s, step.Version)
			files := filepath.Join("testdata", "rows", engine, fmt.Sprintf("%05d", step.Version))
			rows, err := os.ReadFile(files + ".sql")
			if os.IsNotExist(err) && *writeRows {
				writeReleased(t, engine, step.Version, files)
				rows, err = os.ReadFile(files + ".sql")
			}
			if err != nil {
				t.Fatalf("%v: write the rows of a new migration by go test ./store -run %s -write-rows, and commit them", err, t.Name())
			}
			there := tablesOf(t, s)
			for _, table := range slices.Backward(store.Tables) {
				if there[table] != "" {
					storetest.Exec(t, s, `DELETE FROM `+table)
				}
			}
			for _, statement := range strings.Split(strings.TrimSpace(string(rows)), ";\n") {
				storetest.Exec(t, s, strings.TrimSuffix(statement, ";"))
			}
			if err := s.MigrateUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(files + ".json")
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(string(want), whatIsRead(t, s)); diff != "" {
				t.Errorf("rows of migration %d, -as written +as read now:\n%s", step.Version, diff)
			}
		}
	})
}

// whatIsRead is all that the operations tell of the demo organization.
func whatIsRead(t *testing.T, s *store.Store) string {
	t.Helper()
	caller := callerFor(t, s, store.DemoEmail)
	attributes, err := s.ListUserAttributes(t.Context(), caller.Organization)
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]any{"attributes": attributes}
	for _, user := range []string{store.DemoUserUUID, store.DemoEditorUUID, store.DemoViewerUUID} {
		if read[user], err = s.EffectiveValues(t.Context(), caller.Organization, user); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.MarshalIndent(read, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

// writeReleased keeps the rows that today's program writes at a migration, and what it reads of them.
func writeReleased(t *testing.T, engine string, version int64, files string) {
	t.Helper()
	url := storetest.SQLiteURL(t)
	if engine == "postgres" {
		url = storetest.PostgresURL(t)
	}
	s := storetest.Open(t, url)
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, s)
	text := `"a", {b} \ NULL'; é 🦆`
	values := []string{text}
	if version >= 3 { // several values
		values = append(values, "", "b")
	}
	mustCreate(t, s, organization, store.Draft{Name: text, Description: &text, Defaults: values,
		Users:  []store.UserValue{{UserUUID: store.DemoUserUUID, Values: values}, {UserUUID: store.DemoEditorUUID, Values: []string{}}},
		Groups: []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: values}, {GroupUUID: store.DemoOtherGroupUUID, Values: []string{"g"}}}})
	mustCreate(t, s, organization, store.Draft{Name: "no default"})
	mustCreate(t, s, organization, store.Draft{Name: "an empty default", Defaults: []string{}})
	downTo(t, s, version)
	var statements strings.Builder
	all := tablesOf(t, s)
	for _, table := range slices.SortedFunc(maps.Keys(all), inOrderOfReference) {
		columns := strings.Fields(all[table])
		literals := make([]string, len(columns))
		for i, column := range columns {
			columns[i] = `"` + column + `"`
			literals[i] = `quote_nullable(` + columns[i] + `::text)`
			if engine == "sqlite" {
				literals[i] = `quote(` + columns[i] + `)`
			}
		}
		for _, row := range storetest.Query[string](t, s, `SELECT `+strings.Join(literals, ` || ', ' || `)+` FROM `+table) {
			fmt.Fprintf(&statements, "INSERT INTO %s (%s) VALUES (%s);\n", table, strings.Join(columns, ", "), row)
		}
	}
	if err := os.MkdirAll(filepath.Dir(files), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files+".sql", []byte(statements.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files+".json", []byte(whatIsRead(t, s)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// inOrderOfReference puts tables first that others refer to.
func inOrderOfReference(a, b string) int {
	place := func(table string) int {
		if i := slices.Index(store.Tables, table); i >= 0 {
			return i
		}
		return len(store.Tables)
	}
	return cmp.Or(place(a)-place(b), strings.Compare(a, b))
}

// firstAddition is the migration from which on a program works on the schema of a newer one.
const firstAddition = 5

// addition is a statement that takes nothing from a program which does not know of it.
var addition = regexp.MustCompile(`(?i)^(CREATE TABLE|CREATE INDEX|CREATE TRIGGER|ALTER TABLE \S+\s+ADD COLUMN)\s`)

var (
	// block is a function or a trigger with its statements, of which writes finds the tables that they change.
	block  = regexp.MustCompile(`(?s)-- \+goose StatementBegin(.*?)-- \+goose StatementEnd`)
	writes = regexp.MustCompile(`(?i)\b(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)`)
)

// mustBeSet is a new column that a program which does not know of it cannot leave out.
var mustBeSet = regexp.MustCompile(`(?i)ADD COLUMN.*NOT NULL`)

func TestMigrationsOnlyAdd(t *testing.T) {
	files, err := store.Additions(firstAddition)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range files {
		up, _, _ := strings.Cut(file, "-- +goose Down")
		for _, found := range block.FindAllString(up, -1) {
			for _, table := range writes.FindAllStringSubmatch(found, -1) {
				if !strings.Contains(up, "CREATE TABLE "+table[1]+" ") {
					t.Errorf("%s: it writes to %s, which programs know that do not know of it, in\n%s", name, table[1], found)
				}
			}
		}
		up = block.ReplaceAllString(up, "")
		up = regexp.MustCompile(`--.*`).ReplaceAllString(up, "")
		for _, statement := range strings.Split(up, ";") {
			statement = strings.TrimSpace(statement)
			if statement != "" && (!addition.MatchString(statement) || mustBeSet.MatchString(statement) && !strings.Contains(statement, "DEFAULT")) {
				t.Errorf("%s: a program that does not know of it may break by\n%s", name, statement)
			}
		}
	}
}
