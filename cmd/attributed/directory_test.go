package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
)

const header = directoryHeader + "\n"

// csvFile writes a file and returns its name.
func csvFile(t testing.TB, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// organizations makes the database at url, with organizations in it.
func organizations(t testing.TB, url string, names ...string) *store.Store {
	t.Helper()
	s := storetest.Open(t, url)
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		storetest.Exec(t, s, `INSERT INTO organizations (organization_name) VALUES (?)`, name)
	}
	return s
}

func export(t *testing.T, url, organization string) string {
	t.Helper()
	got := once(t, variablesOf{"DATABASE_URL": url}, "directory", "export", "--organization", organization)
	if got.err != nil {
		t.Fatal(got.err)
	}
	return got.stdout
}

func TestDirectoryImportAndExport(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"people", header + "bob@example.com,Bob,Hope,admin,false,\nada@example.com,Ada,Lovelace,editor,true,Europe;America\n",
			header + "ada@example.com,Ada,Lovelace,editor,true,America;Europe\nbob@example.com,Bob,Hope,admin,false,\n"},
		{"a byte order mark", "\uFEFF" + header + "ada@example.com,,,member,true,", header + "ada@example.com,,,member,true,\n"},
		{"a spreadsheet's ends of lines and truth", strings.ReplaceAll(header, "\n", "\r\n") + "ada@example.com,Ada,,viewer,TRUE,Europe\r\n",
			header + "ada@example.com,Ada,,viewer,true,Europe\n"},
		{"quotes, commas and lines in names", header + `ada@example.com,"a ""b"", c","d` + "\ne" + `",viewer,true,"Europe, North;""EU"""` + "\n",
			header + `ada@example.com,"a ""b"", c","d` + "\ne" + `",viewer,true,"""EU"";Europe, North"` + "\n"},
		{"quotes around all", `"email","first_name","last_name","role","active","groups"` + "\n" + `"ada@example.com","Ada","","viewer","true","☃"` + "\n",
			header + "ada@example.com,Ada,,viewer,true,☃\n"},
		{"empty lines", header + "\n\nada@example.com,Ada,,viewer,true,\n\n", header + "ada@example.com,Ada,,viewer,true,\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			storetest.EachURL(t, func(t *testing.T, url string) {
				organizations(t, url)
				database := variablesOf{"DATABASE_URL": url}
				got := once(t, database, "directory", "import", csvFile(t, tt.file), "--organization", "Ours")
				if got.err != nil || got.stdout != "" || !strings.HasPrefix(got.stderr, `Changed in "Ours":`) {
					t.Fatalf("%v\n%s\n%s", got.err, got.stdout, got.stderr)
				}
				printed := export(t, url, "Ours")
				if diff := cmp.Diff(tt.want, printed); diff != "" {
					t.Errorf("exported, -want +got:\n%s", diff)
				}
				for _, file := range []string{tt.file, printed} { // the organization is the only one by now
					got := once(t, database, "directory", "import", csvFile(t, file), "--deactivate-missing")
					if got.err != nil || got.stderr != "Nothing changes in \"Ours\".\n" {
						t.Errorf("again: %v\n%s", got.err, got.stderr)
					}
				}
			})
		})
	}
}

func TestDirectoryImportTellsWhatItDoes(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		organizations(t, url)
		database := variablesOf{"DATABASE_URL": url, "ATTRIBUTED_ORGANIZATION": "Ours"}
		first := csvFile(t, header+"ada@example.com,Ada,,viewer,true,Europe\nbob@example.com,Bob,,viewer,true,\neve@example.com,Eve,,viewer,true,\n")
		if got := once(t, database, "directory", "import", first); got.err != nil {
			t.Fatal(got.err)
		}
		before := export(t, url, "Ours")
		second := csvFile(t, header+"ada@example.com,Ada,Lovelace,admin,true,America\nbob@example.com,Bob,,viewer,false,\nnew@example.com,,,member,true,America\n")

		got := once(t, database, "directory", "import", second, "--dry-run", "--deactivate-missing")
		want := `update user "ada@example.com": last_name
update membership "ada@example.com": viewer to admin
add group "America"
add group membership "ada@example.com": "America"
remove group membership "ada@example.com": "Europe"
deactivate user "bob@example.com": active
add user "new@example.com"
add membership "new@example.com": member
add group membership "new@example.com": "America"
deactivate user "eve@example.com": not in the directory
`
		if diff := cmp.Diff(want, got.stdout); diff != "" || got.err != nil {
			t.Errorf("dry run: %v, -want +got:\n%s", got.err, diff)
		}
		if !strings.HasPrefix(got.stderr, "Nothing was written.") || export(t, url, "Ours") != before {
			t.Errorf("a dry run wrote, or does not say that it did not:\n%s", got.stderr)
		}

		got = once(t, database, "directory", "import", second)
		want = `Changed in "Ours":
                   ADDED  UPDATED  DEACTIVATED  REMOVED
organizations      0      0        0            0
users              1      1        1            0
memberships        1      1        0            0
groups             1      0        0            0
group memberships  2      0        0            1
`
		if diff := cmp.Diff(want, got.stderr); diff != "" || got.err != nil || got.stdout != "" {
			t.Errorf("import: %v, %q, -want +got:\n%s", got.err, got.stdout, diff)
		}
		if after := export(t, url, "Ours"); !strings.Contains(after, "eve@example.com,Eve,,viewer,true,\n") {
			t.Errorf("without being asked to it changed who is not in the file:\n%s", after)
		}
	})
}

func TestDirectoryOfAnOrganizationThatItsUUIDNames(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := organizations(t, url, "Twins", "Twins", "twins", "Café")
		database := variablesOf{"DATABASE_URL": url}
		all, err := s.Organizations(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var files []string
		for i, one := range all {
			file := header + fmt.Sprintf("ada%d@example.com,Ada,Lovelace,admin,true,Europe\n", i)
			files = append(files, file)
			for form, uuid := range map[string]string{"capitals": strings.ToUpper(one.UUID), "as it is stored": one.UUID} {
				for _, flags := range []string{" --dry-run", "", " --deactivate-missing"} {
					got := once(t, database, strings.Fields("directory import --organization "+uuid+flags+" "+csvFile(t, file))...)
					if got.err != nil || !strings.Contains(got.stderr, strconv.Quote(one.Name)) {
						t.Errorf("%q, %s%s: %v\n%s", one.Name, form, flags, got.err, got.stderr)
					}
				}
			}
		}
		for i, one := range all { // each has its own people, and no organization was made
			if diff := cmp.Diff(files[i], export(t, url, strings.ToUpper(one.UUID))); diff != "" {
				t.Errorf("%q %s, -want +got:\n%s", one.Name, one.UUID, diff)
			}
		}
		if names := storetest.Query[string](t, s, `SELECT organization_name FROM organizations`); len(names) != len(all) {
			t.Errorf("there are %q", names)
		}
	})
}

func TestDirectoryExportLeavesOutWhoCouldNotBeImportedAgain(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := organizations(t, url)
		database := variablesOf{"DATABASE_URL": url, "ATTRIBUTED_ORGANIZATION": "Ours"}
		file := header + "ada@example.com,Ada,Lovelace,viewer,true,Europe\nbob@example.com,,,viewer,true,\neve@example.com,,,viewer,true,America\n"
		if got := once(t, database, "directory", "import", csvFile(t, file)); got.err != nil {
			t.Fatal(got.err)
		}
		storetest.Exec(t, s, `UPDATE groups SET name = 'Europe;North' WHERE name = 'Europe'`)
		storetest.Exec(t, s, `DELETE FROM emails WHERE email = 'eve@example.com'`)
		got := once(t, database, "directory", "export")
		if exitStatus(got.err) != 3 || !strings.Contains(line(got.err), "the others were exported") || got.stdout != header+"bob@example.com,,,viewer,true,\n" {
			t.Errorf("exit %d, %v, printed %q", exitStatus(got.err), got.err, got.stdout)
		}
		eve := storetest.Query[string](t, s, `SELECT user_uuid FROM users WHERE user_id NOT IN (SELECT user_id FROM emails)`)[0]
		want := "\"" + eve + "\": the e-mail is empty\n" +
			"\"ada@example.com\": the group's name \"Europe;North\" has a semicolon, which stands between groups\n"
		if got.stderr != want {
			t.Errorf("said %q, want %q", got.stderr, want)
		}
	})
}

func TestDirectoryExportEscapesFormulas(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		organizations(t, url)
		database := variablesOf{"DATABASE_URL": url, "ATTRIBUTED_ORGANIZATION": "Ours"}
		file := header + "+ada@example.com,=1+1,-x,admin,true,=b;@a;plain=\n" + "bob@example.com,＝1,'x,viewer,true,\n"
		if got := once(t, database, "directory", "import", csvFile(t, file)); got.err != nil {
			t.Fatal(got.err)
		}
		if got := export(t, url, "Ours"); !strings.Contains(got, "+ada@example.com,=1+1,-x,admin,true,=b;@a;plain=\n") {
			t.Errorf("without the flag: %s", got)
		}
		got := once(t, database, "directory", "export", "--escape-formulas")
		want := header + "'+ada@example.com,'=1+1,'-x,admin,true,'=b;'@a;plain=\n" + "bob@example.com,'＝1,'x,viewer,true,\n"
		if diff := cmp.Diff(want, got.stdout); diff != "" || got.err != nil {
			t.Errorf("%v, -want +got:\n%s", got.err, diff)
		}
	})
}

// The demo's directory goes through the program as it is built: from its standard
// output to its standard input, and on a terminal with a bar.
func TestDirectoryThroughAPipeAndOnATerminal(t *testing.T) {
	program, url := build(t), storetest.SQLiteURL(t)
	if err := organizations(t, url).LoadDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DATABASE_URL", url)
	pipe := exec.CommandContext(t.Context(), "sh", "-c", `"$1" directory export | sed s/,Carson,/,Louise,/ | "$1" directory import - 2>&1`, "sh", program)
	if printed, err := pipe.Output(); err != nil || !strings.HasPrefix(string(printed), "Changed in \"Jaffle Shop\":\n") {
		t.Errorf("%v:\n%s", err, printed)
	}
	if got := export(t, url, "Jaffle Shop"); !strings.Contains(got, "editor@lightdash.com,Rachel,Louise,editor,true,Europe\n") {
		t.Errorf("afterwards\n%s", got)
	}

	cmd := exec.CommandContext(t.Context(), program, "directory", "import", csvFile(t, manyPeople(20_000)))
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	shown, _ := io.ReadAll(terminal) // it ends with an error where the program does
	if err := cmd.Wait(); err != nil || !strings.Contains(string(shown), "importing") || !strings.Contains(string(shown), "%") || !strings.Contains(string(shown), "Changed in") {
		t.Errorf("%v: the terminal shows\n%q", err, shown)
	}
}

// manyPeople is a file with so many people, in two groups each.
func manyPeople(n int) string {
	var file strings.Builder
	file.WriteString(header)
	for i := range n {
		fmt.Fprintf(&file, "person%d@example.com,Ada,Lovelace %d,viewer,true,group %d;part %d\n", i, i, i%1000, i%7)
	}
	return file.String()
}

// BenchmarkDirectoryImport imports a file with 100,000 people into an empty database,
// again without a change, and again with one in each line.
func BenchmarkDirectoryImport(b *testing.B) {
	file := manyPeople(100_000)
	first, changed := csvFile(b, file), csvFile(b, strings.ReplaceAll(file, ",viewer,", ",editor,"))
	for engine, open := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		for _, bench := range []struct {
			name    string
			before  []string
			measure string
		}{{"first", nil, first}, {"unchanged", []string{first}, first}, {"changed", []string{first}, changed}} {
			b.Run(engine+"/"+bench.name, func(b *testing.B) {
				load := func(url, file string) {
					args := []string{"directory", "import", file, "--organization", "Ours", "--database", url}
					if err := run(b.Context(), args, variablesOf{}.get, io.Discard, io.Discard); err != nil {
						b.Fatal(err)
					}
				}
				for b.Loop() {
					b.StopTimer()
					url := open(b)
					organizations(b, url)
					for _, file := range bench.before {
						load(url, file)
					}
					b.StartTimer()
					load(url, bench.measure)
				}
			})
		}
	}
}
