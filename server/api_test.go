package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/gen"
	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	attributes = "/api/v1/org/attributes"
	minimal    = `{"name":"sales_region","attributeDefault":null,"users":[],"groups":[]}`

	// secret stands for every value that a client sends. No refusal and no line of
	// the log may hold it.
	secret = "s3cr3t"
)

// api is the real handler on a real store with the demo organisation, behind a
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

func newAPI(t *testing.T, s *store.Store, cfg server.Config) *api {
	t.Helper()
	if err := s.LoadDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	spec, err := gen.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	a := &api{store: s, log: &logBuffer{}, spec: spec}
	a.token = a.tokenOf(t, store.DemoEmail)
	a.handler, err = server.New(s, slog.New(slog.NewJSONHandler(a.log, nil)), cfg)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(a.handler)
	t.Cleanup(func() {
		web.Close()
		if text := a.log.String(); strings.Contains(text, secret) || strings.Contains(text, a.token) {
			t.Errorf("the log holds a value or a token:\n%s", text)
		}
	})
	a.url = web.URL
	return a
}

func (a *api) tokenOf(t *testing.T, email string) string {
	t.Helper()
	token, err := a.store.CreateToken(t.Context(), email, "a test", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// request is a POST of a JSON body to the attributes by the admin, until edited.
func (a *api) request(t *testing.T, body string, edits ...func(*http.Request)) *http.Request {
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
func (a *api) send(t *testing.T, r *http.Request) reply {
	t.Helper()
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := reply{status: response.StatusCode, header: response.Header, body: string(body)}
	a.checkEnvelope(t, r, &got)
	return got
}

// post sends body as the admin.
func (a *api) post(t *testing.T, body string, edits ...func(*http.Request)) reply {
	t.Helper()
	return a.send(t, a.request(t, body, edits...))
}

func (a *api) checkEnvelope(t *testing.T, r *http.Request, got *reply) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Type":           `^application/json(; ?charset=.*)?$`,
		"Cache-Control":          `^no-store$`,
		"X-Content-Type-Options": `^nosniff$`,
		"X-Request-Id":           `^[A-Za-z0-9._-]{1,128}$`,
	} {
		if value := strings.Join(got.header.Values(name), ", "); !regexp.MustCompile(want).MatchString(value) {
			t.Errorf("%s: %q, want %s", name, value, want)
		}
	}
	if got.status == http.StatusNoContent || r.Method == http.MethodHead {
		return
	}
	if got.status < 400 {
		if r.URL.Path == attributes {
			a.checkSchema(t, "ApiCreateUserAttributeResponse", got.body)
		}
		return
	}
	a.checkSchema(t, "ApiErrorPayload", got.body)
	var payload struct {
		Status string
		Error  struct {
			StatusCode    int
			Name, Message string
			Data          map[string]struct{ Message string }
		}
	}
	decoder := json.NewDecoder(strings.NewReader(got.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&payload); err != nil {
		t.Errorf("%v: %s", err, got.body)
	}
	got.name, got.message, got.data = payload.Error.Name, payload.Error.Message, map[string]string{}
	for place, said := range payload.Error.Data {
		got.data[place] = said.Message
	}
	if payload.Status != "error" || payload.Error.StatusCode != got.status || got.message == "" || payload.Error.Data == nil {
		t.Errorf("%d: not the error envelope: %s", got.status, got.body)
	}
	if quotes := regexp.MustCompile(secret + `|(?i)sqlite|postgres|SELECT|jsontext|openapi|"properties"|\.go\b`); quotes.MatchString(got.body) {
		t.Errorf("the answer quotes what it must not: %s", got.body)
	}
}

// checkSchema holds a body against the effective spec.
func (a *api) checkSchema(t *testing.T, schema, body string) {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Errorf("%v: %s", err, body)
		return
	}
	err := a.spec.Components.Schemas[schema].Value.VisitJSON(value, openapi3.VisitAsResponse(), openapi3.EnableFormatValidation())
	if err != nil {
		t.Errorf("not a %s: %v", schema, err)
	}
}

// rows counts what is stored of attributes: an answer that is an error leaves
// none behind.
func (a *api) rows(t *testing.T) int {
	t.Helper()
	return storetest.Query[int](t, a.store, `SELECT
		(SELECT count(*) FROM user_attributes) +
		(SELECT count(*) FROM organization_member_user_attributes) +
		(SELECT count(*) FROM group_user_attributes)`)[0]
}

// want checks the status and name of an error.
func (got reply) want(t *testing.T, status int, name string) {
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

// lines gives the log's records with this message.
func (b *logBuffer) lines(t *testing.T, message string) []map[string]any {
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

// People and groups that a demo does not have.
const (
	theirAdmin    = "their.admin@example.com"
	theirUUID     = "5a1c0000-0000-4000-8000-000000000001"
	theirGroup    = "5a1c0000-0000-4000-8000-000000000002"
	inactiveUUID  = "5a1c0000-0000-4000-8000-000000000003"
	inactiveEmail = "inactive@lightdash.com"
	nobody        = "00000000-0000-4000-8000-000000000000"
)

// addPeople adds another organisation with an admin and a group, and to ours a
// user who is inactive.
func (a *api) addPeople(t *testing.T) {
	t.Helper()
	storetest.Exec(t, a.store, `INSERT INTO organizations (organization_name) VALUES ('Theirs')`)
	a.addUser(t, theirUUID, theirAdmin, "admin", "Theirs")
	storetest.Exec(t, a.store, `INSERT INTO groups (group_uuid, name, organization_id)
		SELECT ?, 'Europe', organization_id FROM organizations WHERE organization_name = 'Theirs'`, theirGroup)
	a.addUser(t, inactiveUUID, inactiveEmail, "editor", "Jaffle Shop")
	storetest.Exec(t, a.store, `UPDATE users SET is_active = false WHERE user_uuid = ?`, inactiveUUID)
}

// addUser adds an active user with a role in the organisation of this name.
func (a *api) addUser(t *testing.T, uuid, email, role, organization string) {
	t.Helper()
	storetest.Exec(t, a.store, `INSERT INTO users (user_uuid, first_name, last_name, is_active) VALUES (?, '', '', true)`, uuid)
	storetest.Exec(t, a.store, `INSERT INTO emails (user_id, email, is_primary)
		SELECT user_id, ?, true FROM users WHERE user_uuid = ?`, email, uuid)
	storetest.Exec(t, a.store, `INSERT INTO organization_memberships (organization_id, user_id, role)
		SELECT organization_id, user_id, ? FROM users, organizations WHERE user_uuid = ? AND organization_name = ?`, role, uuid, organization)
}
