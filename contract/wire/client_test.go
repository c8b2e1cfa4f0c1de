package wire

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"attributed/contract/spec"
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
	c := NewClient(web.URL, time.Second)
	c.waited = MaxWaiting - 2*time.Second
	one := Call{Op: &spec.Operation{}, Method: http.MethodGet}
	if a := c.Send(t.Context(), one); a.Status != 0 || !c.Throttled || asked != 3 {
		t.Errorf("status %d after %d requests, throttled %t", a.Status, asked, c.Throttled)
	}
	if c.Send(t.Context(), one); asked != 3 {
		t.Errorf("asked %d times", asked)
	}
}
