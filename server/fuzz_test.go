package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// fuzzed is an api with one attribute, whose target it returns too.
func fuzzed(f *testing.F) (a *api, target string) {
	f.Helper()
	s := storetest.Open(f, storetest.SQLiteURL(f)+"?synchronous=normal")
	if err := s.MigrateUp(f.Context()); err != nil {
		f.Fatal(err)
	}
	a = newAPI(f, s, server.Config{MaxBody: 64 << 10})
	a.addPeople(f)
	id, _ := a.create(f, with("name", `"kept"`))
	return a, attributes + "/" + id
}

// ask has the handler answer without a network between, whose timing would be taken for
// something new. It checks what every answer promises, and that it is no error of ours.
func (a *api) ask(t *testing.T, r *http.Request) reply {
	t.Helper()
	defer a.log.reset()
	recorder := httptest.NewRecorder()
	a.handler.ServeHTTP(recorder, r)
	got := reply{status: recorder.Code, header: recorder.Header(), body: recorder.Body.String()}
	a.checkEnvelope(t, r, &got)
	a.checkLog(t)
	if got.status >= 500 {
		t.Errorf("%d %s\n%s", got.status, got.body, a.log)
	}
	return got
}

func addBodies(f *testing.F) {
	f.Helper()
	for _, body := range []string{
		minimal, with("users", user(`"`+store.DemoUserUUID+`"`, `"EMEA"`)), with("groups", group(`"`+strings.ToUpper(store.DemoGroupUUID)+`"`, `"😀"`)),
		with("description", `""`), with("attributeDefault", `"\u0000"`), with("users", user(`"`+theirUUID+`"`, `"x"`)), with("name", `""`),
		with("users", `[{"userUuid":"`+store.DemoViewerUUID+`","value":"a"},{"userUuid":"`+store.DemoUserUUID+`","value":""}]`),
	} {
		f.Add([]byte(body))
	}
	for _, refused := range refusals() {
		if len(refused.body) < 4<<10 {
			f.Add([]byte(refused.body))
		}
	}
}

// FuzzCreateBody: what is created is read again as it was answered, and what is refused leaves nothing.
func FuzzCreateBody(f *testing.F) {
	addBodies(f)
	a, _ := fuzzed(f)
	before := a.rows(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		if got := a.ask(t, a.request(t, string(body))); got.status == http.StatusOK {
			one := attributes + "/" + results[struct{ UUID string }](t, got).UUID
			if read := a.ask(t, a.request(t, "", method("GET"), to(one))); read.body != got.body {
				t.Errorf("created\n%s\nread\n%s", got.body, read.body)
			}
			a.ask(t, a.request(t, "", method("DELETE"), to(one))).want(t, http.StatusOK, "")
		}
		if after := a.rows(t); after != before {
			t.Errorf("%d rows, and before %d", after, before)
		}
	})
}

// FuzzUpdateBody: an update is read again as it was answered, and one that is refused changes nothing.
func FuzzUpdateBody(f *testing.F) {
	addBodies(f)
	a, target := fuzzed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		want := a.ask(t, a.request(t, "", method("GET"), to(target)))
		if got := a.ask(t, a.request(t, string(body), method("PUT"), to(target))); got.status == http.StatusOK {
			want = got
		}
		if read := a.ask(t, a.request(t, "", method("GET"), to(target))); read.body != want.body {
			t.Errorf("expected\n%s\nread\n%s", want.body, read.body)
		}
	})
}

// FuzzPathIDs: an id of nothing is 404, however it is written, and so is another organization's.
func FuzzPathIDs(f *testing.F) {
	a, target := fuzzed(f)
	kept := strings.TrimPrefix(target, attributes+"/")
	for _, id := range []string{"", store.DemoUserUUID, strings.ToUpper(store.DemoGroupUUID), theirUUID, theirGroup, "..", "%2e", "a/b", "\x00", "\xff", "{" + nobody + "}", "5a1c0000000040008000000000000001"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		known := map[string]string{ // by path, of whom the id may be
			attributes + "/":                   kept,
			target + "/users/":                 store.DemoUserUUID + store.DemoEditorUUID + store.DemoViewerUUID + inactiveUUID,
			target + "/groups/":                store.DemoGroupUUID + store.DemoOtherGroupUUID,
			"/api/v1/org/users/|/attributes":   store.DemoUserUUID + store.DemoEditorUUID + store.DemoViewerUUID + inactiveUUID,
			attributes + "/|/users/" + nobody:  "",
			attributes + "/|/groups/" + nobody: "",
			attributes + "/|/values":           kept,
		}
		for path, ids := range known {
			before, after, _ := strings.Cut(path, "|")
			verb, body := "PUT", `{"value":"x"}`
			if strings.HasSuffix(path, "/attributes") {
				verb, body = "GET", ""
			}
			if path == attributes+"/" {
				body = with("name", `"kept"`)
			}
			request := a.request(t, body, method(verb))
			request.URL = &url.URL{Path: before + id + after, RawPath: before + url.PathEscape(id) + after}
			got := a.ask(t, request)
			if len(id) == 36 && strings.Contains(ids, strings.ToLower(id)) {
				got.want(t, http.StatusOK, "")
			} else if got.status != http.StatusMethodNotAllowed { // "" is the path of another
				got.want(t, http.StatusNotFound, "NotFoundError")
			}
		}
	})
}

// FuzzAuthorization: nobody gets in but with a token that is there, and no answer says why.
func FuzzAuthorization(f *testing.F) {
	a, _ := fuzzed(f)
	for _, value := range []string{"", "ApiKey", "ApiKey ", "ApiKey TOKEN", "apikey  TOKEN ", "ApiKey TOKEN TOKEN", "Bearer TOKEN", "ApiKey\tTOKEN", "ApiKey \x00", "ApiKey \xff'", "ApiKey,TOKEN"} {
		f.Add(value)
	}
	refused := a.post(f, minimal, header("Authorization")).body
	f.Fuzz(func(t *testing.T, value string) {
		value = strings.ReplaceAll(value, "TOKEN", a.token) // which is another each time
		got := a.ask(t, a.request(t, "", method("GET"), header("Authorization", value)))
		scheme, token, _ := strings.Cut(value, " ")
		if strings.EqualFold(scheme, "ApiKey") && strings.Trim(token, " ") == a.token {
			got.want(t, http.StatusOK, "")
		} else if got.want(t, http.StatusUnauthorized, "AuthorizationError"); got.body != refused {
			t.Errorf("%s\nand not\n%s", got.body, refused)
		}
	})
}
