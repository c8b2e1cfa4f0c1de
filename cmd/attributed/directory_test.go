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

// csvFile writes a file and gives its name.
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

func TestDirectoryImportRefusesTheWholeFile(t *testing.T) {
	const good = "good@example.com,,,viewer,true,\n"
	roles := strings.Join(store.Roles(), ", ")
	noHeader := "line 1: it is not the header " + directoryHeader + ", in UTF-8 and with commas\n"
	tests := []struct{ name, file, want string }{
		{"an empty file", "", noHeader},
		{"no header", good, noHeader},
		{"a header in another order", "first_name,email,last_name,role,active,groups\n" + good, noHeader},
		{"a header with a column more", directoryHeader + ",team\n" + good, noHeader},
		{"a header with semicolons", strings.ReplaceAll(header, ",", ";") + good, noHeader},
		{"a header with wrong quotes", `"email` + good, noHeader},
		{"UTF-16", "\xff\xfee\x00m\x00a\x00i\x00l\x00", noHeader},
		{"a file that is none of text", "\x00\x01\x02\n\x03", noHeader},
		{"too few and too many fields", header + good + "a@example.com,,,viewer,true\nb@example.com,,,viewer,true,,\n", "line 3: it has 5 fields and not 6\nline 4: it has 7 fields and not 6\n"},
		{"a quote in a field", header + `a@example.com,A"da,,viewer,true,` + "\n" + good, "line 2: its quotes are wrong, at column 16\n"},
		{"text after a quote", header + `a@example.com,"Ada"x,,viewer,true,` + "\n" + good, "line 2: its quotes are wrong, at column 19\n"},
		{"a quote that does not end", header + good + `a@example.com,"Ada,,viewer,true,` + "\nb@example.com,,,viewer,true,\n", "line 3: its quotes are wrong, at line 4, column 30\n"},
		{"not UTF-8", header + "a@example.com,\xff,,viewer,true,\n", "line 2: first_name is not UTF-8\n"},
		{"U+0000", header + "a@example.com,,\x00,viewer,true,a\x00\n", "line 2: last_name has the character U+0000\nline 2: a group's name has the character U+0000\n"},
		{"a role that does not exist", header + "a@example.com,,,owner,true,\n", `line 2: there is no role "owner", only ` + roles + "\n"},
		{"active neither true nor false", header + "a@example.com,,,viewer,yes,\nb@example.com,,,viewer,,\n", "line 2: active is \"yes\", and neither true nor false\nline 3: active is \"\", and neither true nor false\n"},
		{"no e-mail", header + ",,,viewer,true,\n", "line 2: the e-mail is empty\n"},
		{"what is no e-mail", header + "ada,,,viewer,true,\n", "line 2: the e-mail is not of the form name@example.com\n"},
		{"one e-mail twice", header + "a@example.com,,,viewer,true,\n" + good + "A@EXAMPLE.COM,,,viewer,true,\n", "line 4: the e-mail stands there already, on line 2\n"},
		{"another organisation's user", header + good + "THEM@example.com,,,viewer,true,\n", "line 3: the e-mail is that of another organization's user\n"},
		{"a group's name that is too long", header + "a@example.com,,,viewer,true," + strings.Repeat("é", 256) + "\n", "line 2: a group's name is longer than 255 characters\n"},
		{"a group without a name", header + "a@example.com,,,viewer,true,a;\n", "line 2: a group's name is empty\n"},
		{"a space after a semicolon", header + "a@example.com,,,viewer,true,a; b\n", "line 2: the group's name \" b\" begins or ends with a space\n"},
		{"lines after one of several lines", header + "a@example.com,\"a\nb\n\",,viewer,true,\n\nb@example.com,,,x,true,\n", `line 6: there is no role "x", only ` + roles + "\n"},
		{"all that is wrong, in order", header + "them@example.com,,,x,maybe,\nshort\n,,,viewer,true,\n", "line 2: active is \"maybe\", and neither true nor false\n" +
			`line 2: there is no role "x", only ` + roles + "\nline 2: the e-mail is that of another organization's user\nline 3: it has 1 fields and not 6\nline 4: the e-mail is empty\n"},
	}
	storetest.EachURL(t, func(t *testing.T, url string) {
		organizations(t, url, "Ours")
		if got := once(t, nil, "directory", "import", csvFile(t, header+"them@example.com,,,viewer,true,\n"), "--organization", "Theirs", "--database", url); got.err != nil {
			t.Fatal(got.err)
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				for _, flag := range []string{"--dry-run", "--deactivate-missing"} {
					name := csvFile(t, tt.file)
					got := once(t, nil, "directory", "import", name, "--organization", "Ours", "--database", url, flag)
					if exitStatus(got.err) != 1 || line(got.err) != name+" cannot be imported: nothing was changed" {
						t.Errorf("exit %d: %v", exitStatus(got.err), got.err)
					}
					if diff := cmp.Diff(tt.want, got.stderr); diff != "" || got.stdout != "" {
						t.Errorf("%q, -want +got:\n%s", got.stdout, diff)
					}
				}
				if got := export(t, url, "Ours"); got != header {
					t.Errorf("something was imported:\n%s", got)
				}
			})
		}
	})
}

func TestDirectoryImportListsABoundedNumberOfFaults(t *testing.T) {
	url := storetest.SQLiteURL(t)
	organizations(t, url, "Ours")
	got := once(t, nil, "directory", "import", csvFile(t, header+strings.Repeat("short\n", 200)), "--database", url)
	if exitStatus(got.err) != 1 || strings.Count(got.stderr, "\n") != 200 {
		t.Errorf("%v\n%s", got.err, got.stderr)
	}
}

func TestDirectoryRefusals(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		database := variablesOf{"DATABASE_URL": url}
		name := csvFile(t, header)
		s := storetest.Open(t, url)
		refused(t, database, "directory import "+name, 1, "run attributed migrate up")
		refused(t, database, "directory export", 1, "run attributed migrate up")
		refused(t, database, "token list", 1, "run attributed migrate up")
		if err := s.MigrateUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		refused(t, database, "directory import", 2, `expected "<file>"`)
		refused(t, database, "directory import "+name+".nosuch", 1, "the file cannot be read")
		refused(t, database, "directory import "+filepath.Dir(name), 1, "cannot be read")
		refused(t, database, "directory import "+name, 2, "the database has no organization yet: name it with --organization NAME")
		refused(t, database, "directory export", 2, "the database has no organization yet")
		refused(t, database, "directory export --organization Nosuch", 1, "There is no organization of this name.")
		refused(t, database, "directory import "+name+" --organization "+strings.Repeat("x", 256), 1, "its name is longer than 255 characters")
		refused(t, database, "directory import "+name+" --organization Typo", 1, "There is nobody in the directory: nothing was changed.")
		s = organizations(t, url, "Ours", "Twins", "Twins")
		refused(t, database, "directory import "+name, 2, "the database has 3 organizations: say which is meant with --organization NAME")
		for _, uuid := range storetest.Query[string](t, s, `SELECT organization_uuid FROM organizations`) {
			refused(t, database, "directory export", 2, "("+uuid+")")
		}
		twins := storetest.Query[string](t, s, `SELECT organization_uuid FROM organizations WHERE organization_name = 'Twins' ORDER BY organization_uuid`)
		refused(t, database, "directory export", 2, `there are "Ours" (`)
		refused(t, database, "directory import --organization Twins "+name, 1, "2 organizations have this name: say which is meant by its uuid, "+twins[0]+" or "+twins[1])
		refused(t, database, "directory export --organization Twins", 1, "2 organizations have this name: say which")
		for _, command := range []string{"export", "import " + name, "import --dry-run " + name} {
			refused(t, database, "directory "+command+" --organization "+strings.Repeat("0", 8)+"-0000-4000-8000-000000000000", 1, "There is no organization of this uuid.")
		}
		refused(t, database, "token revoke", 2, `expected "<uuid>"`)
		refused(t, database, "token revoke 1", 1, "There is no token with this uuid.")
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

func TestDirectoryImportLooksForAnAdmin(t *testing.T) {
	const admin, other = "ada@example.com,Ada,Lovelace,admin,true,\n", "bob@example.com,,,viewer,true,\n"
	tests := []struct {
		name, before, file string
		flags              []string
		refused, warned    bool
	}{
		{"the last one gets another role", admin, "ada@example.com,Ada,Lovelace,viewer,true,\n", nil, true, false},
		{"the last one becomes inactive", admin + other, "ADA@example.com,Ada,Lovelace,admin,false,\n", nil, true, false},
		{"the last one is missing", admin + other, other, []string{"--deactivate-missing"}, true, false},
		{"the last one is missing, and stays", admin + other, other + "eve@example.com,,,viewer,true,\n", nil, false, false},
		{"another becomes one", admin + other, strings.Replace(admin, "true", "false", 1) + strings.Replace(other, "viewer", "admin", 1), nil, false, false},
		{"an inactive one is none", admin + other, strings.Replace(admin, "admin", "viewer", 1) + "eve@example.com,,,admin,false,\n", nil, true, false},
		{"there was none", other, "eve@example.com,,,viewer,true,\n", nil, false, true},
		{"a new organization", "", other, nil, false, true},
		{"forced", admin, "ada@example.com,Ada,Lovelace,viewer,true,\n", []string{"--force"}, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			storetest.EachURL(t, func(t *testing.T, url string) {
				organizations(t, url, "Ours")
				database := variablesOf{"DATABASE_URL": url, "ATTRIBUTED_ORGANIZATION": "Ours"}
				if tt.before != "" {
					once(t, database, "directory", "import", csvFile(t, header+tt.before))
				}
				before := export(t, url, "Ours")
				for _, flags := range [][]string{append([]string{"--dry-run"}, tt.flags...), tt.flags} {
					got := once(t, database, append([]string{"directory", "import", csvFile(t, header+tt.file)}, flags...)...)
					if refused := exitStatus(got.err) == 1 && strings.Contains(line(got.err), "refused without --force"); refused != tt.refused || got.err != nil && !refused {
						t.Errorf("%q: %v", flags, got.err)
					}
					if warned := strings.Contains(got.stderr, "has no active admin"); warned != tt.warned {
						t.Errorf("%q said %q", flags, got.stderr)
					}
				}
				if after := export(t, url, "Ours"); (after == before) != tt.refused {
					t.Errorf("was\n%s\nis\n%s", before, after)
				}
			})
		})
	}
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
