package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

const position = "X-Attributed-Position"

// names lists the names of all attributes.
func (a *api) names(t *testing.T, edits ...func(*http.Request)) string {
	t.Helper()
	got := a.do(t, http.MethodGet, attributes, "", edits...)
	if got.status != http.StatusOK || got.header.Get(position) != "" {
		t.Fatalf("%d %v %s", got.status, got.header, got.body)
	}
	var all []string
	for _, one := range results[[]map[string]any](t, got) {
		all = append(all, one["name"].(string))
	}
	return strings.Join(all, " ")
}

// namesThere is names as a replica tells them: one that takes long to say where it is may not be asked just then.
func (a *api) namesThere(t *testing.T) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		before := a.store.Stats().ReadsFrom["replica"]
		names := a.names(t)
		if a.store.Stats().ReadsFrom["replica"] > before {
			return names
		}
		if time.Now().After(deadline) {
			t.Fatalf("a minute later no replica is asked: %+v", a.store.Stats().Replicas)
		}
	}
}

// replicated is an API whose reads are a standby's, which replays nothing more.
func replicated(t *testing.T) *api {
	t.Helper()
	primary, standby := storetest.StartReplicated(t)
	s := storetest.Open(t, primary.URL())
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.ReadFrom(t.Context(), standby.URL(), time.Hour); err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, s, server.Config{})
	a.namesThere(t)
	storetest.PauseReplay(t, standby)
	return a
}

// TestAReadAfterItsOwnWrite goes through every operation that changes something, and all that read what it changes.
func TestAReadAfterItsOwnWrite(t *testing.T) {
	a := replicated(t)
	one := attributes
	for _, tt := range []struct{ name, verb, path, body, want string }{
		{"create", http.MethodPost, "", minimal, `"name":"sales_region"`},
		{"update", http.MethodPut, "", strings.Replace(minimal, "sales_region", "region", 1), `"name":"region"`},
		{"set a user's value", http.MethodPut, "/users/" + store.DemoUserUUID, `{"value":"EMEA"}`, `"value":"EMEA"`},
		{"set a group's value", http.MethodPut, "/groups/" + store.DemoGroupUUID, `{"value":"APAC"}`, `"value":"APAC"`},
		{"set many", http.MethodPut, "/values", `{"users":[{"userUuid":"` + store.DemoUserUUID + `","value":"AMER"}]}`, `"value":"AMER"`},
		{"clear a user's value", http.MethodDelete, "/users/" + store.DemoUserUUID, "", `"users":[]`},
		{"clear a group's value", http.MethodDelete, "/groups/" + store.DemoGroupUUID, "", `"groups":[]`},
		{"remove", http.MethodDelete, "", "", "This user attribute does not exist."},
	} {
		target := one + tt.path
		for i, edit := range []func(*http.Request){key(tt.verb), key(tt.verb), func(*http.Request) {}} {
			if i == 2 && (tt.name == "create" || tt.name == "remove") {
				continue // which cannot be done twice
			}
			got := a.do(t, tt.verb, target, tt.body, edit)
			got.want(t, http.StatusOK, "")
			left := got.header.Get(position)
			if !regexp.MustCompile(`^[0-9a-f]+-[0-9a-f]+$`).MatchString(left) || left == "0-0" {
				t.Fatalf("%s leaves %q", tt.name, left)
			}
			if tt.name == "create" {
				one = attributes + "/" + results[map[string]any](t, got)["uuid"].(string)
			}
			for _, sent := range [][]string{{left}, {left, left}, {"no position"}, {"0-0"}, {"ffff-ffff"}} {
				read := a.do(t, http.MethodGet, one, "", header(position, sent...))
				if !strings.Contains(read.body, tt.want) {
					t.Errorf("%s, after %q: %d %s", tt.name, sent, read.status, read.body)
				}
			}
			if names := a.names(t, header(position, left)); (names == "") != (tt.name == "remove") {
				t.Errorf("%s: the list is %q", tt.name, names)
			}
			effective := a.do(t, http.MethodGet, "/api/v1/org/users/"+store.DemoUserUUID+"/attributes", "", header(position, left))
			if strings.Contains(effective.body, "region") != (tt.name != "remove") {
				t.Errorf("%s: in effect is %s", tt.name, effective.body)
			}
			if names := a.namesThere(t); names != "" {
				t.Errorf("%s: the replica, which is paused, has %q", tt.name, names)
			}
		}
	}
	refused := a.do(t, http.MethodPut, one, minimal)
	if refused.status != http.StatusNotFound || refused.header.Get(position) == "" {
		t.Errorf("what is refused: %d %v", refused.status, refused.header)
	}
}

func TestWithoutReplicasThereAreNoPositions(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		created := a.post(t, minimal, header(position, "x"))
		if created.status != http.StatusOK || created.header.Get(position) != "" {
			t.Errorf("%d %v", created.status, created.header)
		}
		for _, sent := range [][]string{{"1-1"}, {"x", "y"}, {""}} {
			if names := a.names(t, header(position, sent...)); names != "sales_region" {
				t.Errorf("after %q: %q", sent, names)
			}
		}
	})
}
