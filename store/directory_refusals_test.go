package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// refusals are the problems of err, one in a line.
func refusals(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	refused, ok := errors.AsType[*store.Error](err)
	if !ok || refused.Kind != store.Invalid {
		t.Fatalf("not an Invalid: %v", err)
	}
	var lines []string
	for _, p := range refused.Problems {
		lines = append(lines, fmt.Sprintf("%d/%d %s: %s", p.Person, p.Earlier, p.Who, p.Reason))
	}
	return lines
}

func TestImportDirectoryRefuses(t *testing.T) {
	long := strings.Repeat("é", 255)
	tests := []struct {
		name   string
		people []store.Person
		want   []string // person/earlier who: reason
	}{
		{"the longest names", []store.Person{person("a@example.com", named(long, long), in(long))}, nil},
		{"names that are too long", []store.Person{person("a@example.com", named(long+"x", long+"x"), in(long+"x"))}, []string{
			"0/-1 a@example.com: first_name is longer than 255 characters",
			"0/-1 a@example.com: last_name is longer than 255 characters",
			"0/-1 a@example.com: a group's name is longer than 255 characters",
		}},
		{"no e-mail", []store.Person{person("a@example.com"), person("")}, []string{"1/-1 Ada Lovelace: the e-mail is empty"}},
		{"what is no e-mail", []store.Person{person("ada"), person("ada@"), person("@example.com"), person("a b@example.com"), person("Ada <a@example.com>"), person(" a@example.com")}, []string{
			"0/-1 ada: the e-mail is not of the form name@example.com",
			"1/-1 ada@: the e-mail is not of the form name@example.com",
			"2/-1 @example.com: the e-mail is not of the form name@example.com",
			"3/-1 a b@example.com: the e-mail is not of the form name@example.com",
			"4/-1 Ada <a@example.com>: the e-mail is not of the form name@example.com",
			"5/-1  a@example.com: the e-mail is not of the form name@example.com",
		}},
		{"an e-mail with capitals that not every engine knows", []store.Person{person("É@example.com"), person("é@example.com"), person("É@EXAMPLE.com")}, []string{
			"0/-1 É@example.com: the e-mail has capital letters that are not A to Z: write them small",
			"2/-1 É@EXAMPLE.com: the e-mail has capital letters that are not A to Z: write them small",
			"2/0 É@EXAMPLE.com: the e-mail stands there already",
		}},
		{"an e-mail with what nobody sees", []store.Person{person("a\u200b@example.com")}, []string{
			"0/-1 a\u200b@example.com: the e-mail has a character that cannot be seen",
		}},
		{"an e-mail that is too long", []store.Person{person(strings.Repeat("a", 244) + "@example.com")}, []string{
			"0/-1 " + strings.Repeat("a", 244) + "@example.com: email is longer than 255 characters",
		}},
		{"a role that does not exist", []store.Person{person("a@example.com", as("Admin")), person("b@example.com", as(""))}, []string{
			`0/-1 a@example.com: there is no role "Admin", only admin, developer, editor, interactive_viewer, viewer, member`,
			`1/-1 b@example.com: there is no role "", only admin, developer, editor, interactive_viewer, viewer, member`,
		}},
		{"groups' names that a list cannot hold", []store.Person{person("a@example.com", in("", " a", "a ", "a;b"))}, []string{
			"0/-1 a@example.com: a group's name is empty",
			`0/-1 a@example.com: the group's name " a" begins or ends with a space`,
			`0/-1 a@example.com: the group's name "a " begins or ends with a space`,
			`0/-1 a@example.com: the group's name "a;b" has a semicolon, which stands between groups`,
		}},
		{"a group's name with what nobody sees", []store.Person{person("a@example.com", in("Eu\u200brope", "\u00adE", "E\u3164", "a\ufe0fb"))}, []string{
			`0/-1 a@example.com: the group's name "Eu\u200brope" has a character that cannot be seen, U+200B, at place 3`,
			`0/-1 a@example.com: the group's name "\u00adE" has a character that cannot be seen, U+00AD, at place 1`,
			"0/-1 a@example.com: the group's name \"E\u3164\" has a character that cannot be seen, U+3164, at place 2",
			"0/-1 a@example.com: the group's name \"a\ufe0fb\" has a character that cannot be seen, U+FE0F, at place 2",
		}},
		{"signs that would join or shape an emoji, elsewhere", []store.Person{person("a@example.com", in(
			"a\u200db", "👩\u200d", "\u200d💻", "👩\u200d\u200d💻", "👩\u200da", "=\u200d=", "㈱\u200d㈱", "\ufe0f\u200d💻", "👩\ufe0f\ufe0f", "❤\ufe0e", "👩\u200b💻"))}, []string{
			`0/-1 a@example.com: the group's name "a\u200db" has a character that cannot be seen, U+200D, at place 2`,
			`0/-1 a@example.com: the group's name "👩\u200d" has a character that cannot be seen, U+200D, at place 2`,
			`0/-1 a@example.com: the group's name "\u200d💻" has a character that cannot be seen, U+200D, at place 1`,
			`0/-1 a@example.com: the group's name "👩\u200d\u200d💻" has a character that cannot be seen, U+200D, at place 2`,
			`0/-1 a@example.com: the group's name "👩\u200da" has a character that cannot be seen, U+200D, at place 2`,
			`0/-1 a@example.com: the group's name "=\u200d=" has a character that cannot be seen, U+200D, at place 2`,
			`0/-1 a@example.com: the group's name "㈱\u200d㈱" has a character that cannot be seen, U+200D, at place 2`,
			"0/-1 a@example.com: the group's name \"\ufe0f\\u200d💻\" has a character that cannot be seen, U+FE0F, at place 1",
			"0/-1 a@example.com: the group's name \"👩\ufe0f\ufe0f\" has a character that cannot be seen, U+FE0F, at place 3",
			"0/-1 a@example.com: the group's name \"❤\ufe0e\" has a character that cannot be seen, U+FE0E, at place 2",
			`0/-1 a@example.com: the group's name "👩\u200b💻" has a character that cannot be seen, U+200B, at place 2`,
		}},
		{"one e-mail in two forms", []store.Person{person("é@example.com"), person("e\u0301@example.com")}, []string{
			"1/0 é@example.com: the e-mail stands there already",
		}},
		{"text that no database holds", []store.Person{person("a\x00@example.com"), person("a\xff@example.com", named("\x00", "\xff"), in("\x00"))}, []string{
			"0/-1 a\x00@example.com: email has the character U+0000",
			"1/-1 a\xff@example.com: email is not UTF-8",
			"1/-1 a\xff@example.com: first_name has the character U+0000",
			"1/-1 a\xff@example.com: last_name is not UTF-8",
			"1/-1 a\xff@example.com: a group's name has the character U+0000",
		}},
		{"a carriage return, which a CSV file does not keep", []store.Person{person("a@example.com", named("a\r\nb", ""))}, []string{"0/-1 a@example.com: first_name has a carriage return"}},
		{"one e-mail three times", []store.Person{person("a@example.com"), person("b@example.com"), person("A@example.com"), person("a@EXAMPLE.com")}, []string{
			"2/0 A@example.com: the e-mail stands there already", "3/0 a@EXAMPLE.com: the e-mail stands there already",
		}},
		{"one user twice", []store.Person{person("ada@example.com"), person("Countess@example.com"), person("ADA@example.com")}, []string{
			"1/0 Countess@example.com: the e-mail is another one of the same user", "2/0 ADA@example.com: the e-mail stands there already",
		}},
		{"another organization's user", []store.Person{person("a@example.com"), person("THEM@example.com")}, []string{
			"1/-1 THEM@example.com: the e-mail is that of another organization's user",
		}},
		{"all problems at once, in order", []store.Person{person("them@example.com", as("x")), person(""), person("THEM@example.com")}, []string{
			`0/-1 them@example.com: there is no role "x", only admin, developer, editor, interactive_viewer, viewer, member`,
			"0/-1 them@example.com: the e-mail is that of another organization's user",
			"1/-1 Ada Lovelace: the e-mail is empty",
			"2/0 THEM@example.com: the e-mail stands there already",
			"2/-1 THEM@example.com: the e-mail is that of another organization's user",
		}},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		imported(t, s, "Ours", person("ada@example.com", in("Europe")))
		imported(t, s, "Theirs", person("them@example.com", in("Europe")))
		storetest.Exec(t, s, `INSERT INTO emails (user_id, email) SELECT user_id, 'countess@example.com' FROM emails WHERE email = 'ada@example.com'`)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				before := everything(t, s)
				_, err := s.ImportDirectory(t.Context(), "Ours", tt.people, store.ImportOptions{DryRun: tt.want == nil, DeactivateMissing: true})
				if diff := cmp.Diff(tt.want, refusals(t, err)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if diff := cmp.Diff(before, everything(t, s)); diff != "" {
					t.Errorf("-before +after:\n%s", diff)
				}
			})
		}
	})
}

func TestExportDirectoryLeavesOutWhatNoImportCouldMake(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		good := person("good@example.com", in("Europe"))
		imported(t, s, "Ours", good, person("ada@example.com"), person("bob@example.com", in("b")), person("eve@example.com", named("", "")), person("wide@example.com"))
		storetest.Exec(t, s, `UPDATE groups SET name = 'a;b' WHERE name = 'b'`)
		storetest.Exec(t, s, `DELETE FROM emails WHERE email IN ('ada@example.com', 'eve@example.com')`)
		storetest.Exec(t, s, `UPDATE emails SET email = 'wide' WHERE email = 'wide@example.com'`)
		people, problems, err := s.ExportDirectory(t.Context(), "Ours")
		if diff := cmp.Diff([]store.Person{good}, people); diff != "" || err != nil {
			t.Errorf("%v, -want +got:\n%s", err, diff)
		}
		var told []string
		for _, problem := range problems {
			told = append(told, problem.Who+": "+problem.Reason)
		}
		slices.Sort(told)
		nobody := storetest.Query[string](t, s, `SELECT user_uuid FROM users WHERE first_name = ''`)[0]
		nameless := storetest.Query[string](t, s, `SELECT user_uuid FROM users WHERE first_name = 'Ada' AND user_id NOT IN (SELECT user_id FROM emails)`)[0]
		want := []string{
			nobody + ": the e-mail is empty",
			"Ada Lovelace " + nameless + ": the e-mail is empty",
			`bob@example.com: the group's name "a;b" has a semicolon, which stands between groups`,
			"wide: the e-mail is not of the form name@example.com",
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}
