package server_test

import (
	"net/http"
	"slices"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

func TestTheAuditNamesTheCall(t *testing.T) {
	type row struct{ Operation, Actor, RequestID string }
	storetest.EachWithPrepared(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for i, c := range calls("") {
			for _, key := range [][]string{nil, {"key-of-" + c.operation}} {
				storetest.Exec(t, s, `DELETE FROM user_attributes`)
				uuid, _ := a.create(t, attribute("ours", "null", user(`"`+store.DemoViewerUUID+`"`, `"old"`), group(`"`+store.DemoGroupUUID+`"`, `"old"`)))
				storetest.Exec(t, s, `DELETE FROM audit_events`)
				c = calls(uuid)[i]
				var want []row
				if c.method != http.MethodGet {
					want = []row{{c.operation, store.DemoUserUUID, "first"}}
				}
				for _, id := range []string{"first", "second"}[:1+len(key)] { // with a key, the second changes nothing
					a.do(t, c.method, c.target, c.body, header("X-Request-Id", id), header("Idempotency-Key", key...)).want(t, 200, "")
				}
				got := storetest.Query[row](t, s, `SELECT operation, CAST(actor_user_uuid AS text) AS actor, request_id FROM audit_events ORDER BY id`)
				if !slices.Equal(got, want) {
					t.Errorf("%s, key %q: %v, want %v", c.operation, key, got, want)
				}
			}
		}
	})
}
