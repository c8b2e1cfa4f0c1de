package server_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

func TestTokensThatAreOfNoUse(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.addPeople(t)
		storetest.Exec(t, s, `UPDATE users SET is_active = true WHERE user_uuid = ?`, inactiveUUID)
		inactive := a.tokenOf(t, inactiveEmail)
		storetest.Exec(t, s, `UPDATE users SET is_active = false WHERE user_uuid = ?`, inactiveUUID)
		expelled := a.tokenOf(t, theirAdmin)
		storetest.Exec(t, s, `DELETE FROM organization_memberships WHERE user_id IN (SELECT user_id FROM users WHERE user_uuid = ?)`, theirUUID)
		revoked := a.tokenOf(t, store.DemoEmail)
		storetest.Exec(t, s, `DELETE FROM personal_access_tokens WHERE description = 'a test' AND created_by_user_id IN
			(SELECT user_id FROM users WHERE user_uuid = ?)`, store.DemoUserUUID)
		expired := a.expiredToken(t)
		a.token = a.tokenOf(t, store.DemoEmail)

		tests := []struct {
			name   string
			values []string
		}{
			{"no header", nil},
			{"an empty header", []string{""}},
			{"no scheme", []string{a.token}},
			{"another scheme", []string{"Bearer " + a.token}},
			{"Basic", []string{"Basic ZGVtbzpkZW1v"}},
			{"no token", []string{"ApiKey "}},
			{"no space", []string{"ApiKey" + a.token}},
			{"two headers", []string{"ApiKey " + a.token, "ApiKey " + a.token}},
			{"two tokens", []string{"ApiKey " + a.token + " " + a.token}},
			{"two tokens with a comma", []string{"ApiKey " + a.token + ", ApiKey " + a.token}},
			{"an unknown token", []string{"ApiKey ldpat_00000000000000000000000000000000"}},
			{"a token in capitals", []string{"ApiKey " + strings.ToUpper(a.token)}},
			{"a revoked token", []string{"ApiKey " + revoked}},
			{"an expired token", []string{"ApiKey " + expired}},
			{"a token of an inactive user", []string{"ApiKey " + inactive}},
			{"a token of a user in no organization", []string{"ApiKey " + expelled}},
			{"a long token", []string{"ApiKey " + strings.Repeat(secret, 10_000)}},
		}
		const want = `{"error":{"data":{},"message":"Failed to authorize user","name":"AuthorizationError","statusCode":401},"status":"error"}` + "\n"
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				got := a.post(t, minimal, header("Authorization", tt.values...))
				if got.status != http.StatusUnauthorized || got.body != want || got.header.Get("WWW-Authenticate") != "ApiKey" {
					t.Errorf("%d, %v\n got %s\nwant %s", got.status, got.header, got.body, want)
				}
			})
		}
		if n := a.rows(t); n != 0 {
			t.Errorf("%d rows left behind", n)
		}
		for _, good := range []string{"ApiKey ", "apikey ", "APIKEY ", "ApiKey   "} {
			t.Run("taken: "+good, func(t *testing.T) {
				storetest.Exec(t, s, `DELETE FROM user_attributes`)
				a.post(t, minimal, header("Authorization", good+a.token)).want(t, http.StatusOK, "")
			})
		}
	})
}

func TestPathsAndMethods(t *testing.T) {
	const one = attributes + "/" + nobody
	tests := []struct {
		method, path string
		want         int
		allow        string
	}{
		{"GET", "/", 404, ""},
		{"POST", "/api/v1/org/attribute", 404, ""},
		{"POST", "/api/v1/org/attributes/", 404, ""},
		{"POST", "/api/v1/org/Attributes", 404, ""},
		{"POST", "//api/v1/org/attributes", 404, ""},
		{"OPTIONS", "/api/v1/org", 404, ""},
		{"GET", "/api/v1/org/" + secret, 404, ""},
		{"GET", attributes + "//", 404, ""},
		{"PUT", one + "/", 404, ""},
		{"PUT", one + "/users", 404, ""},
		{"PUT", one + "/users/", 404, ""},
		{"DELETE", one + "/groups//", 404, ""},
		{"GET", attributes + "//users/" + nobody, 404, ""},
		{"GET", one + "/users/" + nobody + "/attributes", 404, ""},
		{"PUT", one + "/users/" + nobody + "/x", 404, ""},
		{"OPTIONS", one + "/groups/" + nobody + "/x", 404, ""},
		{"GET", "/api/v1/org/users/", 404, ""},
		{"GET", "/api/v1/org/users/" + nobody, 404, ""},
		{"GET", "/api/v1/org/users//attributes", 404, ""},
		{"GET", "/api/v1/org/groups/" + nobody, 404, ""},
		{"HEAD", "/unknown", 404, ""},
		{"PUT", attributes, 405, "OPTIONS, GET, HEAD, POST"},
		{"PATCH", attributes, 405, "OPTIONS, GET, HEAD, POST"},
		{"DELETE", attributes, 405, "OPTIONS, GET, HEAD, POST"},
		{"TRACE", attributes, 405, "OPTIONS, GET, HEAD, POST"},
		{"post", attributes, 405, "OPTIONS, GET, HEAD, POST"},
		{"X-ANY", attributes, 405, "OPTIONS, GET, HEAD, POST"},
		{"POST", one, 405, "OPTIONS, DELETE, GET, HEAD, PUT"},
		{"HEAD", one + "/users/" + nobody, 405, "OPTIONS, DELETE, PUT"},
		{"PATCH", attributes + "/..", 405, "OPTIONS, DELETE, GET, HEAD, PUT"},
		{"GET", one + "/users/" + nobody, 405, "OPTIONS, DELETE, PUT"},
		{"POST", one + "/groups/" + nobody, 405, "OPTIONS, DELETE, PUT"},
		{"PUT", "/api/v1/org/users/" + nobody + "/attributes", 405, "OPTIONS, GET, HEAD"},
		{"POST", "/api/v1/org/users", 405, "OPTIONS, GET, HEAD"},
		{"POST", "/api/v1/org/groups", 405, "OPTIONS, GET, HEAD"},
		{"POST", "/openapi.json", 405, "OPTIONS, GET, HEAD"},
		{"POST", "/livez", 405, "OPTIONS, GET, HEAD"},
		{"OPTIONS", attributes, 204, "OPTIONS, GET, HEAD, POST"},
		{"OPTIONS", one + "/users/" + nobody, 204, "OPTIONS, DELETE, PUT"},
		{"OPTIONS", "/openapi.json", 204, "OPTIONS, GET, HEAD"},
	}
	names := map[int]string{404: "NotFoundError", 405: "MethodNotAllowedError"}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, tt := range tests {
			t.Run(tt.method+" "+tt.path, func(t *testing.T) {
				got := a.post(t, minimal, method(tt.method), path(tt.path), header("Authorization")) // needs no token
				if allow := got.header.Get("Allow"); got.status != tt.want || allow != tt.allow {
					t.Errorf("%d with Allow %q, want %d with %q", got.status, allow, tt.want, tt.allow)
				}
				if tt.method != "HEAD" {
					got.want(t, tt.want, names[tt.want])
				}
			})
		}
	})
}

// wrong is a way in which a request can be wrong.
type wrong struct {
	name   string
	status int
	spoil  func(*draft)
}

// wrongs are all of them, in the order in which they are looked for.
var wrongs = []wrong{
	{"path", 404, func(d *draft) { d.path = "/api/v1/org/nothing" }},
	{"method", 405, func(d *draft) { d.method = "PATCH" }},
	{"token", 401, func(d *draft) { d.token = "ldpat_unknown" }},
	{"role", 403, func(d *draft) { d.isViewer = true }},
	{"length", 413, func(d *draft) { d.padding = 5000 }},
	{"content type", 415, func(d *draft) { d.contentType = "text/plain" }},
	{"gzip", 400, func(d *draft) { d.encoding = "gzip" }},
	{"JSON", 400, func(d *draft) { d.head = "x" }},
	{"schema", 422, func(d *draft) { d.description = "null" }},
	{"attribute", 404, func(d *draft) { d.attribute = "/" + nobody }},
	{"version", 412, func(d *draft) { d.ifMatch = `"another"` }},
	{"references", 422, func(d *draft) { d.users = user(`"`+nobody+`"`, `"v"`) }},
	{"name taken", 409, func(d *draft) { d.name = "taken" }},
}

// draft is a good request, until spoiled.
type draft struct {
	method, path, token, contentType, encoding, name, description, users, head string
	attribute, ifMatch                                                         string // of an update; else ""
	padding                                                                    int
	isViewer                                                                   bool
}

func TestOrderOfTheChecks(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{MaxBody: 4000})
		viewer := a.tokenOf(t, "viewer@lightdash.com")
		a.create(t, attribute("taken", "null", "[]", "[]"))
		uuid, version := a.create(t, attribute("old", "null", "[]", "[]"))
		before := a.do(t, "GET", attributes, "").body
		send := func(t *testing.T, d draft) reply {
			if d.isViewer && d.token == a.token {
				d.token = viewer
			}
			body := fmt.Sprintf(`%s{"name":%q,"description":%s,"attributeDefault":null,"users":%s,"groups":[]}`, d.head, d.name, d.description, d.users)
			return a.post(t, body+strings.Repeat(" ", d.padding), method(d.method), path(d.path+d.attribute), header("If-Match", d.ifMatch),
				header("Authorization", "ApiKey "+d.token), header("Content-Type", d.contentType), header("Content-Encoding", d.encoding))
		}
		refuse := func(good draft, wrongs []wrong) {
			for i, first := range wrongs {
				for _, second := range wrongs[i:] {
					t.Run(good.method+": "+first.name+" before "+second.name, func(t *testing.T) {
						d := good
						first.spoil(&d)
						alone := send(t, d)
						second.spoil(&d)
						if got := send(t, d); got.status != first.status || got.message != alone.message {
							t.Errorf("%d %q, want %d %q", got.status, got.message, first.status, alone.message)
						}
					})
				}
			}
		}
		create := draft{method: "POST", path: attributes, token: a.token, contentType: "application/json",
			encoding: "identity", name: "free", description: `"d"`, users: "[]"}
		update := create
		update.method, update.attribute, update.ifMatch = "PUT", "/"+uuid, version
		refuse(update, wrongs)
		refuse(create, slices.DeleteFunc(slices.Clone(wrongs), func(w wrong) bool { return w.name == "attribute" || w.name == "version" }))
		if after := a.do(t, "GET", attributes, "").body; after != before {
			t.Errorf("was %s\nis  %s", before, after)
		}
		send(t, update).want(t, 200, "")
		create.name = "free too"
		send(t, create).want(t, 200, "")
	})
}

func TestNothingIsReadOfABodyThatIsNotWanted(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		viewer := a.tokenOf(t, "viewer@lightdash.com")
		tests := []struct {
			name string
			edit func(*http.Request)
			want int
		}{
			{"unknown path", path("/nothing"), 404},
			{"another method", method("PUT"), 405},
			{"no token", header("Authorization"), 401},
			{"no admin", header("Authorization", "ApiKey "+viewer), 403},
			{"too long", func(r *http.Request) { r.ContentLength = 5<<20 + 1 }, 413},
			{"another content type", header("Content-Type", "text/plain"), 415},
			{"another encoding", header("Content-Encoding", "br"), 415},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				r := a.request(t, "", tt.edit)
				r.Body = unwanted{t}
				w := httptest.NewRecorder()
				a.handler.ServeHTTP(w, r)
				if w.Code != tt.want {
					t.Errorf("%d, want %d", w.Code, tt.want)
				}
			})
		}
	})
}

// unwanted is a body that must not be read.
type unwanted struct{ t *testing.T }

func (u unwanted) Read([]byte) (int, error) { u.t.Error("the body was read"); return 0, io.EOF }
func (u unwanted) Close() error             { return nil }

func TestBodyThatBreaksOff(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		r := a.request(t, "")
		r.ContentLength = -1
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(minimal), iotest.ErrReader(fmt.Errorf("%s: connection reset", secret))))
		w := httptest.NewRecorder()
		a.handler.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), secret) || a.rows(t) != 0 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
