package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// TestReadsAreConditional on what the client has: what is current is not sent again.
func TestReadsAreConditional(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		uuid, _ := a.create(t, minimal)
		one := attributes + "/" + uuid
		for _, target := range []string{attributes, one, "/api/v1/org/users/" + store.DemoUserUUID + "/attributes"} {
			full := a.do(t, "GET", target, "")
			version := full.header.Get("ETag")
			if !strings.HasPrefix(version, `"`) {
				t.Fatalf("%s: version %q", target, version)
			}
			tests := []struct {
				name   string
				has    []string
				status int
			}{
				{"the same", []string{version}, 304},
				{"the same, weak", []string{"W/" + version}, 304},
				{"any", []string{"*"}, 304},
				{"one of several", []string{`"a", ` + version + ` ,"b"`}, 304},
				{"one of several headers", []string{`"a"`, version}, 304},
				{"another", []string{`"a"`}, 200},
				{"without its quotes", []string{strings.Trim(version, `"`)}, 200},
				{"an empty one", []string{""}, 200},
			}
			for _, tt := range tests {
				for _, verb := range []string{"GET", "HEAD"} {
					got := a.do(t, verb, target, "", header("If-None-Match", tt.has...))
					if got.status != tt.status || got.header.Get("ETag") != version || tt.status == 304 && got.body != "" {
						t.Errorf("%s %s, %s: %d %v %s", verb, target, tt.name, got.status, got.header, got.body)
					}
				}
			}
			for range 2 { // there and back
				a.do(t, "PUT", one+"/users/"+store.DemoUserUUID, fmt.Sprintf(`{"value":"%s"}`, uuid))
				if got := a.do(t, "GET", target, "", header("If-None-Match", version)); got.status != http.StatusOK || got.header.Get("ETag") == version {
					t.Errorf("%s after a change: %d %s", target, got.status, got.header.Get("ETag"))
				}
				a.do(t, "DELETE", one+"/users/"+store.DemoUserUUID, "")
				if got := a.do(t, "GET", target, "", header("If-None-Match", version)); got.status != http.StatusNotModified {
					t.Errorf("%s, changed back: %d", target, got.status)
				}
			}
		}
		if got := a.do(t, "GET", attributes, "", header("Authorization", "ApiKey "+secret), header("If-None-Match", "*")); got.status != http.StatusUnauthorized {
			t.Errorf("a stranger: %d", got.status)
		}
		if got := a.do(t, "GET", attributes+"/"+store.DemoUserUUID, "", header("If-None-Match", "*")); got.status != http.StatusNotFound {
			t.Errorf("what there is not: %d", got.status)
		}
	})
}

// TestLongListsHaveNoVersion: they are sent as they come.
func TestLongListsHaveNoVersion(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		const filler = 50_000 // characters of a default, which is told twice
		for i := range 3 {
			a.create(t, attribute(fmt.Sprint("long", i), `"`+strings.Repeat("x", filler)+`"`, "[]", "[]"))
			got := a.do(t, "GET", attributes, "")
			if fits := len(got.body) <= 256<<10; fits != (got.header.Get("ETag") != "") || fits != (i < 2) || len(got.body) < (i+1)*2*filler {
				t.Errorf("%d bytes: version %q", len(got.body), got.header.Get("ETag"))
			}
		}
		if got := a.do(t, "GET", attributes, "", header("If-None-Match", "*")); got.status != http.StatusOK || len(got.body) < 3*2*filler {
			t.Errorf("%d, %d bytes", got.status, len(got.body))
		}
	})
}
