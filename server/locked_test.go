package server_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// TestTableThatIsLocked against changes lets everything else be served, however many changes wait.
func TestTableThatIsLocked(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Parallel()
	a, patient := newAPI(t, s, server.Config{RequestTimeout: 3 * time.Second}), newAPI(t, s, server.Config{RequestTimeout: 6 * time.Second})
	other := storetest.Connect(t, storetest.URL(s))
	if _, err := other.Exec(t.Context(), `BEGIN; LOCK TABLE user_attributes IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	var changes sync.WaitGroup
	for range 50 {
		changes.Go(func() {
			patient.post(t, minimal, header("Authorization", "ApiKey "+a.token)).want(t, http.StatusServiceUnavailable, "ServiceUnavailableError")
		})
	}
	for _, asked := range []string{"/api/v1/org/attributes", "/api/v1/org/groups", "/api/v1/org/users/" + store.DemoUserUUID + "/attributes", "/readyz"} {
		a.post(t, "", method("GET"), path(asked)).want(t, http.StatusOK, "")
	}
	changes.Wait()
	if _, err := other.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	a.post(t, minimal).want(t, http.StatusOK, "")
}
