package server_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

const members, groups = "/api/v1/org/users", "/api/v1/org/groups"

// addDirectory adds to the demo what a search could get wrong, and returns every row
// the same times.
func (a *api) addDirectory(t *testing.T) {
	t.Helper()
	a.addPeople(t)
	a.addUser(t, "5a1c0000-0000-4000-8000-000000000021", "Zoe_100%@example.com", "interactive_viewer", "Jaffle Shop")
	storetest.Exec(t, a.store, `UPDATE users SET first_name = 'Zoé', last_name = 'O''Neil "Z"' WHERE user_uuid = '5a1c0000-0000-4000-8000-000000000021'`)
	storetest.Exec(t, a.store, `INSERT INTO emails (user_id, email, is_primary) SELECT user_id, 'second@elsewhere.example', false
		FROM users WHERE user_uuid = ?`, store.DemoEditorUUID)
	storetest.Exec(t, a.store, `INSERT INTO groups (group_uuid, name, organization_id, created_by_user_uuid, updated_by_user_uuid)
		SELECT '5a1c0000-0000-4000-8000-000000000022', 'Équipe_1 50%', organization_id, ?, ? FROM organizations WHERE organization_uuid = ?`,
		store.DemoUserUUID, store.DemoEditorUUID, store.DemoOrganizationUUID)
	zone := "+00" // which a Lightdash's columns have in part
	if storetest.IsSQLite(a.store) {
		zone = ""
	}
	for _, table := range []string{"users", "groups"} {
		storetest.Exec(t, a.store, `UPDATE `+table+` SET created_at = '2026-01-02 03:04:05.600`+zone+`', updated_at = '2026-02-03 04:05:06.000`+zone+`'`)
	}
}

func TestListsAreWhatTheRowsSay(t *testing.T) {
	member := func(uuid, email, first, last, role string, active bool) string {
		return fmt.Sprintf(`{"email":%q,"firstName":%q,"isActive":%t,"lastName":%q,"organizationUuid":%q,"role":%q,`+
			`"userCreatedAt":"2026-01-02T03:04:05.600Z","userUpdatedAt":"2026-02-03T04:05:06.000Z","userUuid":%q}`,
			email, first, active, last, store.DemoOrganizationUUID, role, uuid)
	}
	group := func(uuid, name, created, updated string) string {
		return fmt.Sprintf(`{"createdAt":"2026-01-02T03:04:05.600Z","createdByUserUuid":%s,"name":%q,"organizationUuid":%q,`+
			`"updatedAt":"2026-02-03T04:05:06.000Z","updatedByUserUuid":%s,"uuid":%q}`, created, name, store.DemoOrganizationUUID, updated, uuid)
	}
	want := map[string][]string{
		members: {
			member("5a1c0000-0000-4000-8000-000000000021", "Zoe_100%@example.com", "Zoé", `O'Neil "Z"`, "interactive_viewer", true),
			member(store.DemoUserUUID, "demo@lightdash.com", "David", "Attenborough", "admin", true),
			member(store.DemoEditorUUID, "editor@lightdash.com", "Rachel", "Carson", "editor", true),
			member(inactiveUUID, inactiveEmail, "", "", "editor", false),
			member(store.DemoViewerUUID, "viewer@lightdash.com", "Jane", "Goodall", "viewer", true),
		},
		groups: {
			group(store.DemoOtherGroupUUID, "America", "null", "null"),
			group(store.DemoGroupUUID, "Europe", "null", "null"),
			group("5a1c0000-0000-4000-8000-000000000022", "Équipe_1 50%", `"`+store.DemoUserUUID+`"`, `"`+store.DemoEditorUUID+`"`),
		},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addDirectory(t)
		for list, rows := range want {
			got := a.do(t, "GET", list, "")
			if want := `{"results":{"data":[` + strings.Join(rows, ",") + `]},"status":"ok"}` + "\n"; got.status != 200 || got.body != want {
				t.Errorf("%d\n got %s\nwant %s", got.status, got.body, want)
			}
		}
	})
}

func TestPagesAndSearches(t *testing.T) {
	const demo, editor, inactive, viewer, zoe = "demo@lightdash.com", "editor@lightdash.com", inactiveEmail, "viewer@lightdash.com", "Zoe_100%@example.com"
	const everybody = zoe + " " + demo + " " + editor + " " + inactive + " " + viewer
	tests := []struct{ query, members, groups, pages string }{ // pages is of members; "" is the whole list
		{"", everybody, "America Europe Équipe_1 50%", ""},
		{"?searchQuery=", everybody, "America Europe Équipe_1 50%", ""},
		{"?includeGroups=1&includeMembers=9&includegroups=x&projectUuid=x&googleOidcOnly=maybe&Page=x", everybody, "America Europe Équipe_1 50%", ""},
		{"?page=1&pageSize=2", zoe + " " + demo, "America Europe", "page 1 of 3, 2 of 5"},
		{"?page=2&pageSize=2", editor + " " + inactive, "Équipe_1 50%", "page 2 of 3, 2 of 5"},
		{"?page=3&pageSize=2", viewer, "", "page 3 of 3, 2 of 5"},
		{"?page=4&pageSize=2", "", "", "page 4 of 3, 2 of 5"},
		{"?page=0&pageSize=2", everybody, "America Europe Équipe_1 50%", ""},
		{"?page=0.000000&pageSize=100.000000&includeMembers=0.000000&searchQuery=", everybody, "America Europe Équipe_1 50%", ""},
		{"?page=1.000000&pageSize=2.000000&searchQuery=", zoe + " " + demo, "America Europe", "page 1 of 3, 2 of 5"},
		{"?page=2.&pageSize=20e-1", editor + " " + inactive, "Équipe_1 50%", "page 2 of 3, 2 of 5"},
		{"?page=%2B.1e1&pageSize=0.2E%2B1", zoe + " " + demo, "America Europe", "page 1 of 3, 2 of 5"},
		{"?page=-0.0", everybody, "America Europe Équipe_1 50%", ""},
		{"?page=9223372036854775807&pageSize=10000", "", "", "page 9223372036854775807 of 1, 10000 of 5"},
		{"?pageSize=1", zoe, "America", "page 1 of 5, 1 of 5"},
		{"?page=1", everybody, "America Europe Équipe_1 50%", "page 1 of 1, 100 of 5"},
		{"?page=2", "", "", "page 2 of 1, 100 of 5"},
		{"?searchQuery=E&page=1&pageSize=1", zoe, "America", "page 1 of 5, 1 of 5"},
		{"?searchQuery=nobody&page=1&pageSize=1", "", "", "page 1 of 0, 1 of 0"},
		{"?searchQuery=LIGHTDASH", demo + " " + editor + " " + inactive + " " + viewer, "", ""},
		{"?searchQuery=rachel%20c", editor, "", ""},
		{"?searchQuery=second@elsewhere", editor, "", ""},
		{"?searchQuery=%C3%89", zoe, "Équipe_1 50%", ""}, // É, which is in Zoé
		{"?searchQuery=europe", "", "Europe", ""},
		{"?searchQuery=%25", zoe, "Équipe_1 50%", ""},
		{"?searchQuery=_1", zoe, "Équipe_1 50%", ""},
		{"?searchQuery=%27Neil+%22", zoe, "", ""},
		{"?searchQuery=a,b", "", "", ""},
		{"?searchQuery=%5C", "", "", ""},
		{"?searchQuery=" + theirAdmin, "", "", ""},
		{"?searchQuery=" + strings.Repeat("%C3%BC", 255), "", "", ""},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addDirectory(t)
		for _, tt := range tests {
			t.Run(tt.query, func(t *testing.T) {
				got, pages := a.page(t, members+tt.query)
				if got != tt.members || pages != tt.pages {
					t.Errorf("members %q, %s; want %q, %s", got, pages, tt.members, tt.pages)
				}
				if got, _ := a.page(t, groups+tt.query); got != tt.groups {
					t.Errorf("groups %q, want %q", got, tt.groups)
				}
			})
		}
	})
}

// page returns the e-mails or names on a page, and where it stands among the others.
func (a *api) page(t *testing.T, target string) (data, pages string) {
	t.Helper()
	page := results[struct {
		Data       []struct{ Email, Name string }
		Pagination *struct{ Page, PageSize, TotalResults, TotalPageCount json.Number }
	}](t, a.do(t, "GET", target, ""))
	var names []string
	for _, one := range page.Data {
		names = append(names, one.Email+one.Name)
	}
	if p := page.Pagination; p != nil {
		pages = fmt.Sprintf("page %s of %s, %s of %s", p.Page, p.TotalPageCount, p.PageSize, p.TotalResults)
	}
	return strings.Join(names, " "), pages
}

func TestQueriesThatAreRefused(t *testing.T) {
	at := func(place, message string) map[string]string { return map[string]string{place: message} }
	const noNumber, outOfRange, once = "must be a whole number", "is out of range", "must be sent once"
	tests := []struct {
		query string
		want  map[string]string // nil is a 400
	}{
		{"?page=-1", at("query.page", "must be at least 0")},
		{"?page=1.5", at("query.page", noNumber)},
		{"?page=15e-1", at("query.page", noNumber)},
		{"?page=1_0", at("query.page", noNumber)},
		{"?page=Infinity", at("query.page", noNumber)},
		{"?page=1e", at("query.page", noNumber)},
		{"?page=-1.0", at("query.page", "must be at least 0")},
		{"?page=1e30", at("query.page", outOfRange)},
		{"?page=1.5&pageSize=1e9", map[string]string{"query.page": noNumber, "query.pageSize": "must be at most 10,000"}},
		{"?page=" + secret, at("query.page", noNumber)},
		{"?page=0x1", at("query.page", noNumber)},
		{"?page=%201", at("query.page", noNumber)},
		{"?page=1%00", at("query.page", noNumber)},
		{"?page=", at("query.page", notEmpty)},
		{"?page", at("query.page", notEmpty)},
		{"?page=9223372036854775808", at("query.page", outOfRange)},
		{"?page=1&page=1", at("query.page", once)},
		{"?pageSize=0", at("query.pageSize", "must be at least 1")},
		{"?pageSize=-9223372036854775808", at("query.pageSize", "must be at least 1")},
		{"?pageSize=10001", at("query.pageSize", "must be at most 10,000")},
		{"?pageSize=null", at("query.pageSize", noNumber)},
		{"?searchQuery=" + secret + "%00", at("query.searchQuery", nulInText)},
		{"?searchQuery=%C3%28" + secret, at("query.searchQuery", "must be UTF-8")},
		{"?searchQuery=a&searchQuery=" + secret, at("query.searchQuery", once)},
		{"?searchQuery=" + strings.Repeat("%C3%BC", 256), at("query.searchQuery", tooLong)},
		{"?page=x&pageSize=0&searchQuery=%00", map[string]string{
			"query.page": noNumber, "query.pageSize": "must be at least 1", "query.searchQuery": nulInText}},
		{"?searchQuery=%", nil},
		{"?searchQuery=100%25%20%zz" + secret, nil},
		{"?page=x&searchQuery=a;b", nil},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, tt := range tests {
			for _, list := range []string{members, groups} {
				t.Run(list+tt.query, func(t *testing.T) {
					got := a.do(t, "GET", list+tt.query, "")
					if tt.want == nil {
						got.want(t, 400, "ParameterError")
						return
					}
					got.want(t, 422, "ValidateError")
					if !maps.Equal(got.data, tt.want) {
						t.Errorf("got %q\nwant %q", got.data, tt.want)
					}
				})
			}
		}
	})
}
