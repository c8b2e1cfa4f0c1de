package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"attributed/server"
	"attributed/store/storetest"
)

// TestUnfinishedBodyIsNotWaitedFor where it is not needed for the answer.
func TestUnfinishedBodyIsNotWaitedFor(t *testing.T) {
	s := storetest.Open(t, storetest.SQLiteURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, s, server.Config{})
	viewer := a.tokenOf(t, "viewer@lightdash.com")
	const post, json = "POST " + attributes, "Content-Type: application/json"
	for _, tt := range []struct {
		name, line, token, more string
		want                    int
	}{
		{"a made-up token", post, "ldpat_x", json, http.StatusUnauthorized},
		{"a viewer", post, viewer, json, http.StatusForbidden},
		{"an unknown path", "POST /x", a.token, json, http.StatusNotFound},
		{"another method", "PATCH " + attributes, a.token, json, http.StatusMethodNotAllowed},
		{"another type", post, a.token, "Content-Type: text/plain", http.StatusUnsupportedMediaType},
		{"what takes no body", "GET " + attributes, a.token, json, http.StatusOK},
		{"what removes", "DELETE " + attributes, a.token, json, http.StatusOK},
		{"what needs no token", "GET /livez", a.token, json, http.StatusOK},
	} {
		for _, length := range []string{"Content-Length: 1000", "Transfer-Encoding: chunked"} {
			t.Run(tt.name+", "+length, func(t *testing.T) {
				line := tt.line
				if tt.name == "what removes" {
					one, _ := a.create(t, with("name", `"removed"`))
					line += "/" + one
				}
				connection, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
				if err != nil {
					t.Fatal(err)
				}
				defer connection.Close()
				connection.SetDeadline(time.Now().Add(time.Minute)) // only where it is waited for
				fmt.Fprintf(connection, "%s HTTP/1.1\r\nHost: x\r\nAuthorization: ApiKey %s\r\n%s\r\n%s\r\n\r\n4\r\n{", line, tt.token, tt.more, length)
				response, err := http.ReadResponse(bufio.NewReader(connection), nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadAll(response.Body); err != nil || response.StatusCode != tt.want || !response.Close {
					t.Errorf("%d, closed: %t (%v), want %d and an end", response.StatusCode, response.Close, err, tt.want)
				}
			})
		}
	}
	for _, whole := range []string{minimal, "{}", "{"} {
		if got := a.post(t, whole); got.header.Get("Connection") != "" {
			t.Errorf("after a whole body: %d, %v", got.status, got.header)
		}
	}
}
