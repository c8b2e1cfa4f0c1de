package server_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

func TestLogTellsWhoAskedForWhat(t *testing.T) {
	const token = "ldpat_0123456789abcdef0123456789abcdef"
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		id := results[struct{ UUID string }](t, a.post(t, minimal)).UUID
		one := attributes + "/" + strings.ToUpper(id)
		from := header("X-Forwarded-For", "192.0.2.7")
		for _, tt := range []struct {
			target string
			edit   func(*http.Request)
			want   map[string]any // nil is a field that is not there
		}{
			{attributes, from, map[string]any{"caller": store.DemoUserUUID, "organization": store.DemoOrganizationUUID, "address": "192.0.2.7", "attribute": nil, "user": nil, "path": nil, "reason": nil}},
			{one, from, map[string]any{"attribute": id, "route": attributes + "/:userAttributeUuid", "path": nil}},
			{one + "/users/" + store.DemoViewerUUID, method("PUT"), map[string]any{"attribute": id, "user": store.DemoViewerUUID, "group": nil}},
			{one + "/groups/" + store.DemoGroupUUID, method("PUT"), map[string]any{"attribute": id, "group": store.DemoGroupUUID, "user": nil, "address": "127.0.0.1"}},
			{"/api/v1/org/users/" + store.DemoViewerUUID + "/attributes", from, map[string]any{"user": store.DemoViewerUUID}},
			{attributes + "/" + nobody, from, map[string]any{"status": 404.0, "attribute": nobody, "path": attributes + "/" + nobody}},
			{attributes + "/" + token, from, map[string]any{"attribute": nil, "path": attributes + "/…"}},
			{"/api/v2/org/user-attributes", from, map[string]any{"path": "/api/v2/org/user-attributes", "caller": "", "route": ""}},
			{"/" + token + "/attributes?" + token, from, map[string]any{"path": "/…/attributes"}},
			{"/l%64pat%5F" + token[6:], from, map[string]any{"path": "/…"}},
			{"/ldpat%255F" + token[6:], from, map[string]any{"path": "/…"}},
			{"/" + strings.Repeat("a", 40) + "//x%0Alevel=ERROR/grace@example.com/.env", from, map[string]any{"path": "/…//…/…/…"}},
			{strings.Repeat("/a", 1000), from, map[string]any{"path": strings.Repeat("/a", 15) + "/…"}},
		} {
			a.log.reset()
			a.do(t, "GET", tt.target, "", tt.edit)
			records := a.log.lines(t, "request")
			if len(records) != 1 {
				t.Fatalf("%s: %d lines", tt.target, len(records))
			}
			for field, want := range tt.want {
				if records[0][field] != want {
					t.Errorf("%s: %s is %v, want %v", tt.target, field, records[0][field], want)
				}
			}
			if text := a.log.String(); strings.Contains(text, token[6:]) || strings.Contains(text, a.token) {
				t.Errorf("%s: a token is in the log:\n%s", tt.target, text)
			}
		}
	})
}

func TestLogHasTheReasonOfA401AtDebugLevel(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		expired := a.expiredToken(t)
		of := func(email, change string) string {
			a.addUser(t, "5a1c0000-0000-4000-8000-"+email[:12], email, "admin", "Jaffle Shop")
			token := a.tokenOf(t, email)
			storetest.Exec(t, s, change+` user_id = (SELECT user_id FROM emails WHERE email = ?)`, email)
			return token
		}
		inactive := of("000000000001@example.com", `UPDATE users SET is_active = false WHERE`)
		alone := of("000000000002@example.com", `DELETE FROM organization_memberships WHERE`)

		quiet := &logBuffer{}
		handler, err := server.New(s, slog.New(slog.NewJSONHandler(quiet, nil)), server.Config{})
		if err != nil {
			t.Fatal(err)
		}
		var bodies []string
		for _, tt := range []struct {
			authorization []string
			want          string
		}{
			{nil, "there is no Authorization header"},
			{[]string{"ApiKey " + a.token, "ApiKey " + a.token}, "there are several Authorization headers"},
			{[]string{"Bearer " + a.token}, "the Authorization header has another scheme than ApiKey"},
			{[]string{"ApiKey "}, "the Authorization header has no token"},
			{[]string{"ApiKey ldpat_00000000000000000000000000000000"}, "the token is unknown or was revoked"},
			{[]string{"ApiKey " + expired}, "the token has expired"},
			{[]string{"ApiKey " + inactive}, "the token's user is inactive"},
			{[]string{"ApiKey " + alone}, "the token's user is in no organization"},
		} {
			a.log.reset()
			got := a.do(t, "GET", attributes, "", header("Authorization", tt.authorization...))
			got.want(t, 401, "AuthorizationError")
			bodies = append(bodies, got.body)
			if records := a.log.lines(t, "request"); len(records) != 1 || records[0]["reason"] != tt.want || records[0]["caller"] != "" {
				t.Errorf("%q: %v, want the reason %q", tt.authorization, records, tt.want)
			}
			request := httptest.NewRequest(http.MethodGet, attributes, nil)
			request.Header["Authorization"] = tt.authorization
			handler.ServeHTTP(httptest.NewRecorder(), request)
		}
		for _, body := range bodies {
			if body != bodies[0] {
				t.Errorf("told apart: %s and %s", bodies[0], body)
			}
		}
		if records := quiet.lines(t, "request"); len(records) != len(bodies) || strings.Contains(quiet.String(), "reason") {
			t.Errorf("at info level:\n%s", quiet)
		}
	})
}
