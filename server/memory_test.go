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
		var gaveWay *http.Response
		for n := 0; ; n++ { // they may not have been read yet
			good := a.post(t, strings.Replace(minimal, "sales_region", fmt.Sprint(n), 1)+strings.Repeat(" ", 100<<10))
			select {
			case gaveWay = <-answers:
				gaveWay.Body.Close()
			case <-late:
				t.Fatalf("no slow body gave way; a good one was answered %d", good.status)
			default:
			}
			if gaveWay != nil && good.status == http.StatusOK { // where the machine is slow, so is a good one
				break
			}
		}
		if gaveWay.StatusCode != http.StatusServiceUnavailable || gaveWay.Header.Get("Retry-After") != "1" || !gaveWay.Close {
			t.Errorf("%d %v", gaveWay.StatusCode, gaveWay.Header)
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
