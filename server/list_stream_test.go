package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// addLong adds so many attributes of a MiB, which a list tells twice. Few are more than what the system takes for
// a client that does not read. The store is asked itself: to check such answers takes longer than the test.
func (a *api) addLong(t *testing.T, attributes int) {
	t.Helper()
	admin, err := a.store.Authenticate(t.Context(), a.token)
	if err != nil {
		t.Fatal(err)
	}
	long := []string{strings.Repeat("x", 1<<20)}
	for n := range attributes {
		if _, err := a.store.CreateUserAttribute(t.Context(), admin.Organization, store.Draft{Name: fmt.Sprint(n), Defaults: long}); err != nil {
			t.Fatal(err)
		}
	}
}

// unread asks for the list, and reads no more than the headers of an answer that has begun.
func (a *api) unread(t *testing.T) *http.Response {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: ApiKey %s\r\n\r\n", attributes, a.token)
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%+v, %v", response, err)
	}
	return response
}

// wantCut reads the rest, which must not look whole.
func wantCut(t *testing.T, response *http.Response) {
	t.Helper()
	if n, err := io.Copy(io.Discard, response.Body); !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, os.ErrDeadlineExceeded) && !isReset(err) {
		t.Errorf("the list came to its end after %d bytes: %v", n, err)
	}
}

func isReset(err error) bool {
	_, network := errors.AsType[*net.OpError](err)
	return network
}

// TestListThatNobodyReadsGivesWay: who asks for a long list and does not read it has no place to lock
// others out with.
func TestListThatNobodyReadsGivesWay(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{CheckResponses: server.Off, Stall: 10 * time.Minute})
		a.addLong(t, 12)
		var unread []*http.Response
		for range s.LongLists() {
			unread = append(unread, a.unread(t))
		}
		for late := time.Now().Add(time.Minute); ; {
			good := a.post(t, "", method("GET"))
			if good.status == http.StatusOK {
				break
			}
			good.want(t, http.StatusServiceUnavailable, "ServiceUnavailableError")
			if time.Now().After(late) {
				t.Fatal("the lists that nobody reads do not give way")
			}
		}
		wantCut(t, unread[0])
		for _, other := range unread[1:] {
			other.Body.Close()
		}
		if text := a.log.String(); strings.Contains(text, `"ERROR"`) && !strings.Contains(text, "long lists") {
			t.Errorf("the log:\n%.1000s", text)
		}
	})
}

// TestListThatNobodyReadsIsCutOff, and its connection to the database is there for others.
func TestListThatNobodyReadsIsCutOff(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{CheckResponses: server.Off, Stall: 100 * time.Millisecond})
		a.addLong(t, 12)
		for range 3 { // which are more than attributes have connections
			var unread []*http.Response
			for range s.LongLists() {
				unread = append(unread, a.unread(t))
			}
			for late := time.Now().Add(time.Minute); len(a.log.lines(t, "answer not written")) < len(unread); {
				if time.Now().After(late) {
					t.Fatal("the lists that nobody reads are not cut off")
				}
			}
			for _, one := range unread {
				wantCut(t, one)
			}
			a.log.reset()
		}
		patient := newAPI(t, s, server.Config{CheckResponses: server.Off})
		if got := patient.do(t, "GET", attributes, ""); got.status != http.StatusOK || len(got.body) < 24<<20 {
			t.Errorf("after them: %d, %d bytes", got.status, len(got.body))
		}
		if got := patient.do(t, "HEAD", attributes, ""); got.status != http.StatusOK || got.body != "" || got.header.Get("ETag") != "" {
			t.Errorf("HEAD: %d, %d bytes, %v", got.status, len(got.body), got.header)
		}
	})
}

// TestListThatBreaksOffDoesNotLookWhole: the database ends the connection on which it is read, or its file goes
// away, while the client still has to take most of the list. The next one is a whole one, or none.
func TestListThatBreaksOffDoesNotLookWhole(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{CheckResponses: server.Off})
		a.addLong(t, 20)
		broken := a.unread(t)
		next := http.StatusOK
		if path, ok := strings.CutPrefix(storetest.URL(s), "sqlite:"); ok {
			path, _, _ = strings.Cut(path, "?")
			if err := os.Rename(path, path+".away"); err != nil {
				t.Fatal(err)
			}
			next = http.StatusServiceUnavailable
		} else {
			storetest.Exec(t, s, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		}
		wantCut(t, broken)
		if got := a.do(t, "GET", attributes, ""); got.status != next {
			t.Errorf("the next one: %d", got.status)
		}
		if len(a.log.lines(t, "request failed")) == 0 {
			t.Errorf("the log has nothing of it:\n%s", a.log)
		}
	})
}
