package server_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"attributed/server"
)

// limited serves over so many connections at a time. A request to /slow begins its answer and
// ends it with the test, or when the client goes away.
func limited(t *testing.T, most int) *httptest.Server {
	t.Helper()
	end := make(chan struct{})
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			w.(http.Flusher).Flush()
			select {
			case <-end:
			case <-r.Context().Done():
			}
		}
	}))
	web.Listener = server.LimitConnections(web.Listener, web.Config, most)
	web.Start()
	t.Cleanup(func() { close(end); web.Close() })
	return web
}

func dial(t *testing.T, web *httptest.Server) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return connection
}

// answered sends a request and reads the head of the answer.
func answered(connection net.Conn, path string) error {
	if _, err := io.WriteString(connection, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return err
	}
	_, err := bufio.NewReader(connection).ReadString('\n')
	return err
}

func answers(t *testing.T, connection net.Conn, path string) {
	t.Helper()
	if err := answered(connection, path); err != nil {
		t.Fatal(err)
	}
}

func TestIdleConnectionsMakeRoom(t *testing.T) {
	web := limited(t, 3)
	asked, silent := dial(t, web), dial(t, web)
	answers(t, asked, "/")
	for range 10 {
		answers(t, dial(t, web), "/")
	}
	for name, old := range map[string]net.Conn{"one that was used": asked, "one on which nothing was asked": silent} {
		if _, err := old.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s is still open", name)
		}
	}
}

func TestConnectionsInUseKeepTheirPlace(t *testing.T) {
	web := limited(t, 2)
	first, second := dial(t, web), dial(t, web)
	answers(t, first, "/slow")
	answers(t, second, "/slow")
	third := dial(t, web)
	done := make(chan error)
	go func() { done <- answered(third, "/") }()
	select {
	case err := <-done:
		t.Fatalf("a third connection was served beside two of at most two: %v", err)
	case <-time.After(200 * time.Millisecond): // it would have been by now
	}
	first.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
