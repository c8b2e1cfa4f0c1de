package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

func key(k string) func(*http.Request) { return header("Idempotency-Key", k) }

// called makes a call, and the same again, which must be answered the same.
func (a *api) called(t *testing.T, r func() *http.Request) reply {
	t.Helper()
	first := a.send(t, r())
	again := a.send(t, r())
	if again.status != first.status || again.body != first.body || again.header.Get("ETag") != first.header.Get("ETag") {
		t.Errorf("again: %d %s %s\nfirst: %d %s %s", again.status, again.header.Get("ETag"), again.body, first.status, first.header.Get("ETag"), first.body)
	}
	if first.header.Get("Idempotency-Replayed") != "" || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("Idempotency-Replayed: first %q, again %q", first.header.Get("Idempotency-Replayed"), again.header.Get("Idempotency-Replayed"))
	}
	return first
}

// TestACallMadeTwice goes through every operation that changes something.
func TestACallMadeTwice(t *testing.T) {
	storetest.EachWithPrepared(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		created := a.called(t, func() *http.Request { return a.request(t, minimal, key("create")) })
		created.want(t, http.StatusOK, "")
		if n := len(results[[]map[string]any](t, a.do(t, http.MethodGet, attributes, ""))); n != 1 {
			t.Fatalf("there are %d attributes", n)
		}
		one := attributes + "/" + results[map[string]any](t, created)["uuid"].(string)
		for _, tt := range []struct{ name, verb, path, body string }{
			{"update", http.MethodPut, one, strings.Replace(minimal, "sales_region", "region", 1)},
			{"set a user's value", http.MethodPut, one + "/users/" + store.DemoUserUUID, `{"value":"EMEA"}`},
			{"set a group's value", http.MethodPut, one + "/groups/" + store.DemoGroupUUID, `{"value":"EMEA"}`},
			{"set many", http.MethodPut, one + "/values", `{"users":[{"userUuid":"` + store.DemoUserUUID + `","value":"AMER"}]}`},
			{"clear a user's value", http.MethodDelete, one + "/users/" + store.DemoUserUUID, ""},
			{"clear a group's value", http.MethodDelete, one + "/groups/" + store.DemoGroupUUID, ""},
			{"remove", http.MethodDelete, one, ""},
		} {
			t.Run(tt.name, func(t *testing.T) {
				a.called(t, func() *http.Request {
					return a.request(t, tt.body, method(tt.verb), to(tt.path), key("k"))
				}).want(t, http.StatusOK, "")
			})
		}
	})
}

func TestKeysSetCallsApart(t *testing.T) {
	storetest.EachWithPrepared(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		other := strings.Replace(minimal, "sales_region", "other", 1)
		a.post(t, minimal, key("k")).want(t, http.StatusOK, "")
		for name, r := range map[string]*http.Request{
			"another body":         a.request(t, other, key("k")),
			"the same but a space": a.request(t, minimal+" ", key("k")),
			"another condition":    a.request(t, minimal, key("k"), header("If-Match", "*")),
		} {
			got := a.send(t, r)
			got.want(t, http.StatusUnprocessableEntity, "ValidateError")
			if got.data["header.Idempotency-Key"] == "" {
				t.Errorf("%s: %s", name, got.body)
			}
		}
		a.post(t, other, key("l")).want(t, http.StatusOK, "")
		a.post(t, minimal, key("m")).want(t, http.StatusConflict, "AlreadyExistsError")

		second := a.tokenOf(t, store.DemoEmail) // another token of the same person
		again := a.post(t, minimal, key("k"), header("Authorization", "ApiKey "+second))
		if again.want(t, http.StatusOK, ""); again.header.Get("Idempotency-Replayed") == "" {
			t.Error("another token of the same person made another call")
		}
		if n := len(results[[]map[string]any](t, a.do(t, http.MethodGet, attributes, ""))); n != 2 {
			t.Errorf("there are %d attributes", n)
		}
	})
}

// TestARefusedCallMayComeAgain: nothing is kept of it.
func TestARefusedCallMayComeAgain(t *testing.T) {
	storetest.EachWithPrepared(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		in := results[map[string]any](t, a.post(t, minimal))["uuid"].(string)
		a.post(t, minimal, key("k")).want(t, http.StatusConflict, "AlreadyExistsError")
		a.post(t, with("users", user(`"`+strings.Replace(store.DemoUserUUID, "b", "c", 1)+`"`, `"x"`)), key("k")).want(t, http.StatusUnprocessableEntity, "ValidateError")
		a.do(t, http.MethodDelete, attributes+"/"+in, "").want(t, http.StatusOK, "")
		a.post(t, minimal, key("k")).want(t, http.StatusOK, "")
	})
}

func TestKeysThatAreNone(t *testing.T) {
	storetest.EachWithPrepared(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, k := range []string{"", "a b", "ä", strings.Repeat("k", 256)} {
			got := a.post(t, minimal, key(k))
			got.want(t, http.StatusUnprocessableEntity, "ValidateError")
			if got.data["header.Idempotency-Key"] == "" {
				t.Errorf("%q: %s", k, got.body)
			}
		}
		a.post(t, minimal, header("Idempotency-Key", "a", "b")).want(t, http.StatusUnprocessableEntity, "ValidateError")
		if n := a.rows(t); n != 0 {
			t.Errorf("%d rows were written", n)
		}
		a.post(t, minimal, key(strings.Repeat("~", 255))).want(t, http.StatusOK, "")
	})
}

func TestKeyLastsForADay(t *testing.T) {
	storetest.EachWithPrepared(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		first := a.post(t, minimal, key("k"))
		storetest.Exec(t, s, `UPDATE idempotency_records SET created_at = ?`, time.Now().UTC().Add(-24*time.Hour-time.Minute).Format("2006-01-02 15:04:05.000"))
		a.post(t, minimal, key("k")).want(t, http.StatusConflict, "AlreadyExistsError")
		a.do(t, http.MethodDelete, attributes+"/"+results[map[string]any](t, first)["uuid"].(string), "").want(t, http.StatusOK, "")
		if got := a.post(t, minimal, key("k")); got.status != http.StatusOK || got.body == first.body {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
}

// TestOneKeyAHundredTimesAtOnce makes one attribute.
func TestOneKeyAHundredTimesAtOnce(t *testing.T) {
	storetest.EachWithPrepared(t, func(t *testing.T, s *store.Store) {
		a, b := newAPI(t, s, server.Config{RequestTimeout: time.Minute}), newAPI(t, storetest.OpenAgain(t, s), server.Config{RequestTimeout: time.Minute})
		replies := make(chan reply)
		for n := range 100 {
			side := a
			if n%2 == 1 && !storetest.IsSQLite(s) {
				side = b // another process's, as it were
			}
			go func() {
				for {
					got := side.post(t, minimal, key("k"))
					if got.name != "IdempotencyInProgressError" {
						replies <- got
						return
					}
					if got.status != http.StatusConflict || got.header.Get("Retry-After") != "1" {
						t.Errorf("%d %v", got.status, got.header)
					}
				}
			}()
		}
		bodies, fresh := map[string]bool{}, 0
		for range 100 {
			got := <-replies
			bodies[fmt.Sprint(got.status, got.body)] = true
			if got.header.Get("Idempotency-Replayed") == "" {
				fresh++
			}
		}
		if len(bodies) != 1 || fresh != 1 {
			t.Errorf("%d different answers, %d of them not replayed", len(bodies), fresh)
		}
		if n := a.rows(t); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

// TestWithoutAKeyNothingIsKept: what it costs is only for those who ask for it.
func TestWithoutAKeyNothingIsKept(t *testing.T) {
	storetest.EachWithPrepared(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		a.post(t, minimal).want(t, http.StatusOK, "")
		if n := storetest.Query[int](t, s, `SELECT count(*) FROM idempotency_records`)[0]; n != 0 {
			t.Errorf("%d answers are kept", n)
		}
	})
}

// TestKeyWithAnIDThatNoTextHolds was a 500: of a path as it is meant PostgreSQL can keep no text.
func TestKeyWithAnIDThatNoTextHolds(t *testing.T) {
	storetest.EachWithPrepared(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, id := range []string{"%00", "%FF", "%ed%a0%80"} {
			a.do(t, http.MethodDelete, attributes+"/"+id, "", key("k")).want(t, http.StatusNotFound, "NotFoundError")
		}
	})
}
