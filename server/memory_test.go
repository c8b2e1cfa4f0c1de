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

// stalled sends a part of a body, and no more.
func (a *api) stalled(t *testing.T, sent, length int) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: ApiKey %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", attributes, a.token, length)
	if _, err := io.WriteString(connection, strings.Repeat(" ", sent)); err != nil {
		t.Fatal(err)
	}
	return connection
}

// TestSlowBodiesGiveWay: who sends slowly, or not at all, has no memory to lock others out with.
func TestSlowBodiesGiveWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{MaxBodyMemory: 1 << 20})
		answers := make(chan *http.Response, 5)
		for range 5 {
			slow := a.stalled(t, 100<<10, 1<<20)
			go func() {
				if response, err := http.ReadResponse(bufio.NewReader(slow), nil); err == nil {
					answers <- response
				}
			}()
		}
		late := time.After(time.Minute) // as long as the connection would have had
		for n := 0; ; n++ {
			a.post(t, strings.Replace(minimal, "sales_region", fmt.Sprint(n), 1)+strings.Repeat(" ", 100<<10)).want(t, http.StatusOK, "")
			select {
			case response := <-answers:
				defer response.Body.Close()
				if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "1" || !response.Close {
					t.Errorf("%d %v", response.StatusCode, response.Header)
				}
				return
			case <-late:
				t.Fatal("no slow body gave way")
			default: // they may not have been read yet
			}
		}
	})
}

// TestBodiesThatTogetherAreTooLarge are taken one after the other.
func TestBodiesThatTogetherAreTooLarge(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{MaxBodyMemory: 2200 << 10, RequestTimeout: time.Minute})
		statuses := make(chan int)
		for n := range 20 {
			go func() {
				statuses <- a.post(t, strings.Replace(minimal, "sales_region", fmt.Sprint(n), 1)+strings.Repeat(" ", 50<<10)).status
			}()
		}
		for range 20 {
			if status := <-statuses; status != http.StatusOK {
				t.Errorf("answered %d", status)
			}
		}
	})
}
