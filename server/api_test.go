package server_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/gen"
	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

const (
	attributes = "/api/v1/org/attributes"
	minimal    = `{"name":"sales_region","attributeDefault":null,"users":[],"groups":[]}`

	// secret stands for every value that a client sends. No refusal and no line of
	// the log may hold it.
	secret = "s3cr3t"
)

// api is the real handler on a real store with the demo organization, behind a
// real HTTP server. Whatever it answers is held against the promises that every
// answer keeps.
type api struct {
	url     string
	handler http.Handler
	store   *store.Store
	token   string // the demo admin's
	log     *logBuffer
	spec    *openapi3.T
}

func newAPI(t testing.TB, s *store.Store, cfg server.Config) *api {
	t.Helper()
	storetest.LoadDemo(t, s)
	spec, err := gen.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	a := &api{store: s, log: &logBuffer{}, spec: spec}
	a.token = a.tokenOf(t, store.DemoEmail)
	cfg.CheckResponses = cmp.Or(cfg.CheckResponses, server.Enforce)
	a.handler, err = server.New(s, slog.New(slog.NewJSONHandler(a.log, &slog.HandlerOptions{Level: slog.LevelDebug})), cfg)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(a.handler)
	t.Cleanup(func() {
		web.Close()
		a.checkLog(t)
	})
	a.url = web.URL
	return a
}

func (a *api) checkLog(t testing.TB) {
	t.Helper()
	if text := a.log.String(); strings.Contains(text, secret) || strings.Contains(text, a.token) {
		t.Errorf("the log holds a value or a token:\n%s", text)
	}
}

func (a *api) tokenOf(t testing.TB, email string) string {
	t.Helper()
	return storetest.CreateToken(t, a.store, email)
}

// request is a POST of a JSON body to the attributes by the admin, until edited.
func (a *api) request(t testing.TB, body string, edits ...func(*http.Request)) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.url+attributes, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "ApiKey "+a.token)
	r.Header.Set("Content-Type", "application/json")
	for _, edit := range edits {
		edit(r)
	}
	return r
}

func header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

func method(name string) func(*http.Request) { return func(r *http.Request) { r.Method = name } }

func path(p string) func(*http.Request) { return func(r *http.Request) { r.URL.Path = p } }

// to sends the request to a path that is written as in a URL, with or without a query.
// What . and .. mean in it is left to the server.
func to(target string) func(*http.Request) {
	return func(r *http.Request) {
		u, err := url.Parse(target)
		if err != nil {
			panic(err) // a test's own typing error
		}
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = u.Path, u.RawPath, u.RawQuery
	}
}

// reply is an answer, taken apart.
type reply struct {
	status  int
	header  http.Header
	body    string
	name    string // of an error
	message string
	data    map[string]string // message by place
}

// send sends r and checks what every answer promises.
func (a *api) send(t testing.TB, r *http.Request) reply {
	t.Helper()
	got := roundTrip(t, http.DefaultTransport, r)
	a.checkEnvelope(t, r, &got)
	return got
}

func roundTrip(t testing.TB, by http.RoundTripper, r *http.Request) reply {
	t.Helper()
	response, err := by.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{status: response.StatusCode, header: response.Header, body: string(body)}
}

// post sends body as the admin.
func (a *api) post(t testing.TB, body string, edits ...func(*http.Request)) reply {
	t.Helper()
	return a.send(t, a.request(t, body, edits...))
}

// do sends body by this method to target as the admin.
func (a *api) do(t testing.TB, verb, target, body string, edits ...func(*http.Request)) reply {
	t.Helper()
	return a.send(t, a.request(t, body, slices.Concat([]func(*http.Request){method(verb), to(target)}, edits)...))
}

// results returns the results of an answer that must be a success.
func results[T any](t testing.TB, got reply) T {
	t.Helper()
	var answer struct{ Results T }
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil || got.status != http.StatusOK {
		t.Fatalf("%d, %v: %s", got.status, err, got.body)
	}
	return answer.Results
}

// rows counts what is stored of attributes: an answer that is an error leaves
// none behind.
func (a *api) rows(t testing.TB) int {
	t.Helper()
	return storetest.Query[int](t, a.store, `SELECT
		(SELECT count(*) FROM user_attributes) +
		(SELECT count(*) FROM organization_member_user_attributes) +
		(SELECT count(*) FROM group_user_attributes)`)[0]
}

// want checks the status and name of an error.
func (got reply) want(t testing.TB, status int, name string) {
	t.Helper()
	if got.status != status || got.name != name {
		t.Errorf("%d %s, want %d %s: %s", got.status, got.name, status, name, got.body)
	}
}

// logBuffer keeps a log; requests write to it at the same time.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *logBuffer) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Reset()
}

// lines returns the log's records with this message.
func (b *logBuffer) lines(t testing.TB, message string) []map[string]any {
	t.Helper()
	var records []map[string]any
	for line := range strings.Lines(b.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if record["msg"] == message {
			records = append(records, record)
		}
	}
	return records
}
