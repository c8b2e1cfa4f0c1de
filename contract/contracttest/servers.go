package contracttest

import (
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/gen"
	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// Healthy is our real server on a store with the demo organization, and a token of
// its admin.
func Healthy(t *testing.T, s *store.Store) (handler http.Handler, token string) {
	t.Helper()
	storetest.LoadDemo(t, s)
	handler, err := server.New(s, slog.New(slog.DiscardHandler), server.Config{CheckResponses: server.Enforce})
	if err != nil {
		t.Fatal(err)
	}
	return handler, storetest.CreateToken(t, s, store.DemoEmail)
}

// HealthyOnSQLite is one on a file of its own.
func HealthyOnSQLite(t *testing.T) (handler http.Handler, token string) {
	t.Helper()
	s := storetest.Open(t, storetest.SQLiteURL(t)+"?synchronous=normal")
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return Healthy(t, s)
}

// Listen serves a handler until the test ends. What it is broken on purpose for is
// not logged.
func Listen(t *testing.T, handler http.Handler) (url string) {
	t.Helper()
	web := httptest.NewUnstartedServer(handler)
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.Start()
	t.Cleanup(web.Close)
	return web.URL
}

// EffectiveSpec is the spec that our server serves.
func EffectiveSpec(t testing.TB) *openapi3.T {
	t.Helper()
	spec, err := gen.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// Answering is a server that answers all alike.
func Answering(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
}
