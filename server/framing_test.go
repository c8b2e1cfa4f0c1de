package server_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"attributed/server"
	"attributed/store/storetest"
)

func TestLengthThatIsSaidInTwoWays(t *testing.T) {
	s := storetest.Open(t, storetest.SQLiteURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, s, server.Config{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: a.handler}
	listener = server.WatchFraming(listener, web)
	go web.Serve(listener)
	t.Cleanup(func() { web.Close() })

	const chunked, length = "Transfer-Encoding: chunked\r\n", "Content-Length: 6\r\n"
	type request struct {
		headers, body string
		want          int
	}
	tests := []struct {
		name     string
		requests []request // on one connection
		closed   bool
	}{
		{"both", []request{{length + chunked, "1\r\n{\r\n0\r\n\r\n", 400}}, true},
		{"both, otherwise", []request{{chunked + "x: y\ncontent-LENGTH:6\n", "0\r\n\r\n", 400}}, true},
		{"both, after another", []request{{chunked, "2\r\n{}\r\n0\r\n\r\n", 422}, {chunked + length, "0\r\n\r\n", 400}}, true},
		{"both, after some", []request{{length, "{    }", 422}, {length, "{    }", 422}, {chunked + length, "0\r\n\r\n", 400}}, true},
		{"each by itself", []request{
			{chunked, "2\r\n{}\r\n0\r\n\r\n", 422}, {length, "{    }", 422}, {chunked, "2\r\n{}\r\n0\r\n\r\n", 422},
			{"X-Content-Length: 6\r\n" + chunked + "Content-Length-Y: 6\r\nx: Content-Length: 6\r\n", "14\r\n{\nContent-Length: 6\n\r\n0\r\n\r\n", 400}, // no JSON
			{length, "{    }", 422},
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			connection, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			connection.SetDeadline(time.Now().Add(time.Minute))
			answers := bufio.NewReader(connection)
			var response *http.Response
			for _, r := range tt.requests {
				text := "POST " + attributes + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: ApiKey " + a.token + "\r\n" + r.headers + "\r\n" + r.body
				if _, err := io.WriteString(connection, text); err != nil {
					t.Fatal(err)
				}
				if response, err = http.ReadResponse(answers, nil); err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(response.Body)
				if err != nil || response.StatusCode != r.want || strings.Contains(string(body), "both") != (tt.closed && r.want == 400) {
					t.Errorf("%q: %d %s (%v), want %d", r.headers, response.StatusCode, body, err, r.want)
				}
			}
			if response.Close != tt.closed {
				t.Errorf("closed: %t, want %t", response.Close, tt.closed)
			}
		})
	}
}
