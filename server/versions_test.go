package server_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"attributed/gen"
	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// TestVersionIsAHashOfWhatIsAnswered wherever an attribute is answered, and for
// whatever reason that changes.
func TestVersionIsAHashOfWhatIsAnswered(t *testing.T) {
	const value = `{"value":"<é&\u2028>"}`
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		body := attribute("region", "null", user(`"`+store.DemoUserUUID+`"`, `"v"`), group(`"`+store.DemoGroupUUID+`"`, `"v"`))
		uuid, version := a.create(t, body)
		one := attributes + "/" + uuid
		steps := []struct {
			name, method, target, body string
			same                       bool
		}{
			{"read", "GET", one, "", true},
			{"updated to the same", "PUT", one, body, true},
			{"a value set to the same", "PUT", one + "/users/" + store.DemoUserUUID, `{"value":"v"}`, true},
			{"another name", "PUT", one, strings.Replace(body, "region", "Region", 1), false},
			{"another description", "PUT", one, strings.Replace(body, "{", `{"description":"d",`, 1), false},
			{"an empty default", "PUT", one, strings.Replace(body, "null", `""`, 1), false},
			{"a user's value", "PUT", one + "/users/" + store.DemoUserUUID, value, false},
			{"another user's value", "PUT", one + "/users/" + store.DemoViewerUUID, value, false},
			{"a group's value", "PUT", one + "/groups/" + store.DemoGroupUUID, value, false},
			{"an e-mail", "GET", one, "", false},
		}
		seen := []string{version}
		for _, step := range steps {
			t.Run(step.name, func(t *testing.T) {
				if step.name == "an e-mail" {
					storetest.Exec(t, s, `UPDATE emails SET email = 'jane@lightdash.com' WHERE email = 'viewer@lightdash.com'`)
				}
				got := a.do(t, step.method, step.target, step.body)
				version, now := seen[len(seen)-1], got.header.Get("ETag")
				if hash := sha256.Sum256(results[json.RawMessage](t, got)); now != fmt.Sprintf(`"%x"`, hash[:16]) {
					t.Errorf("%s is no hash of %s", now, got.body)
				}
				if step.same != (now == version) || now != version && slices.Contains(seen, now) {
					t.Errorf("%s after %s: %s", now, version, got.body)
				}
				seen = append(seen, now)
				if again := a.do(t, "GET", one, ""); again.header.Get("ETag") != now || again.body != got.body {
					t.Errorf("read again: %s %s", again.header.Get("ETag"), again.body)
				}
			})
		}
	})
}

func TestIfMatch(t *testing.T) {
	const other = `"00000000000000000000000000000000"`
	tests := []struct {
		name string
		sent func(current string) []string // the headers
		want int
	}{
		{"none", func(string) []string { return nil }, 200},
		{"the current version", func(v string) []string { return []string{v} }, 200},
		{"any", func(string) []string { return []string{"*"} }, 200},
		{"a list with it", func(v string) []string { return []string{other + " ,\t" + v + `,"x"`} }, 200},
		{"a list with empty elements", func(v string) []string { return []string{",," + v + ", "} }, 200},
		{"several headers, one with it", func(v string) []string { return []string{other, `"x", ` + v} }, 200},
		{"another version", func(string) []string { return []string{other} }, 412},
		{"several headers, none with it", func(string) []string { return []string{other, `"x"`} }, 412},
		{"its weak form", func(v string) []string { return []string{"W/" + v} }, 412},
		{"without its quotes", func(v string) []string { return []string{strings.Trim(v, `"`)} }, 412},
		{"in capitals", func(v string) []string { return []string{strings.ToUpper(v)} }, 412},
		{"a part of it", func(v string) []string { return []string{v[:10] + `"`} }, 412},
		{"an empty one", func(string) []string { return []string{""} }, 412},
		{"any and another", func(string) []string { return []string{"*, " + other} }, 412},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				for _, c := range changes {
					storetest.Exec(t, s, `DELETE FROM user_attributes`)
					uuid, version := a.create(t, attribute("region", `"d"`, user(`"`+store.DemoUserUUID+`"`, `"v"`), group(`"`+store.DemoGroupUUID+`"`, `"v"`)))
					before := a.do(t, "GET", attributes, "").body
					got := a.do(t, c.method, attributes+"/"+uuid+c.below, c.body, header("If-Match", tt.sent(version)...))
					after := a.do(t, "GET", attributes, "").body
					switch {
					case got.status != tt.want:
						t.Errorf("%s %s: %d %s, want %d", c.method, c.below, got.status, got.body, tt.want)
					case tt.want == 412 && (got.name != "PreconditionFailedError" || after != before):
						t.Errorf("%s %s: %s\nwas %s\nis  %s", c.method, c.below, got.body, before, after)
					case tt.want == 200 && after == before:
						t.Errorf("%s %s changed nothing", c.method, c.below)
					}
				}
			})
		}
	})
}

// changes are one request to each operation that changes an attribute with values of
// the demo's admin and first group.
var changes = []struct{ method, below, body string }{
	{"PUT", "", minimal},
	{"DELETE", "", ""},
	{"PUT", "/users/" + store.DemoUserUUID, `{"value":"new"}`},
	{"DELETE", "/users/" + store.DemoUserUUID, ""},
	{"PUT", "/groups/" + store.DemoGroupUUID, `{"value":"new"}`},
	{"DELETE", "/groups/" + store.DemoGroupUUID, ""},
}

// atOnce sends as many updates of one attribute as there are bodies, and counts the
// statuses of the answers.
func (a *api) atOnce(t *testing.T, target string, bodies []string, edits ...func(*http.Request)) map[int]int {
	var mu sync.Mutex
	statuses := map[int]int{}
	var all sync.WaitGroup
	for _, body := range bodies {
		all.Go(func() {
			got := a.do(t, "PUT", target, body, edits...)
			mu.Lock()
			defer mu.Unlock()
			statuses[got.status]++
		})
	}
	all.Wait()
	return statuses
}

func TestConcurrentUpdatesAreNeverMixed(t *testing.T) {
	const updates, people = 200, 30
	// They follow each other, and the race detector makes SQLite's driver many times as slow:
	// the last of them would wait longer than the ten seconds that requests usually have.
	patient := server.Config{RequestTimeout: 2 * time.Minute}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, patient)
		uuids := make([]string, people)
		for i := range uuids {
			uuids[i] = fmt.Sprintf("5a1c0000-0000-4000-8000-%012d", 100+i)
			a.addUser(t, uuids[i], fmt.Sprintf("person%d@example.com", i), "viewer", "Jaffle Shop")
		}
		sent := map[string]string{} // users by name
		var bodies []string
		for i := range updates {
			name, users := fmt.Sprint("update ", i), []string{}
			for _, person := range rand.Perm(people)[:rand.IntN(people)] {
				users = append(users, strings.Trim(user(`"`+uuids[person]+`"`, fmt.Sprintf("%q", name)), "[]"))
			}
			slices.Sort(users)
			sent[name] = strings.Join(users, ",")
			bodies = append(bodies, attribute(name, fmt.Sprintf("%q", name), "["+sent[name]+"]", "[]"))
		}
		uuid, _ := a.create(t, minimal)
		if statuses := a.atOnce(t, attributes+"/"+uuid, bodies); statuses[200] != updates {
			t.Errorf("%v, want 200 alone", statuses)
		}
		last := results[gen.UserAttribute](t, a.do(t, "GET", attributes+"/"+uuid, ""))
		var stored []string
		for _, u := range last.Users {
			stored = append(stored, strings.Trim(user(`"`+u.UserUuid+`"`, fmt.Sprintf("%q", u.Value)), "[]"))
		}
		slices.Sort(stored)
		if want, ok := sent[last.Name]; !ok || strings.Join(stored, ",") != want || last.AttributeDefault == nil || *last.AttributeDefault != last.Name {
			t.Errorf("stored %+v\nsent as %q: %s", last, last.Name, want)
		}
	})
}

func TestOneOfManyUpdatesOfAVersionIsMade(t *testing.T) {
	const updates = 50
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{RequestTimeout: 2 * time.Minute}) // as above
		uuid, version := a.create(t, minimal)
		var bodies []string
		for i := range updates {
			bodies = append(bodies, attribute(fmt.Sprint("update ", i), "null", "[]", "[]"))
		}
		if statuses := a.atOnce(t, attributes+"/"+uuid, bodies, header("If-Match", version)); statuses[200] != 1 || statuses[412] != updates-1 {
			t.Errorf("%v, want one 200 and %d 412s", statuses, updates-1)
		}
	})
}
