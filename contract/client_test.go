package contract

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestServerThatAsksToWait is waited for, but not for hours: a run has more than a
// thousand requests.
func TestServerThatAsksToWait(t *testing.T) {
	asked := 0
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer web.Close()
	c := newClient(web.URL, time.Second)
	c.waited = maxWaiting - 2*time.Second
	one := call{op: &operation{}, method: http.MethodGet}
	if a := c.send(t.Context(), one); a.status != 0 || !c.throttled || asked != 3 {
		t.Errorf("status %d after %d requests, throttled %t", a.status, asked, c.throttled)
	}
	if c.send(t.Context(), one); asked != 3 {
		t.Errorf("asked %d times", asked)
	}
}
