package server_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"attributed/gen"
	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// call is a good request to an operation.
type call struct {
	operation, method, target, body string
	elsewhere                       int // what an admin of another organization gets
}

// calls are one to each operation, about the attribute with this uuid and people of
// the demo.
func calls(uuid string) []call {
	const viewer, europe = "/users/" + store.DemoViewerUUID, "/groups/" + store.DemoGroupUUID
	const value = `{"value":"v"}`
	one := attributes + "/" + uuid
	return []call{
		{"createUserAttribute", "POST", attributes, attribute("new", "null", "[]", "[]"), 200},
		{"getUserAttributes", "GET", attributes, "", 200},
		{"getUserAttribute", "GET", one, "", 404},
		{"updateUserAttribute", "PUT", one, attribute("new", "null", "[]", "[]"), 404},
		{"removeUserAttribute", "DELETE", one, "", 404},
		{"setUserAttributeUserValue", "PUT", one + viewer, value, 404},
		{"clearUserAttributeUserValue", "DELETE", one + viewer, "", 404},
		{"setUserAttributeGroupValue", "PUT", one + europe, value, 404},
		{"clearUserAttributeGroupValue", "DELETE", one + europe, "", 404},
		{"setUserAttributeValues", "PUT", one + "/values", `{"users":[{"userUuid":"` + store.DemoViewerUUID + `","value":"v"}]}`, 404},
		{"getUserAttributeValues", "GET", "/api/v1/org" + viewer + "/attributes", "", 404},
		{"ListOrganizationMembers", "GET", members, "", 200},
		{"ListGroupsInOrganization", "GET", groups, "", 200},
	}
}

// caller is somebody who sends a request.
type caller struct {
	name   string
	header []string // Authorization
	status int      // of the answer to any call; 0 is what an admin elsewhere gets
}

// callers are all kinds of them.
func (a *api) callers(t *testing.T) []caller {
	t.Helper()
	revoked := a.tokenOf(t, store.DemoEmail)
	storetest.Exec(t, a.store, `DELETE FROM personal_access_tokens`)
	a.token = a.tokenOf(t, store.DemoEmail)
	list := []caller{
		{"an admin", []string{"ApiKey " + a.token}, 200},
		{"nobody", nil, 401},
		{"one with a revoked token", []string{"ApiKey " + revoked}, 401},
		{"an admin elsewhere", []string{"ApiKey " + a.tokenOf(t, theirAdmin)}, 0},
	}
	for i, role := range []string{"developer", "editor", "interactive_viewer", "viewer", "member"} {
		email := role + "@example.com"
		a.addUser(t, fmt.Sprintf("5a1c0000-0000-4000-8000-%012d", 100+i), email, role, "Jaffle Shop")
		list = append(list, caller{"a " + role, []string{"ApiKey " + a.tokenOf(t, email)}, 403})
	}
	return list
}

func TestWhoMayDoWhat(t *testing.T) {
	names := map[int]string{200: "", 401: "AuthorizationError", 403: "ForbiddenError", 404: "NotFoundError"}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		callers := a.callers(t)
		for i, c := range calls("") {
			for _, caller := range callers {
				t.Run(c.operation+" by "+caller.name, func(t *testing.T) {
					storetest.Exec(t, s, `DELETE FROM user_attributes`)
					uuid, _ := a.create(t, attribute("ours", "null", user(`"`+store.DemoViewerUUID+`"`, `"old"`), group(`"`+store.DemoGroupUUID+`"`, `"old"`)))
					before := a.do(t, "GET", attributes, "").body
					c := calls(uuid)[i]
					got := a.do(t, c.method, c.target, c.body, header("Authorization", caller.header...))
					want := cmp.Or(caller.status, c.elsewhere)
					got.want(t, want, names[want])
					if caller.status == 200 {
						return
					}
					for _, ours := range []string{store.DemoOrganizationUUID, store.DemoEmail, store.DemoGroupUUID, "America", uuid, "ours"} {
						if strings.Contains(got.body, ours) {
							t.Errorf("tells %s: %s", ours, got.body)
						}
					}
					if after := a.do(t, "GET", attributes, "").body; after != before {
						t.Errorf("was %s\nis  %s", before, after)
					}
				})
			}
		}
	})
}

func TestThereIsACallToEachOperation(t *testing.T) {
	spec, err := gen.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	var called, served []string
	for _, c := range calls("") {
		called = append(called, c.operation)
	}
	for _, item := range spec.Paths.Map() {
		for _, operation := range item.Operations() {
			served = append(served, operation.OperationID)
		}
	}
	slices.Sort(called)
	slices.Sort(served)
	if !slices.Equal(called, served) {
		t.Errorf("called are %q\nserved are %q", called, served)
	}
}

// TestOthersThingsLookLikeNothing holds what is answered of another organization's
// things, and of ids that are none, byte for byte against what is answered of things
// that do not exist.
func TestOthersThingsLookLikeNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		ours, version := a.create(t, attribute("ours", "null", "[]", "[]"))
		theirs := results[struct{ UUID string }](t, a.post(t, attribute("theirs", "null", user(`"`+theirUUID+`"`, `"v"`), group(`"`+theirGroup+`"`, `"v"`)),
			header("Authorization", "ApiKey "+a.tokenOf(t, theirAdmin)))).UUID
		const value = `{"value":"v"}`
		tests := []struct{ method, target, id, body string }{ // ID stands for the id
			{"GET", attributes + "/ID", theirs, ""},
			{"PUT", attributes + "/ID", theirs, minimal},
			{"DELETE", attributes + "/ID", theirs, ""},
			{"PUT", attributes + "/ID/users/" + store.DemoUserUUID, theirs, value},
			{"DELETE", attributes + "/ID/users/" + store.DemoUserUUID, theirs, ""},
			{"PUT", attributes + "/ID/groups/" + store.DemoGroupUUID, theirs, value},
			{"DELETE", attributes + "/ID/groups/" + store.DemoGroupUUID, theirs, ""},
			{"PUT", attributes + "/" + theirs + "/users/ID", theirUUID, value},
			{"PUT", attributes + "/" + ours + "/users/ID", theirUUID, value},
			{"DELETE", attributes + "/" + ours + "/users/ID", theirUUID, ""},
			{"PUT", attributes + "/" + ours + "/groups/ID", theirGroup, value},
			{"DELETE", attributes + "/" + ours + "/groups/ID", theirGroup, ""},
			{"GET", "/api/v1/org/users/ID/attributes", theirUUID, ""},
		}
		before := a.rows(t)
		for _, tt := range tests {
			for _, sent := range [][]string{nil, {"*"}, {`"another"`}, {version}} {
				ask := func(id string) reply {
					return a.do(t, tt.method, strings.ReplaceAll(tt.target, "ID", id), tt.body, header("If-Match", sent...))
				}
				unknown := ask(nobody)
				unknown.want(t, 404, "NotFoundError")
				for _, id := range []string{tt.id, strings.ToUpper(tt.id), "..", "x", "%2F", "a%2Fb", "%00", "%FF", "%25zz", "{" + tt.id + "}",
					"urn:uuid:" + tt.id, strings.ReplaceAll(tt.id, "-", ""), tt.id + "%20", strings.Repeat("x", 5000)} {
					if got := ask(id); got.everything() != unknown.everything() {
						t.Errorf("%s %s, id %s:\n got %s\nwant %s", tt.method, tt.target, id, got.everything(), unknown.everything())
					}
				}
			}
		}
		if after := a.rows(t); after != before {
			t.Errorf("%d rows, were %d", after, before)
		}
	})
}

// everything is the whole answer, but for the request's id and the time.
func (got reply) everything() string {
	h := maps.Clone(got.header)
	delete(h, "X-Request-Id")
	delete(h, "Date")
	return fmt.Sprint(got.status, h, got.body)
}

func TestPathsWithoutATokenTellNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		uuid, _ := a.create(t, minimal)
		for _, id := range []string{uuid, nobody, "..", "x", "%2F", "%00"} {
			got := a.do(t, "GET", attributes+"/"+id, "", header("Authorization"))
			got.want(t, 401, "AuthorizationError")
		}
	})
}
