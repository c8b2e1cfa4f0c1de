package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"attributed/gen"
	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

func TestRequestID(t *testing.T) {
	long := strings.Repeat("x", 128)
	tests := []struct {
		name  string
		given []string
		kept  bool
	}{
		{"a good one", []string{"Req-1.2_3"}, true},
		{"the longest", []string{long}, true},
		{"one too long", []string{long + "x"}, false},
		{"an empty one", []string{""}, false},
		{"one with a space", []string{"a b"}, false},
		{"one with other letters", []string{"ü"}, false},
		{"two", []string{"a", "b"}, false},
		{"none", nil, false},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				got := a.post(t, `{}`, header("X-Request-Id", tt.given...)).header.Get("X-Request-Id")
				if tt.kept != (len(tt.given) == 1 && got == tt.given[0]) {
					t.Errorf("%q of %q", got, tt.given)
				}
				if again := a.post(t, `{}`).header.Get("X-Request-Id"); again == got {
					t.Errorf("%q twice", got)
				}
			})
		}
	})
}

func TestPublicPathsNeedNoToken(t *testing.T) {
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		get := func(p string) reply { return a.post(t, "", method("GET"), path(p), header("Authorization")) }
		for _, p := range []string{"/livez", "/readyz"} {
			if got := get(p); got.status != http.StatusOK || got.body != `{"status":"ok"}` {
				t.Errorf("%s: %d %s", p, got.status, got.body)
			}
		}
		effective, err := gen.GetSpecJSON()
		if err != nil {
			t.Fatal(err)
		}
		got := get("/openapi.json")
		var spec struct {
			OpenAPI  string
			Security []map[string][]string
		}
		if err := json.Unmarshal([]byte(got.body), &spec); err != nil {
			t.Fatal(err)
		}
		if got.status != http.StatusOK || (got.body == string(effective)) != (s.KeepsAnswers() && !s.OneValueEach()) || spec.OpenAPI != "3.0.0" || len(spec.Security) != 1 {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
}

func TestLogHasOneLineForEachRequest(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		requests := []struct {
			edit          func(*http.Request)
			method, route string
			status        float64
			organization  string
		}{
			{func(r *http.Request) {}, "POST", attributes, 200, store.DemoOrganizationUUID},
			{func(r *http.Request) {}, "POST", attributes, 409, store.DemoOrganizationUUID},
			{header("Content-Type"), "POST", attributes, 415, store.DemoOrganizationUUID},
			{header("Authorization", "ApiKey "+secret), "POST", attributes, 401, ""},
			{method("PUT"), "PUT", attributes, 405, ""},
			{path("/" + secret), "POST", "", 404, ""},
			{func(r *http.Request) { r.Method, r.URL.Path = "GET", attributes+"/"+secret }, "GET", attributes + "/:userAttributeUuid", 404, store.DemoOrganizationUUID},
			{func(r *http.Request) { r.Method, r.URL.Path, r.URL.RawQuery = "GET", "/livez", secret }, "GET", "/livez", 200, ""},
		}
		for i, tt := range requests {
			got := a.post(t, strings.Replace(minimal, "null", `"`+secret+`"`, 1), tt.edit)
			records := a.log.lines(t, "request")
			if len(records) != i+1 {
				t.Fatalf("%d lines after %d requests", len(records), i+1)
			}
			r := records[i]
			if r["method"] != tt.method || r["route"] != tt.route || r["status"] != tt.status || r["organization"] != tt.organization ||
				r["request_id"] != got.header.Get("X-Request-Id") || r["duration"] == nil || (r["level"] == "DEBUG") != (tt.route == "/livez") {
				t.Errorf("request %d: %v", i, r)
			}
		}
	})
}
