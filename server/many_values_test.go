package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"attributed/gen"
	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// many is the body of a call that sets and clears values.
func many(users, groups string) string {
	return `{"users":[` + users + `],"groups":[` + groups + `]}`
}

func userChange(uuid, value string) string {
	return `{"userUuid":"` + uuid + `","value":` + value + `}`
}

func groupChange(uuid, value string) string {
	return `{"groupUuid":"` + uuid + `","value":` + value + `}`
}

func TestManyValues(t *testing.T) {
	steps := []struct{ name, body, answer, users, groups string }{ // what there is afterwards
		{"nothing", `{}`, "0 0 0", "demo=old", "old"},
		{"set, keep and leave", many(userChange(store.DemoViewerUUID, `"a"`)+","+userChange(strings.ToUpper(store.DemoUserUUID), `"old"`), ""), "1 0 1", "demo=old viewer=a", "old"},
		{"change, clear and set", many(userChange(store.DemoViewerUUID, `"b"`)+","+userChange(store.DemoUserUUID, "null"), groupChange(strings.ToUpper(store.DemoOtherGroupUUID), `"g"`)), "2 1 0", "viewer=b", "old g"},
		{"the same again", many(userChange(store.DemoViewerUUID, `"b"`)+","+userChange(store.DemoUserUUID, "null"), groupChange(store.DemoOtherGroupUUID, `"g"`)), "0 0 3", "viewer=b", "old g"},
		{"an empty one", `{"users":[` + userChange(inactiveUUID, `""`) + `]}`, "1 0 0", "inactive= viewer=b", "old g"},
		{"clear groups", `{"groups":[` + groupChange(store.DemoOtherGroupUUID, "null") + `,` + groupChange(store.DemoGroupUUID, "null") + `]}`, "0 2 0", "inactive= viewer=b", ""},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		uuid, _ := a.create(t, attribute("region", `"d"`, user(`"`+store.DemoUserUUID+`"`, `"old"`), group(`"`+store.DemoGroupUUID+`"`, `"old"`)))
		a.create(t, attribute("other", "null", user(`"`+store.DemoViewerUUID+`"`, `"other"`), group(`"`+store.DemoOtherGroupUUID+`"`, `"other"`)))
		for _, step := range steps {
			got := a.do(t, "PUT", attributes+"/"+strings.ToUpper(uuid)+"/values", step.body)
			if got.status != 200 {
				t.Fatalf("%s: %d %s", step.name, got.status, got.body)
			}
			counts := results[gen.ManyValuesSet](t, got)
			if answer := fmt.Sprint(counts.Set, counts.Cleared, counts.Unchanged); answer != step.answer {
				t.Errorf("%s: answered %s, want %s", step.name, answer, step.answer)
			}
			stored := a.do(t, "GET", attributes+"/"+uuid, "")
			if users, groups := valuesOf(results[gen.UserAttribute](t, stored)); users != step.users || groups != step.groups {
				t.Errorf("%s: now %q and %q, want %q and %q", step.name, users, groups, step.users, step.groups)
			}
			if told := got.header.Get("ETag"); told == "" || told != stored.header.Get("ETag") {
				t.Errorf("%s: ETag %s, and then %s", step.name, told, stored.header.Get("ETag"))
			}
		}
		if other := a.do(t, "GET", attributes, "").body; strings.Count(other, `"value":"other"`) != 2 {
			t.Errorf("another attribute has changed: %s", other)
		}
	})
}

func TestManyValuesThatAreRefused(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		uuid, _ := a.create(t, attribute("region", `"d"`, user(`"`+store.DemoUserUUID+`"`, `"old"`), "[]"))
		before := a.do(t, "GET", attributes+"/"+uuid, "").body
		good := userChange(store.DemoViewerUUID, `"new"`)
		for _, tt := range []struct {
			name, body, place, ifMatch string
			status                     int
		}{
			{"no value", many(`{"userUuid":"`+store.DemoUserUUID+`"}`, ""), "body.users[0].value", "", 422},
			{"no uuid", many(good+","+userChange("x", `"v"`), ""), "body.users[1].userUuid", "", 422},
			{"an unknown user", many(good+","+userChange(nobody, `"v"`), ""), "body.users[1].userUuid", "", 422},
			{"an unknown user who is cleared", many(good+","+userChange(nobody, "null"), ""), "body.users[1].userUuid", "", 422},
			{"an unknown group", many(good, groupChange(nobody, `"v"`)), "body.groups[0].groupUuid", "", 422},
			{"one twice", many(good+","+userChange(strings.ToUpper(store.DemoViewerUUID), "null"), ""), "body.users[1].userUuid", "", 422},
			{"a group's over 255 characters", many(good, groupChange(store.DemoGroupUUID, `"`+strings.Repeat("ü", 256)+`"`)), "body.groups[0].value", "", 422},
			{"U+0000", many(userChange(store.DemoViewerUUID, `"\u0000"`), ""), "body.users[0].value", "", 422},
			{"over 10,000", many(strings.Repeat(good+",", 10_000)+good, ""), "body.users", "", 422},
			{"another version", many(good, ""), "", `"x"`, 412},
			{"an attribute that does not exist", many(good, ""), "", "", 404},
		} {
			id := uuid
			if tt.status == 404 {
				id = nobody
			}
			var edits []func(*http.Request)
			if tt.ifMatch != "" {
				edits = append(edits, header("If-Match", tt.ifMatch))
			}
			got := a.do(t, "PUT", attributes+"/"+id+"/values", tt.body, edits...)
			if got.status != tt.status || tt.place != "" && !strings.Contains(got.body, `"`+tt.place+`"`) {
				t.Errorf("%s: %d %.300s", tt.name, got.status, got.body)
			}
			if after := a.do(t, "GET", attributes+"/"+uuid, "").body; after != before {
				t.Errorf("%s: something was written: %s", tt.name, after)
			}
		}
	})
}
