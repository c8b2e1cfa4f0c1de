package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// between passes requests on to our server, and what it answers back after a change. A request that instead
// answers itself does not reach it.
func between(t *testing.T, address string, instead func(w http.ResponseWriter, r *http.Request) bool, change func(r *http.Request, answer *http.Response)) (url string) {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if instead(w, r) {
			return
		}
		r.URL.Scheme, r.URL.Host, r.RequestURI = "http", address, ""
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		change(r, answer)
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		if _, err := io.Copy(w, answer.Body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(web.Close)
	return web.URL
}

// creating201 is our server, but that it answers 201 to a create, as Lightdash does.
func creating201(t *testing.T, address string) string {
	t.Helper()
	return between(t, address, func(http.ResponseWriter, *http.Request) bool { return false }, func(r *http.Request, answer *http.Response) {
		if r.Method == "POST" && answer.StatusCode == 200 {
			answer.StatusCode = 201
		}
	})
}
