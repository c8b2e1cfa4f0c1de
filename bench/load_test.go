package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestLoadFailsWithOneCall(t *testing.T) {
	const good = `{"status":"ok","results":{"uuid":"5a1c0000-0000-4000-8000-000000000001","name":"a","users":[],"groups":[]}}`
	tests := []struct {
		name   string
		answer func(w http.ResponseWriter, n int64) // to the nth request, from 1
		want   string
	}{
		{"all good", func(w http.ResponseWriter, _ int64) { fmt.Fprint(w, good) }, ""},
		{"another status", func(w http.ResponseWriter, n int64) {
			if n == 70 {
				w.WriteHeader(http.StatusConflict)
			}
			fmt.Fprint(w, good)
		}, "409"},
		{"another body", func(w http.ResponseWriter, _ int64) { fmt.Fprint(w, `{"status":"ok","results":{}}`) }, "want an attribute"},
		{"a body that is cut off", func(w http.ResponseWriter, _ int64) { fmt.Fprint(w, good[:20]) }, "unexpected end"},
		{"an answer that breaks off", func(w http.ResponseWriter, _ int64) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, good)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, "unexpected EOF"},
		{"no answer", func(http.ResponseWriter, int64) { panic(http.ErrAbortHandler) }, "closed connection"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var requests atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { tt.answer(w, requests.Add(1)) }))
			defer server.Close()
			l := load{method: "POST", url: server.URL, body: bodies(shape{}), check: checkCreated(shape{}), callers: 3, duration: forever, requests: 100}
			m, err := l.run(t.Context())
			if tt.want == "" {
				if err != nil || m.Requests < 100 || int64(m.Requests) != requests.Load() || m.P50 <= 0 || m.PerSecond <= 0 {
					t.Errorf("%+v, %v after %d requests, want at least 100 and no error", m, err, requests.Load())
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestCheckCreatedWantsAllValues(t *testing.T) {
	user := `{"userUuid":"` + userPrefix + `100000000000","value":"EMEA","email":"person1@example.com"}`
	group := `{"groupUuid":"` + groupPrefix + `100000000000","value":"EMEA"}`
	for body, good := range map[string]bool{
		user + `],"groups":[` + group: true,
		user + `],"groups":[`:         false,
		`],"groups":[` + group:        false,
		strings.Replace(user, "person1@example.com", "", 1) + `],"groups":[` + group: false,
		strings.Replace(user, "EMEA", "", 1) + `],"groups":[` + group:                false,
		user + `],"groups":[` + strings.Replace(group, "EMEA", "", 1):                false,
	} {
		body = `{"results":{"uuid":"5a1c0000-0000-4000-8000-000000000001","name":"a","users":[` + body + `]}}`
		if err := checkCreated(shape{1, 1})([]byte(body)); (err == nil) != good {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestVerdict(t *testing.T) {
	tests := []struct {
		name string
		t    target
		want string
	}{
		{"median is enough", target{atLeast: true, limit: 3, values: []float64{1, 3, 9}}, "met"},
		{"median is too little", target{atLeast: true, limit: 3, values: []float64{1, 2.9, 9}}, "MISSED"},
		{"median is enough for the stretch", target{atLeast: true, limit: 3, stretch: 4, values: []float64{4, 1, 5}}, "met, stretch too"},
		{"median is too much", target{limit: 3, values: []float64{4, 3.1, 2}}, "MISSED"},
		{"two in the middle", target{limit: 3, values: []float64{2, 4}}, "met"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.t.verdict(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
