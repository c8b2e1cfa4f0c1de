package main

import (
	"path/filepath"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
)

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
		{"another organization's user", header + good + "THEM@example.com,,,viewer,true,\n", "line 3: the e-mail is that of another organization's user\n"},
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
