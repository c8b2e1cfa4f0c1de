package server

import (
	"bytes"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"attributed/gen"
	"attributed/store"
	"attributed/store/storetest"
)

// loggedServer is a server on a store, with its log.
func loggedServer(s *store.Store) (*Server, *bytes.Buffer) {
	var log bytes.Buffer
	return &Server{store: s, log: slog.New(slog.NewTextHandler(&log, nil)), maxBody: 1000, timeout: 1e9}, &log
}

func effectiveOperations(tb testing.TB) map[string]*operation {
	tb.Helper()
	spec, err := gen.GetSpec()
	if err != nil {
		tb.Fatal(err)
	}
	operations, err := operationsOf(spec, rules)
	if err != nil {
		tb.Fatal(err)
	}
	return operations
}

func TestOperationWithoutItsGuardIsClosed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		srv, log := loggedServer(s)
		e := srv.router(nil) // no operation has a guard
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/api/v1/org/attributes", strings.NewReader(`{"name":"n","attributeDefault":null,"users":[],"groups":[]}`))
		r.Header.Set("Content-Type", "application/json")
		e.ServeHTTP(w, r)
		if w.Code != http.StatusInternalServerError || !strings.Contains(log.String(), "past its guard") {
			t.Errorf("%d %s; log: %s", w.Code, w.Body, log)
		}
		if n := storetest.Query[int](t, s, `SELECT count(*) FROM user_attributes`)[0]; n != 0 {
			t.Errorf("%d attributes were written", n)
		}
	})
}

func TestStrictHandlerIsClosedWithoutTheMark(t *testing.T) {
	next := func(echo.Context, any) (any, error) { t.Error("reached"); return nil, nil }
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder())
	if _, err := onlyChecked(next, "any")(c, nil); err != errUnchecked {
		t.Errorf("%v", err)
	}
}

// with is a copy of operations, of which one is another.
func with(operations map[string]*operation, id string, op *operation) map[string]*operation {
	changed := maps.Clone(operations)
	changed[id] = op
	return changed
}

func TestRoutesAndOperationsAgree(t *testing.T) {
	operations := effectiveOperations(t)
	srv, _ := loggedServer(nil)
	routes := srv.router(operations).Routes()
	other := &operation{route: operations["createUserAttribute"].route, path: "/api/v1/org/others/:id"}
	tests := []struct {
		name       string
		routes     []*echo.Route
		operations map[string]*operation
		want       string // "" is agreement
	}{
		{"as they are", routes, operations, ""},
		{"a route that is no operation", append(routes[:len(routes):len(routes)], &echo.Route{Method: "GET", Path: "/debug"}), operations, "GET /debug is served, but is no operation"},
		{"an operation by another method", append(routes[:len(routes):len(routes)], &echo.Route{Method: "PUT", Path: "/api/v1/org/attributes"}), operations, "PUT /api/v1/org/attributes is served, but is no operation"},
		{"an operation without a route", routes, with(operations, "other", other), `operations that are not served: ["POST /api/v1/org/others/:id"]`},
		{"an operation's route for another operation", routes, with(operations, "createUserAttribute", other), "POST /api/v1/org/attributes is served, but is no operation"},
		{"no operation at all", []*echo.Route{{Method: "POST", Path: "/api/v1/org/attributes"}}, nil, "POST /api/v1/org/attributes is served, but is no operation"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := agree(tt.routes, tt.operations, srv.public()); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestOperationsThatCannotBeCheckedAreRefused(t *testing.T) {
	operation := func(id, body string) string { return `{"operationId":"` + id + `",` + body + `"responses":{}}` }
	const jsonBody = `"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object"}}}},`
	tests := []struct {
		name, paths string
		rules       map[string]bodyRules
		want        string // "" is none
	}{
		{"a body and none", `{"/a":{"get":` + operation("a", "") + `,"post":` + operation("b", jsonBody) + `}}`, nil, ""},
		{"no operationId", `{"/a":{"get":` + operation("", "") + `}}`, nil, `GET /a: its operationId "" is not its own`},
		{"one operationId twice", `{"/a":{"get":` + operation("a", "") + `},"/b":{"get":` + operation("a", "") + `}}`, nil, `its operationId "a" is not its own`},
		{"a body of another type", `{"/a":{"post":` + operation("a", strings.Replace(jsonBody, "application/json", "text/csv", 1)) + `}}`, nil, "a: only a required body"},
		{"a body without a schema", `{"/a":{"post":` + operation("a", strings.Replace(jsonBody, `"schema":{"type":"object"}`, "", 1)) + `}}`, nil, "a: only a required body"},
		{"a body that may be absent", `{"/a":{"post":` + operation("a", strings.Replace(jsonBody, "true", "false", 1)) + `}}`, nil, "a: only a required body"},
		{"a rule for nothing", `{}`, map[string]bodyRules{"a": userAttributeRules}, "a: there is a rule for its body, but no such operation"},
		{"a rule for no body", `{"/a":{"get":` + operation("a", "") + `}}`, map[string]bodyRules{"a": userAttributeRules}, "a: there is a rule for its body, but no such operation, or no body"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec, err := openapi3.NewLoader().LoadFromData([]byte(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":` + tt.paths + `}`))
			if err != nil {
				t.Fatal(err)
			}
			if _, err = operationsOf(spec, tt.rules); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestPanics(t *testing.T) {
	srv, log := loggedServer(nil)
	e := srv.router(nil)
	e.GET("/before", func(echo.Context) error { panic("the cause") })
	e.GET("/after", func(c echo.Context) error { _ = c.String(http.StatusOK, "half"); panic("the cause") })
	e.GET("/abort", func(echo.Context) error { panic(http.ErrAbortHandler) })
	serve := func(path string) (w *httptest.ResponseRecorder, panicked any) {
		log.Reset()
		w = httptest.NewRecorder()
		defer func() { panicked = recover() }()
		e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w, nil
	}
	t.Run("before the answer is a 500", func(t *testing.T) {
		w, panicked := serve("/before")
		if w.Code != 500 || panicked != nil || strings.Contains(w.Body.String(), "cause") || !strings.Contains(log.String(), "the cause") || !strings.Contains(log.String(), "router_test.go") {
			t.Errorf("%d %s, panic %v, log %s", w.Code, w.Body, panicked, log)
		}
	})
	t.Run("within the answer ends the connection", func(t *testing.T) {
		if w, panicked := serve("/after"); panicked != http.ErrAbortHandler || w.Body.String() != "half" || !strings.Contains(log.String(), "the cause") {
			t.Errorf("%s, panic %v, log %s", w.Body, panicked, log)
		}
	})
	t.Run("that is an abort stays one", func(t *testing.T) {
		if _, panicked := serve("/abort"); panicked != http.ErrAbortHandler || strings.Contains(log.String(), "ERROR") {
			t.Errorf("panic %v, log %s", panicked, log)
		}
	})
}

// TestAnErrorWithinAnAnswerThatIsHeldIsAnswered: nothing of it was sent.
func TestAnErrorWithinAnAnswerThatIsHeldIsAnswered(t *testing.T) {
	srv, _ := loggedServer(nil)
	operations := effectiveOperations(t)
	srv.responses = newResponseChecker(Config{CheckResponses: Enforce}, operations, srv.log)
	e := srv.router(nil)
	e.GET(operations["getUserAttributes"].path, func(c echo.Context) error {
		_ = c.String(http.StatusOK, "half")
		return errUnavailable
	})
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, operations["getUserAttributes"].path, nil))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "half") || !strings.Contains(w.Body.String(), errUnavailable.message) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestWhatWasCheckedIsBound shows that the generated code gets the checked value,
// by exact names, and never decodes the body again.
func TestWhatWasCheckedIsBound(t *testing.T) {
	op := effectiveOperations(t)["createUserAttribute"]
	var f faults
	body, err := decode([]byte(`{"name":"a","Name":"b","NAME":1,"attributeDefault":null,"users":[],"groups":[]}`), op.body, &f)
	if err != nil {
		t.Fatal(err)
	}
	c := echo.New().NewContext(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"name":"not this"}`)), httptest.NewRecorder())
	var bound gen.CreateUserAttribute
	if err := (checkedBinder{}).Bind(&bound, c); err != errUnchecked {
		t.Errorf("unchecked: %v", err)
	}
	c.Set(checkedKey, checked{body: body})
	if err := (checkedBinder{}).Bind(&bound, c); err != nil || bound.Name != "a" || bound.Users == nil {
		t.Errorf("%v %+v", err, bound)
	}
	c.Set(checkedKey, checked{body: map[string]any{"name": true}})
	if err := (checkedBinder{}).Bind(&bound, c); answerTo(err).status != 422 {
		t.Errorf("a value that does not fit: %v", err)
	}
}

// TestReadingStopsAtTheLimit matters for a compressed body, which can have no end.
func TestReadingStopsAtTheLimit(t *testing.T) {
	body := &endless{}
	if _, err := readAll(body, 1000, errNotRead); answerTo(err).status != http.StatusRequestEntityTooLarge || body.read > 1001 {
		t.Errorf("%v after %d bytes", err, body.read)
	}
}

// TestParametersAreCheckedWithoutTheBody: at that point its size has not been looked at.
func TestParametersAreCheckedWithoutTheBody(t *testing.T) {
	op := effectiveOperations(t)["updateUserAttribute"]
	body := &endless{}
	c := echo.New().NewContext(httptest.NewRequest(http.MethodPut, "/", body), httptest.NewRecorder())
	c.SetParamNames("userAttributeUuid")
	c.SetParamValues("any")
	var f faults
	if err := op.checkParameters(c, &f); err != nil || f.err() != nil || body.read > 0 {
		t.Errorf("%v, %v, %d bytes were read", err, f.err(), body.read)
	}
}

// endless gives bytes for long, and counts them.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	if e.read > 1_000_000 {
		return 0, io.ErrUnexpectedEOF
	}
	e.read += len(p)
	return len(p), nil
}
