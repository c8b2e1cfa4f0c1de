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
	"attributed/store"
	"attributed/store/storetest"
)

// A client may say that it sends nothing more, and read its answer. The table is slow, so that
// the server has noticed by the time that it answers.
func TestClientThatClosesItsSideIsAnswered(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{RequestTimeout: time.Minute})
		a.slow(t, "emails")
		body := with("users", user(`"`+store.DemoUserUUID+`"`, `"v"`))
		for _, request := range []string{
			fmt.Sprintf("POST %s HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\nHost: x\r\nAuthorization: ApiKey %s\r\n\r\n%s", attributes, len(body), a.token, body),
			fmt.Sprintf("GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: ApiKey %s\r\n\r\n", attributes, a.token),
		} {
			connection, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			connection.SetDeadline(time.Now().Add(time.Minute))
			fmt.Fprint(connection, request)
			if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			response, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK {
				t.Errorf("%.4s: %d %s (%v)", request, response.StatusCode, got, err)
			}
		}
	})
}
