package server_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"attributed/gen"
	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// attribute is a body with values of the demo's people; each text is JSON.
func attribute(name, attributeDefault, users, groups string) string {
	return fmt.Sprintf(`{"name":%q,"attributeDefault":%s,"users":%s,"groups":%s}`, name, attributeDefault, users, groups)
}

// create makes an attribute and returns its uuid and version.
func (a *api) create(t testing.TB, body string) (uuid, version string) {
	t.Helper()
	got := a.post(t, body)
	return results[gen.UserAttribute](t, got).Uuid, got.header.Get("ETag")
}

func TestListOfAttributes(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		if got := a.do(t, "GET", attributes, ""); got.body != `{"results":[],"status":"ok"}`+"\n" {
			t.Errorf("of none: %s", got.body)
		}
		a.post(t, attribute("theirs", "null", "[]", "[]"), header("Authorization", "ApiKey "+a.tokenOf(t, theirAdmin))).want(t, 200, "")
		times := map[string]string{"oldest": "2026-01-01 00:00:00.001", "same moment": "2026-01-01 00:00:00.002", "the same": "2026-01-01 00:00:00.002", "newest": "2026-01-01 00:00:00.010"}
		var together []string
		for name, at := range times {
			uuid, _ := a.create(t, attribute(name, `"d"`, user(`"`+store.DemoUserUUID+`"`, `"v"`), group(`"`+store.DemoGroupUUID+`"`, `"v"`)))
			storetest.Exec(t, s, `UPDATE user_attributes SET created_at = ? WHERE user_attribute_uuid = ?`, at, uuid)
			if strings.Contains(name, "same") {
				together = append(together, uuid)
			}
		}
		slices.Sort(together)

		got := a.do(t, "GET", attributes+"?page=x&other=1&%zz", "") // it has no parameters
		var uuids []string
		for _, element := range results[[]json.RawMessage](t, got) {
			var one gen.UserAttribute
			if err := json.Unmarshal(element, &one); err != nil {
				t.Fatal(err)
			}
			uuids = append(uuids, one.Uuid)
			if alone := results[json.RawMessage](t, a.do(t, "GET", attributes+"/"+one.Uuid, "")); string(alone) != string(element) {
				t.Errorf("in the list %s\nalone       %s", element, alone)
			}
		}
		if len(uuids) != 4 || !slices.Equal(uuids[1:3], together) || !strings.Contains(inOldForm(got.body), `[{"attributeDefault":"d","createdAt":"2026-01-01T00:00:00.010Z"`) {
			t.Errorf("want the newest, then %v, then the oldest: %s", together, got.body)
		}
	})
}

// identity is what an update leaves as it is.
var identity = regexp.MustCompile(`"createdAt":"[^"]*",|"organizationUuid":"[^"]*",|,"uuid":"[^"]*"`)

func TestUpdate(t *testing.T) {
	const demoUser, viewer = `"` + store.DemoUserUUID + `"`, `"` + store.DemoViewerUUID + `"`
	const demoGroup, otherGroup = `"` + store.DemoGroupUUID + `"`, `"` + store.DemoOtherGroupUUID + `"`
	described := func(description string) string {
		return strings.Replace(attribute("old", "null", "[]", "[]"), "{", `{"description":`+description+`,`, 1)
	}
	tests := []struct{ name, body, want string }{ // want is the answer but for its identity
		{"an absent description keeps the old one", attribute("old", "null", "[]", "[]"), `"attributeDefault":null,"description":"kept","groups":[],"name":"old","users":[]`},
		{"an empty description clears it", described(`""`), `"attributeDefault":null,"groups":[],"name":"old","users":[]`},
		{"another description", described(`"new"`), `"attributeDefault":null,"description":"new","groups":[],"name":"old","users":[]`},
		{"another name", attribute("new", "null", "[]", "[]"), `"attributeDefault":null,"description":"kept","groups":[],"name":"new","users":[]`},
		{"its own name in another case", attribute("OLD", "null", "[]", "[]"), `"attributeDefault":null,"description":"kept","groups":[],"name":"OLD","users":[]`},
		{"an empty default", attribute("old", `""`, "[]", "[]"), `"attributeDefault":"","description":"kept","groups":[],"name":"old","users":[]`},
		{"users and groups wholly", attribute("old", "null", user(viewer, `"new"`), group(otherGroup, `""`)), `"attributeDefault":null,"description":"kept","groups":[{"groupUuid":` + otherGroup + `,"value":""}],"name":"old","users":[{"email":"viewer@lightdash.com","userUuid":` + viewer + `,"value":"new"}]`},
		{"another value of the same user", attribute("old", "null", user(strings.ToUpper(demoUser), `"new"`), "[]"), `"attributeDefault":null,"description":"kept","groups":[],"name":"old","users":[{"email":"demo@lightdash.com","userUuid":` + demoUser + `,"value":"new"}]`},
		{"unknown fields are ignored", strings.Replace(attribute("old", "null", "[]", "[]"), "{", `{"uuid":"x","createdAt":1,"organizationUuid":"`+nobody+`",`, 1), `"attributeDefault":null,"description":"kept","groups":[],"name":"old","users":[]`},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				old := a.post(t, strings.Replace(attribute("old", `"d"`, user(demoUser, `"old"`), group(demoGroup, `"old"`)), "{", `{"description":"kept",`, 1))
				before := results[gen.UserAttribute](t, old)
				got := a.do(t, "PUT", attributes+"/"+strings.ToUpper(before.Uuid), tt.body)
				if want := `{"results":{` + tt.want + `},"status":"ok"}` + "\n"; identity.ReplaceAllString(inOldForm(got.body), "") != want {
					t.Errorf("%d\n got %s\nwant %s", got.status, got.body, want)
				}
				after := results[gen.UserAttribute](t, got)
				if after.Uuid != before.Uuid || after.CreatedAt != before.CreatedAt || after.OrganizationUuid != before.OrganizationUuid {
					t.Errorf("was %s\nis  %s", old.body, got.body)
				}
				if stored := a.do(t, "GET", attributes+"/"+before.Uuid, ""); stored.body != got.body {
					t.Errorf("answered %s\nstored   %s", got.body, stored.body)
				}
				a.do(t, "DELETE", attributes+"/"+before.Uuid, "").want(t, 200, "")
			})
		}
	})
}

func TestUpdateThatIsRefused(t *testing.T) {
	const noUser, noGroup = "is not a user of this organization", "is not a group of this organization"
	foreign := attribute("taken", "null", user(`"`+theirUUID+`"`, `"v"`), group(`"`+theirGroup+`"`, `"v"`))
	tests := []struct {
		name, body, id string // "" is the attribute's own
		status         int
		error          string
		data           map[string]string
	}{
		{"a name that is taken", attribute("taken", "null", "[]", "[]"), "", 409, "AlreadyExistsError", nil},
		{"people of another organization", foreign, "", 422, "ValidateError",
			map[string]string{"body.users[0].userUuid": noUser, "body.groups[0].groupUuid": noGroup}},
		{"an attribute that does not exist", foreign, nobody, 404, "NotFoundError", nil},
		{"a body that is none", `{`, nobody, 400, "ParameterError", nil},
		{"a body that the schema refuses", with("name", `""`), nobody, 422, "ValidateError", map[string]string{"body.name": notEmpty}},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		a.create(t, attribute("taken", "null", "[]", "[]"))
		uuid, _ := a.create(t, attribute("old", `"d"`, user(`"`+store.DemoUserUUID+`"`, `"v"`), "[]"))
		before := a.do(t, "GET", attributes, "").body
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				got := a.do(t, "PUT", attributes+"/"+cmp.Or(tt.id, uuid), tt.body)
				got.want(t, tt.status, tt.error)
				if !maps.Equal(got.data, tt.data) {
					t.Errorf("got %q\nwant %q", got.data, tt.data)
				}
				if after := a.do(t, "GET", attributes, "").body; after != before {
					t.Errorf("was %s\nis  %s", before, after)
				}
			})
		}
	})
}

func TestRemove(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		uuid, _ := a.create(t, attribute("region", "null", user(`"`+store.DemoUserUUID+`"`, `"v"`), group(`"`+store.DemoGroupUUID+`"`, `"v"`)))
		a.create(t, attribute("kept", "null", user(`"`+store.DemoUserUUID+`"`, `"v"`), "[]"))
		if got := a.do(t, "DELETE", attributes+"/"+strings.ToUpper(uuid), ""); got.status != 200 || got.body != `{"status":"ok"}`+"\n" {
			t.Errorf("%d %s", got.status, got.body)
		}
		if n := a.rows(t); n != 2 {
			t.Errorf("%d rows, want those of the other attribute", n)
		}
		for _, verb := range []string{"DELETE", "GET"} {
			a.do(t, verb, attributes+"/"+uuid, "").want(t, 404, "NotFoundError")
		}
		a.create(t, attribute("region", "null", "[]", "[]")) // the name is free
	})
}
