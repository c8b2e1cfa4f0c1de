package contracttest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// Asking is another request of whoever sent r.
func Asking(r *http.Request, method, path string, body any) *http.Request {
	var text io.Reader
	if body != nil {
		text = bytes.NewReader(Marshal(body))
	}
	other := httptest.NewRequest(method, path, text)
	other.Header.Set("Authorization", r.Header.Get("Authorization"))
	other.Header.Set("Content-Type", "application/json")
	return other
}

// Ask sends one request and returns status and body, or what went wrong.
func Ask(t *testing.T, method, url, token, body string, edits ...func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "ApiKey "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, edit := range edits {
		edit(r)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		text = append(text, "; "+err.Error()...)
	}
	return response.StatusCode, string(text)
}

// Which reports whether a layer is about a request.
type Which func(r *http.Request) bool

// On returns the requests of a method, or of any if it is empty, to the paths below
// /api/v1/org/ that match a pattern.
func On(method, pattern string) Which {
	path := regexp.MustCompile(`^/api/v1/org/` + pattern + `$`)
	return func(r *http.Request) bool {
		return (method == "" || r.Method == method) && path.MatchString(r.URL.Path)
	}
}

// UUIDPattern matches a UUID in a path.
const UUIDPattern = `[0-9a-fA-F-]{36}`

// The requests of the operations on attributes, and of one person's values in effect.
var (
	OnAll    = On("", ".*")
	OnCreate = On("POST", "attributes")
	OnList   = On("GET", "attributes")
	OnGet    = On("GET", "attributes/"+UUIDPattern)
	OnUpdate = On("PUT", "attributes/"+UUIDPattern)
	OnRemove = On("DELETE", "attributes/"+UUIDPattern)
	OnRead   = On("GET", "attributes(/"+UUIDPattern+")?")
	OnWrite  = func(r *http.Request) bool { return OnCreate(r) || OnUpdate(r) }
	OnView   = On("GET", "users/"+UUIDPattern+"/attributes")
)

// Every is each nth of the requests that a layer is about.
func Every(n int, w Which) Which {
	count := 0
	return func(r *http.Request) bool {
		if !w(r) {
			return false
		}
		count++
		return count%n == 0
	}
}
