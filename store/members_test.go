package store_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// person is an active viewer in no group, if nothing else is said.
func person(email string, change ...func(*store.Person)) store.Person {
	p := store.Person{Email: email, FirstName: "Ada", LastName: "Lovelace", Role: "viewer", Active: true}
	for _, apply := range change {
		apply(&p)
	}
	return p
}

func named(first, last string) func(*store.Person) {
	return func(p *store.Person) { p.FirstName, p.LastName = first, last }
}

func in(groups ...string) func(*store.Person) { return func(p *store.Person) { p.Groups = groups } }

func as(role string) func(*store.Person) { return func(p *store.Person) { p.Role = role } }
func inactive(p *store.Person)           { p.Active = false }

// imported brings people into an organization and returns it.
func imported(t *testing.T, s *store.Store, organization string, people ...store.Person) store.Organization {
	t.Helper()
	if _, err := s.ImportDirectory(t.Context(), organization, people, store.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	return callerFor(t, s, people[0].Email).Organization
}

func emailsOf(members []store.Member) string {
	emails := make([]string, len(members))
	for i, member := range members {
		emails[i] = member.Email
	}
	return strings.Join(emails, " ")
}

func namesOf(groups []store.Group) string {
	names := make([]string, len(groups))
	for i, group := range groups {
		names[i] = group.Name
	}
	return strings.Join(names, " ")
}

func TestListMembersTellsAllOfAMember(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		otherOrganization(t, s)
		now := time.Date(2026, 11, 24, 12, 0, 0, 123_999_999, time.UTC)
		store.SetClock(s, func() time.Time { return now })
		organization := imported(t, s, "Ours", person("ada@example.com", as("editor")), person("bob@example.com", named("Bob", ""), inactive))
		storetest.Exec(t, s, `DELETE FROM emails WHERE email = 'bob@example.com'`)
		got, total, err := s.ListMembers(t.Context(), organization, store.Page{Number: 1}, "", 0)
		if err != nil || total != 2 {
			t.Fatalf("total %d, %v", total, err)
		}
		at := now.Truncate(time.Millisecond)
		want := []store.Member{
			{UserUUID: got[0].UserUUID, FirstName: "Bob", Role: "viewer", CreatedAt: at, UpdatedAt: at},
			{UserUUID: got[1].UserUUID, FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com", Role: "editor", IsActive: true, CreatedAt: at, UpdatedAt: at},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestListGroupsTellsAllOfAGroup(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		otherOrganization(t, s)
		storetest.Exec(t, s, `UPDATE groups SET created_by_user_uuid = ?, updated_by_user_uuid = ?, created_at = '2026-11-24 12:00:00.123', updated_at = '2026-11-24 13:00:00.456'
			WHERE group_uuid = ?`, store.DemoUserUUID, store.DemoEditorUUID, store.DemoGroupUUID)
		got, total, err := s.ListGroups(t.Context(), organization, store.Page{Number: 1}, "EUR", 0)
		if err != nil || total != 1 {
			t.Fatalf("total %d, %v", total, err)
		}
		creator, updater := store.DemoUserUUID, store.DemoEditorUUID
		want := []store.Group{{
			UUID: store.DemoGroupUUID, Name: "Europe",
			CreatedAt:         time.Date(2026, 11, 24, 12, 0, 0, 123_000_000, time.UTC),
			UpdatedAt:         time.Date(2026, 11, 24, 13, 0, 0, 456_000_000, time.UTC),
			CreatedByUserUUID: &creator, UpdatedByUserUUID: &updater,
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestListPages(t *testing.T) {
	tests := []struct {
		name string
		page store.Page
		want string
	}{
		{"all on one page, by bytes", store.Page{Number: 1}, "B a c d é"},
		{"a second page of all", store.Page{Number: 2}, ""},
		{"the first page", store.Page{Number: 1, Size: 2}, "B a"},
		{"the last page, not full", store.Page{Number: 3, Size: 2}, "é"},
		{"the page after the last", store.Page{Number: 4, Size: 2}, ""},
		{"a last page that is full", store.Page{Number: 1, Size: 5}, "B a c d é"},
		{"the page after one that is full", store.Page{Number: 2, Size: 5}, ""},
		{"page 0", store.Page{Size: 2}, ""},
		{"a negative page", store.Page{Number: -1, Size: 2}, ""},
		{"a negative size", store.Page{Number: 1, Size: -2}, ""},
		{"the largest numbers", store.Page{Number: math.MaxInt64, Size: math.MaxInt64}, ""},
		{"the least number", store.Page{Number: math.MinInt64, Size: 1}, ""},
		{"a page larger than any", store.Page{Number: 1, Size: math.MaxInt64}, "B a c d é"},
		{"a number whose product with the size is that of page 1", store.Page{Number: 1<<63/2 + 1, Size: 4}, ""},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var people []store.Person
		for _, name := range []string{"a", "B", "c", "d", "é"} {
			people = append(people, person(name+"@example.com", in(name)))
		}
		organization := imported(t, s, "Ours", people...)
		imported(t, s, "Theirs", person("x@example.com", in("x")))
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				statements := store.CountStatements(s)
				members, total, err := s.ListMembers(t.Context(), organization, tt.page, "", 0)
				if got := strings.ReplaceAll(emailsOf(members), "@example.com", ""); got != tt.want || total != 5 || err != nil || members == nil {
					t.Errorf("members %q of %d, %v; want %q of 5", got, total, err, tt.want)
				}
				if got := statements.Load(); got != 2 {
					t.Errorf("%d statements, want 2", got)
				}
				groups, total, err := s.ListGroups(t.Context(), organization, tt.page, "", 0)
				if got := namesOf(groups); got != tt.want || total != 5 || err != nil || groups == nil {
					t.Errorf("groups %q of %d, %v; want %q of 5", got, total, err, tt.want)
				}
			})
		}
	})
}

func TestListSearch(t *testing.T) {
	tests := []struct{ name, search, members, groups string }{
		{"part of a first name", "zo", "zoe@example.com", ""},
		{"part of a last name", "LOVE", "ada@example.com", "love"},
		{"first and last name", "ada love", "ada@example.com", ""},
		{"last name and first name", "love ada", "", ""},
		{"the primary e-mail", "ZOE@", "zoe@example.com", ""},
		{"an e-mail that is not the primary one", "countess", "ada@example.com", ""},
		{"letters beyond ASCII", "ÉLAN Ж", "zoe@example.com", "élan ж"},
		{"a percent sign is no wildcard", "%", "zoe@example.com", "100%"},
		{"an underscore is no wildcard", "_", "", "a_b"},
		{"a backslash", `\`, "", `back\slash`},
		{"a quote", "'", "", ""},
		{"nothing like it", "nobody", "", ""},
		{"of another organization", "theirs", "", ""},
		{"U+0000, which no name has", "a\x00", "", ""},
		{"not UTF-8", "\xff", "", ""},
		{"longer than any name", strings.Repeat("a", 100_000), "", ""},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		organization := imported(t, s, "Ours",
			person("ada@example.com", in("love", "a_b", `back\slash`)),
			person("zoe@example.com", named("Zoë", "Élan Жук 100%"), in("élan ж", "100%")))
		imported(t, s, "Theirs", person("theirs@example.com", in("theirs")))
		storetest.Exec(t, s, `INSERT INTO emails (user_id, email) SELECT user_id, 'countess@example.com' FROM emails WHERE email = 'ada@example.com'`)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				members, total, err := s.ListMembers(t.Context(), organization, store.Page{Number: 1}, tt.search, 0)
				if got := emailsOf(members); got != tt.members || total != len(members) || err != nil {
					t.Errorf("members %q of %d, %v; want %q", got, total, err, tt.members)
				}
				groups, total, err := s.ListGroups(t.Context(), organization, store.Page{Number: 1}, tt.search, 0)
				if got := namesOf(groups); got != tt.groups || total != len(groups) || err != nil {
					t.Errorf("groups %q of %d, %v; want %q", got, total, err, tt.groups)
				}
			})
		}
	})
}

func TestListPagesTogetherAreTheList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var people []store.Person
		for i := range 25 {
			people = append(people, person(fmt.Sprintf("%d@example.com", i*7%25)))
		}
		organization := imported(t, s, "Ours", people...)
		whole, _, err := s.ListMembers(t.Context(), organization, store.Page{Number: 1}, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		var pages []store.Member
		for number := range int64(4) {
			page, _, err := s.ListMembers(t.Context(), organization, store.Page{Number: number + 1, Size: 8}, "", 0)
			if err != nil {
				t.Fatal(err)
			}
			pages = slices.Concat(pages, page)
		}
		if diff := cmp.Diff(whole, pages); diff != "" || len(whole) != 25 {
			t.Errorf("%d members, -list +pages:\n%s", len(whole), diff)
		}
	})
}
