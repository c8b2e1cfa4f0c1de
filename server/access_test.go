package server_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

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
	all := attribute("new", "null", user(`"`+store.DemoViewerUUID+`"`, `"v"`), group(`"`+store.DemoGroupUUID+`"`, `"v"`))
	return []call{
		{"createUserAttribute", "POST", attributes, all, 422},
		{"getUserAttributes", "GET", attributes, "", 200},
		{"getUserAttribute", "GET", one, "", 404},
		{"updateUserAttribute", "PUT", one, all, 404},
		{"removeUserAttribute", "DELETE", one, "", 404},
		{"setUserAttributeUserValue", "PUT", one + viewer, value, 404},
		{"clearUserAttributeUserValue", "DELETE", one + viewer, "", 404},
		{"setUserAttributeGroupValue", "PUT", one + europe, value, 404},
		{"clearUserAttributeGroupValue", "DELETE", one + europe, "", 404},
		{"setUserAttributeValues", "PUT", one + "/values", `{"users":` + user(`"`+store.DemoViewerUUID+`"`, `"v"`) + `,"groups":` + group(`"`+store.DemoGroupUUID+`"`, "null") + `}`, 404},
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
	expired := a.tokenOf(t, store.DemoEmail)
	storetest.Exec(t, a.store, `UPDATE personal_access_tokens SET expires_at = '2026-01-01 00:00:00.000'`)
	a.token = a.tokenOf(t, store.DemoEmail)
	gone := map[string]string{} // whose token was of use once
	for i, statement := range []string{`UPDATE users SET is_active = false`, `DELETE FROM organization_memberships`} {
		uuid, email := fmt.Sprintf("5a1c0000-0000-4000-8000-%012d", 200+i), fmt.Sprint(i, "@example.com")
		a.addUser(t, uuid, email, "admin", "Jaffle Shop")
		gone[statement] = a.tokenOf(t, email)
		storetest.Exec(t, a.store, statement+` WHERE user_id = (SELECT user_id FROM users WHERE user_uuid = ?)`, uuid)
	}
	list := []caller{
		{"an admin", []string{"ApiKey " + a.token}, 200},
		{"nobody", nil, 401},
		{"one with a revoked token", []string{"ApiKey " + revoked}, 401},
		{"one with an expired token", []string{"ApiKey " + expired}, 401},
		{"an inactive admin", []string{"ApiKey " + gone[`UPDATE users SET is_active = false`]}, 401},
		{"an admin of nothing", []string{"ApiKey " + gone[`DELETE FROM organization_memberships`]}, 401},
		{"an admin elsewhere", []string{"ApiKey " + a.tokenOf(t, theirAdmin)}, 0},
	}
	for i, role := range []string{"developer", "editor", "interactive_viewer", "viewer", "member"} {
		email := role + "@example.com"
		a.addUser(t, fmt.Sprintf("5a1c0000-0000-4000-8000-%012d", 100+i), email, role, "Jaffle Shop")
		list = append(list, caller{"a " + role, []string{"ApiKey " + a.tokenOf(t, email)}, 403})
	}
	return list
}

// everyCall is one to each operation of the spec; to one that calls lacks, with no good body, since
// who is refused for who they are is refused before it is read.
func (a *api) everyCall(uuid string) []call {
	known := map[string]call{}
	for _, c := range calls(uuid) {
		known[c.operation] = c
	}
	ids := strings.NewReplacer("{userAttributeUuid}", uuid, "{userUuid}", store.DemoViewerUUID, "{groupUuid}", store.DemoGroupUUID)
	var all []call
	for path, item := range a.spec.Paths.Map() {
		for method, operation := range item.Operations() {
			c, ok := known[operation.OperationID]
			if !ok {
				c = call{operation.OperationID, method, ids.Replace(path), `{}`, 0}
			}
			all = append(all, c)
		}
	}
	return all
}

// contents is what is in all tables, but for when a token was last used: that is noted in the
// background, also of one whose owner may do nothing.
func (a *api) contents(t *testing.T) string {
	t.Helper()
	tables := `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	if storetest.IsSQLite(a.store) {
		tables = `SELECT name FROM sqlite_master WHERE type = 'table'`
	}
	var all []string
	for _, table := range storetest.Query[string](t, a.store, tables) {
		for _, row := range storetest.Query[map[string]any](t, a.store, `SELECT * FROM "`+table+`"`) {
			delete(row, "last_used_at")
			all = append(all, fmt.Sprint(table, row)) // a map's keys are sorted
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func TestWhoMayDoWhat(t *testing.T) {
	names := map[int]string{200: "", 401: "AuthorizationError", 403: "ForbiddenError", 404: "NotFoundError", 422: "ValidateError"}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		callers := a.callers(t)
		uuid, _ := a.create(t, attribute("ours", "null", user(`"`+store.DemoViewerUUID+`"`, `"old"`), group(`"`+store.DemoGroupUUID+`"`, `"old"`)))
		before := a.contents(t)
		for _, c := range a.everyCall(uuid) {
			for _, caller := range callers {
				want := cmp.Or(caller.status, c.elsewhere)
				if want == 200 && caller.status == 200 || want == 0 {
					continue // see below, or TestThereIsACallToEachOperation
				}
				got := a.do(t, c.method, c.target, c.body, header("Authorization", caller.header...))
				if got.want(t, want, names[want]); got.status != want {
					t.Errorf("that was %s by %s", c.operation, caller.name)
				}
				for _, ours := range []string{store.DemoOrganizationUUID, store.DemoEmail, store.DemoGroupUUID, "America", uuid, "ours"} {
					if strings.Contains(got.body, ours) {
						t.Errorf("%s by %s tells %s: %s", c.operation, caller.name, ours, got.body)
					}
				}
			}
			if after := a.contents(t); after != before {
				t.Fatalf("%s, refused, changes the database, -before +after:\n%s", c.operation, gocmp.Diff(before, after))
			}
		}
		for i, c := range calls("") {
			storetest.Exec(t, s, `DELETE FROM user_attributes`)
			uuid, _ := a.create(t, attribute("ours", "null", user(`"`+store.DemoViewerUUID+`"`, `"old"`), group(`"`+store.DemoGroupUUID+`"`, `"old"`)))
			before := a.contents(t)
			a.do(t, c.method, calls(uuid)[i].target, c.body).want(t, 200, "")
			if after := a.contents(t); (after == before) != (c.method == http.MethodGet) {
				t.Errorf("%s by an admin changes the database: %t", c.operation, after != before)
			}
		}
	})
}

// TestOthersIDsAreUnknownOnes puts, one at a time, another organization's id in place of each that
// a good call has, in its path and in its body.
func TestOthersIDsAreUnknownOnes(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		ours, _ := a.create(t, attribute("ours", "null", "[]", "[]"))
		theirs := results[struct{ UUID string }](t, a.post(t, attribute("theirs", "null", user(`"`+theirUUID+`"`, `"v"`), group(`"`+theirGroup+`"`, `"v"`)),
			header("Authorization", "ApiKey "+a.tokenOf(t, theirAdmin)))).UUID
		before, replaced := a.contents(t), 0
		for _, c := range a.everyCall(ours) {
			for id, foreign := range map[string]string{ours: theirs, store.DemoViewerUUID: theirUUID, store.DemoGroupUUID: theirGroup} {
				with := func(other string) reply {
					return a.do(t, c.method, strings.ReplaceAll(c.target, id, other), strings.ReplaceAll(c.body, id, other))
				}
				if !strings.Contains(c.target+c.body, id) {
					continue
				}
				replaced++
				got, unknown := with(foreign), with(nobody)
				if got.everything() != unknown.everything() || got.status < 400 {
					t.Errorf("%s:\n got %s\nwant %s", c.operation, got.everything(), unknown.everything())
				}
			}
		}
		if after := a.contents(t); after != before || replaced < 15 {
			t.Errorf("%d ids, -before +after:\n%s", replaced, gocmp.Diff(before, after))
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
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
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
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		uuid, _ := a.create(t, minimal)
		for _, id := range []string{uuid, nobody, "..", "x", "%2F", "%00"} {
			got := a.do(t, "GET", attributes+"/"+id, "", header("Authorization"))
			got.want(t, 401, "AuthorizationError")
		}
	})
}
