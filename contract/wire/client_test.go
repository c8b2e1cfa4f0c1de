package wire

import (
	"net/http"
	"net/http/httptest"
	"slices"
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

// TestReadsAskForWhatWasChanged, of a server that says how: its replicas may not have it yet.
func TestReadsAskForWhatWasChanged(t *testing.T) {
	var asked []string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Header.Get(positionHeader))
		if r.Method == http.MethodPut {
			w.Header().Set(positionHeader, "1-a")
		}
	}))
	defer web.Close()
	c := NewClient(web.URL, time.Second)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodGet, http.MethodDelete, http.MethodGet} {
		c.Send(t.Context(), Call{Op: &spec.Operation{}, Method: method})
	}
	if want := []string{"GET ", "PUT ", "GET 1-a", "DELETE ", "GET 1-a"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
}
