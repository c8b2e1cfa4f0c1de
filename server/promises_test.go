package server_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkEnvelope holds an answer against the promises that every answer keeps.
func (a *api) checkEnvelope(t testing.TB, r *http.Request, got *reply) {
	t.Helper()
	mediaType := `^application/json(; ?charset=.*)?$`
	if got.status == http.StatusNotModified {
		mediaType = `^$` // there is no content
	}
	for name, want := range map[string]string{
		"Content-Type":           mediaType,
		"Cache-Control":          `^no-store$`,
		"X-Content-Type-Options": `^nosniff$`,
		"X-Request-Id":           `^[A-Za-z0-9._-]{1,128}$`,
	} {
		if value := strings.Join(got.header.Values(name), ", "); !regexp.MustCompile(want).MatchString(value) {
			t.Errorf("%s: %q, want %s", name, value, want)
		}
	}
	if got.status == http.StatusNoContent || got.status == http.StatusNotModified || r.Method == http.MethodHead {
		return
	}
	if got.status < 400 {
		a.checkSuccess(t, r, got)
		return
	}
	checkSchema(t, a.spec.Components.Schemas["ApiErrorPayload"].Value, got.body)
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

// checkSuccess holds an answer against what the effective spec says of the operation.
func (a *api) checkSuccess(t testing.TB, r *http.Request, got *reply) {
	t.Helper()
	operation := a.operationOf(r)
	if operation == nil {
		return // it is public
	}
	described := operation.Responses.Value("200").Value
	for name, h := range described.Headers {
		if h.Value.Required && got.header.Get(name) == "" {
			t.Errorf("%s: no %s", operation.OperationID, name)
		}
	}
	checkSchema(t, described.Content["application/json"].Schema.Value, got.body)
}

var inBraces = regexp.MustCompile(`\\{[^}]+\}`)

// operationOf finds the operation that r is sent to, nil if it is none.
func (a *api) operationOf(r *http.Request) *openapi3.Operation {
	for template, item := range a.spec.Paths.Map() {
		pattern := "^" + inBraces.ReplaceAllString(regexp.QuoteMeta(template), "[^/]+") + "$"
		if regexp.MustCompile(pattern).MatchString(r.URL.EscapedPath()) {
			return item.GetOperation(r.Method)
		}
	}
	return nil
}

func checkSchema(t testing.TB, schema *openapi3.Schema, body string) {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Errorf("%v: %s", err, body)
		return
	}
	if err := schema.VisitJSON(value, openapi3.VisitAsResponse(), openapi3.EnableFormatValidation()); err != nil {
		t.Errorf("not what the spec says: %v", err)
	}
}
