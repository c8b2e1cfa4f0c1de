package server_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

func TestNoIdempotencyKeyBesideALightdash(t *testing.T) {
	storetest.EachLightdash(t, func(t *testing.T, _ storetest.Form, url string) {
		a := newAPI(t, storetest.BesideLightdash(t, url), server.Config{})
		if spec := a.do(t, http.MethodGet, "/openapi.json", "").body; strings.Contains(spec, "Idempotency-Key") || !strings.Contains(spec, "If-Match") {
			t.Error("the spec has the parameter Idempotency-Key, or lacks If-Match")
		}
		id, _ := a.create(t, minimal)
		at := attributes + "/" + id
		for _, call := range [][3]string{
			{http.MethodPost, attributes, strings.ReplaceAll(minimal, "sales_region", "other")}, {http.MethodPut, at, minimal}, {http.MethodDelete, at, ""},
			{http.MethodPut, at + "/values", `{}`}, {http.MethodPut, at + "/users/" + store.DemoUserUUID, `{"value":"a"}`}, {http.MethodDelete, at + "/groups/" + store.DemoGroupUUID, ""},
		} {
			for _, key := range []string{"k", ""} {
				a.do(t, call[0], call[1], call[2], header("Idempotency-Key", key)).want(t, http.StatusNotImplemented, "NotImplementedError")
			}
		}
		if rows := a.rows(t); rows != 1 {
			t.Errorf("%d rows, want the one that was there", rows)
		}
		if got := a.do(t, http.MethodGet, at, "", header("Idempotency-Key", "k")); got.status != http.StatusOK {
			t.Errorf("a read: %d %s", got.status, got.body)
		}
		a.do(t, http.MethodPost, attributes, `{}`, header("Idempotency-Key", "k")).want(t, http.StatusUnprocessableEntity, "ValidateError")
	})
}

func TestASecondValueHasNoPlaceWhereOneIsKept(t *testing.T) {
	entry := func(member, id, values string) string { return `{"` + member + `":"` + id + `",` + values + `}` }
	body := func(fallback, values string) string {
		return `{"name":"n",` + fallback + `,"users":[` + entry("userUuid", store.DemoEditorUUID, `"value":"a"`) + `,` + entry("userUuid", store.DemoUserUUID, values) +
			`],"groups":[` + entry("groupUuid", store.DemoGroupUUID, values) + `]}`
	}
	const one, two = `"values":["b"]`, `"values":["b","c"]`
	a := newAPI(t, storetest.BesideLightdash(t, storetest.Lightdash(t, storetest.Single)), server.Config{})
	id, _ := a.create(t, body(`"attributeDefaults":["d"]`, one))
	answer := a.do(t, http.MethodGet, attributes+"/"+id, "")
	if !strings.Contains(answer.body, `"attributeDefault":"d","attributeDefaults":["d"]`) || strings.Count(answer.body, `"value":"b","values":["b"]`) != 2 {
		t.Errorf("created: %s", answer.body)
	}
	at := attributes + "/" + id
	for _, tt := range []struct {
		verb, path, body string
		want             []string
	}{
		{http.MethodPost, attributes, body(`"attributeDefaults":["d","e"]`, two), []string{"body.attributeDefaults", "body.groups[0].values", "body.users[1].values"}},
		{http.MethodPut, at, body(`"attributeDefault":null`, two), []string{"body.groups[0].values", "body.users[1].values"}},
		{http.MethodPut, at + "/users/" + store.DemoUserUUID, `{` + two + `}`, []string{"body.values"}},
		{http.MethodPut, at + "/groups/" + store.DemoGroupUUID, `{` + two + `}`, []string{"body.values"}},
		{http.MethodPut, at + "/values", `{"users":[` + entry("userUuid", store.DemoUserUUID, two) + `]}`, []string{"body.users[0].values"}},
	} {
		got := a.do(t, tt.verb, tt.path, tt.body)
		got.want(t, http.StatusUnprocessableEntity, "ValidateError")
		var places []string
		for place, message := range got.data {
			places = append(places, place)
			if !strings.Contains(message, "at most 1 ") {
				t.Errorf("%s %s: %s %s", tt.verb, tt.path, place, message)
			}
		}
		if slices.Sort(places); !slices.Equal(places, tt.want) {
			t.Errorf("%s %s: faults at %q, want %q", tt.verb, tt.path, places, tt.want)
		}
	}
	if got := a.do(t, http.MethodGet, at, ""); got.body != answer.body {
		t.Errorf("it is\n%s\nand was\n%s", got.body, answer.body)
	}

	// An empty text is how none is kept: one form of it is taken, and the other cannot be answered as it was sent.
	got := a.do(t, http.MethodPut, at, body(`"attributeDefaults":[""]`, `"values":[""]`))
	got.want(t, http.StatusUnprocessableEntity, "ValidateError")
	for _, place := range []string{"body.attributeDefaults[0]", "body.users[1].values[0]", "body.groups[0].values[0]"} {
		if got.data[place] == "" {
			t.Errorf("there is no fault at %s: %s", place, got.body)
		}
	}
	none := a.do(t, http.MethodPut, at, body(`"attributeDefault":""`, `"value":""`))
	if read := a.do(t, http.MethodGet, at, ""); read.body != none.body || !strings.Contains(none.body, `"attributeDefault":"","attributeDefaults":[]`) || strings.Count(none.body, `"value":"","values":[]`) != 2 {
		t.Errorf("answered %s\nread %s", none.body, read.body)
	}
}

// TestAChangeIsToldInTheLogBesideALightdash, since there is no table of the audit.
func TestAChangeIsToldInTheLogBesideALightdash(t *testing.T) {
	storetest.EachLightdash(t, func(t *testing.T, _ storetest.Form, url string) {
		s, log := storetest.BesideLightdashLogging(t, url)
		a := newAPI(t, s, server.Config{})
		sent := `{"value":"` + secret + `"}`
		id, _ := a.create(t, strings.ReplaceAll(minimal, "null", `"`+secret+`"`))
		at := attributes + "/" + id
		for _, call := range [][3]string{
			{http.MethodPut, at + "/users/" + store.DemoUserUUID, sent}, {http.MethodPut, at + "/users/" + store.DemoUserUUID, sent},
			{http.MethodDelete, at + "/users/" + store.DemoUserUUID, ""}, {http.MethodDelete, at + "/users/" + store.DemoUserUUID, ""},
			{http.MethodPut, at, minimal}, {http.MethodPut, at, minimal},
			{http.MethodPut, at, strings.ReplaceAll(minimal, `"users":[]`, `"users":[{"userUuid":"`+store.DemoGroupUUID+`"}]`)},
			{http.MethodDelete, at, ""}, {http.MethodDelete, at, ""},
		} {
			a.do(t, call[0], call[1], call[2])
		}
		var told []string
		for line := range strings.Lines(log.String()) {
			if strings.Contains(line, secret) {
				t.Errorf("the log has a value: %s", line)
			}
			if _, operation, ok := strings.Cut(line, `msg="user attribute changed" operation=`); ok && strings.Contains(line, "user_attribute="+id) && strings.Contains(line, "user="+store.DemoUserUUID) && strings.Contains(line, "request_id=") {
				operation, _, _ = strings.Cut(operation, " ")
				told = append(told, operation)
			}
		}
		want := []string{"createUserAttribute", "setUserAttributeUserValue", "clearUserAttributeUserValue", "updateUserAttribute", "removeUserAttribute"}
		if !slices.Equal(told, want) {
			t.Errorf("told are %q, want %q of what was changed, once each:\n%s", told, want, log)
		}
	})
}

// TestMadeUpTokensAreNotHashedOverTheLimit: each costs a processor some 50 ms beside a Lightdash.
func TestMadeUpTokensAreNotHashedOverTheLimit(t *testing.T) {
	s := storetest.OpenLightdash(t, storetest.Lightdash(t, storetest.Single), store.Lightdash{Secret: []byte("an example secret")})
	handler, err := server.New(s, slog.New(slog.NewTextHandler(t.Output(), nil)), server.Config{RejectLimit: few})
	if err != nil {
		t.Fatal(err)
	}
	for n := range few.Burst + 3 {
		want := http.StatusUnauthorized
		if n >= few.Burst {
			want = http.StatusTooManyRequests
		}
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, attributes, nil)
		request.Header.Set("Authorization", "ApiKey "+madeUp(n))
		answer := httptest.NewRecorder()
		if handler.ServeHTTP(answer, request); answer.Code != want {
			t.Errorf("token %d: answered %d, want %d", n+1, answer.Code, want)
		}
	}
	if hashes := s.Stats().TokenHashes; hashes != int64(few.Burst) {
		t.Errorf("%d tokens were hashed, want %d", hashes, few.Burst)
	}
}
