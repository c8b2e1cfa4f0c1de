package server_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

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
