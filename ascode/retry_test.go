package ascode

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestWhatIsTriedAgain(t *testing.T) {
	for _, tt := range []struct {
		name, method, key string
		status            int
		after             string
		want              int // requests
	}{
		{"a read that came too early", http.MethodGet, "", 429, "0", 3},
		{"an update while the server is away", http.MethodPut, "", 503, "", 3},
		{"a removal while the server is away", http.MethodDelete, "", 503, "0", 3},
		{"a create, which might be made twice", http.MethodPost, "", 503, "0", 1},
		{"a create with a key", http.MethodPost, "k", 503, "0", 3},
		{"a fault of the server", http.MethodPut, "", 500, "0", 1},
		{"a server that asks for an hour", http.MethodGet, "", 429, "3600", 1},
		{"a refusal", http.MethodPut, "", 412, "", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			requests := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if requests++; requests < 3 {
					if tt.after != "" {
						w.Header().Set("Retry-After", tt.after)
					}
					w.WriteHeader(tt.status)
				}
			}))
			defer server.Close()
			request, err := http.NewRequestWithContext(t.Context(), tt.method, server.URL, strings.NewReader("body"))
			if err != nil {
				t.Fatal(err)
			}
			if tt.key != "" {
				request.Header.Set("Idempotency-Key", tt.key)
			}
			response, err := newRetrying(time.Minute).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if requests != tt.want {
				t.Errorf("%d requests, want %d", requests, tt.want)
			}
		})
	}
}

func TestWaitsAreBoundedAndDiffer(t *testing.T) {
	for attempt := range 40 {
		if waited := wait(shortestWait, longestWait, attempt, nil); waited <= 0 || waited > longestWait {
			t.Errorf("attempt %d: %v", attempt, waited)
		}
	}
	asked := &http.Response{Header: http.Header{"Retry-After": {"2"}}}
	if first, second := wait(shortestWait, longestWait, 0, asked), wait(shortestWait, longestWait, 0, asked); first < 2*time.Second || first > 3*time.Second || first == second {
		t.Errorf("asked for 2 s: %v, %v", first, second)
	}
}
