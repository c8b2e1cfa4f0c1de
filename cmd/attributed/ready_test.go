package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReady(t *testing.T) {
	s := serve(t, "--demo", "--database", "sqlite:"+t.TempDir()+"/test.db")
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, args string
		variables  variablesOf
	}{
		{"by its URL", "ready http://" + s.address, nil},
		{"by a URL with a slash", "ready http://" + s.address + "/", nil},
		{"by the flag", "ready --listen " + s.address, nil},
		{"by the variable", "ready", variablesOf{"ATTRIBUTED_LISTEN": s.address}},
		{"by an address of every interface", "ready", variablesOf{"ATTRIBUTED_LISTEN": "0.0.0.0:" + port}},
		{"by an address of no host", "ready --listen :" + port, nil},
	} {
		if got := once(t, tt.variables, strings.Fields(tt.args)...); got.err != nil || got.stdout != "ready\n" {
			t.Errorf("%s: %v, printed %q", tt.name, got.err, got.stdout)
		}
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	refused(t, nil, "ready http://"+s.address, 1, "http://"+s.address+"/readyz does not answer: ")
}

func TestNotReady(t *testing.T) {
	ending := make(chan struct{})
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/silent/readyz":
			<-ending
		case "/json/readyz":
			w.WriteHeader(http.StatusServiceUnavailable)
			w.Write([]byte(`{"status":"error","error":{"message":"The database\ndid not answer."}}`))
		default:
			http.NotFound(w, r)
		}
	}))
	defer other.Close()
	defer close(ending)
	refused(t, nil, "ready "+other.URL+"/json", 1, `/json/readyz answers 503 Service Unavailable: "The database\ndid not answer."`)
	refused(t, nil, "ready "+other.URL, 1, "/readyz answers 404 Not Found")
	refused(t, nil, "ready --timeout=100ms "+other.URL+"/silent", 1, "/silent/readyz does not answer within 100ms")
	refused(t, nil, "ready --listen=127.0.0.1:0", 2, "127.0.0.1:0 is any free port")
	refused(t, nil, "ready lightdash.example.com", 2, "write http://HOST:PORT or https://HOST")
}
