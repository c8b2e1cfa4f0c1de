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

// TestListThatNobodyReadsGivesWay: who asks for a long list and does not read it has no memory to lock
// others out with. The list is more than what the system takes of it for a client that is slow.
func TestListThatNobodyReadsGivesWay(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{MaxBodyMemory: 1 << 20, CheckResponses: server.Off})
		long := with("attributeDefault", `"`+strings.Repeat("x", 1<<20)+`"`)
		for n := range 16 {
			a.post(t, strings.Replace(long, "sales_region", fmt.Sprint(n), 1)).want(t, http.StatusOK, "")
		}
		connection, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: ApiKey %s\r\n\r\n", attributes, a.token)
		unread, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer unread.Body.Close()
		for late := time.Now().Add(time.Minute); ; {
			good := a.post(t, "", method("GET"))
			if good.status == http.StatusOK {
				break
			}
			good.want(t, http.StatusServiceUnavailable, "ServiceUnavailableError")
			if time.Now().After(late) {
				t.Fatal("the list that nobody reads does not give way")
			}
		}
		if n, err := io.Copy(io.Discard, unread.Body); err == nil {
			t.Errorf("the list that nobody read came whole: %d bytes", n)
		}
		if text := a.log.String(); strings.Contains(text, `"ERROR"`) && !strings.Contains(text, "long lists") {
			t.Errorf("the log:\n%.1000s", text)
		}
	})
}
