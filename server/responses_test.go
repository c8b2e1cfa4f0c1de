package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

const goodAttribute = `{"uuid":"u","name":"n","organizationUuid":"o","createdAt":"2026-11-24T15:17:27.508Z","attributeDefault":null,"attributeDefaults":null,"users":[],"groups":[]}`

// answering is a handler that answers whatever it is told to.
func answering(status int, contentType, etag, body string) echo.HandlerFunc {
	return func(c echo.Context) error {
		if etag != "" {
			c.Response().Header().Set("ETag", etag)
		}
		c.Response().Header().Set("Content-Type", contentType)
		return c.Blob(status, contentType, []byte(body))
	}
}

func TestResponsesThatBreakTheSpec(t *testing.T) {
	const json = "application/json"
	good := `{"status":"ok","results":` + goodAttribute + `}`
	tests := []struct {
		name    string
		handler echo.HandlerFunc
		told    string // in the log; "" is nothing
	}{
		{"as it should be", answering(200, json, `"1"`, good), ""},
		{"an error as it should be", answering(404, json, "", `{"status":"error","error":{"statusCode":404,"name":"NotFoundError"}}`), ""},
		{"an error that the server answers", func(echo.Context) error { return errNotFound }, ""},
		{"a status of its own", answering(201, json, `"1"`, good), "the status 201 is not in the spec"},
		{"another content type", answering(200, "text/html", `"1"`, good), "Content-Type"},
		{"no ETag", answering(200, json, "", good), `header \"ETag\" missing`},
		{"a field gone", answering(200, json, `"1"`, strings.Replace(good, `"name":"n",`, "", 1)), "body /results/name: required"},
		{"null where it is not allowed", answering(200, json, `"1"`, strings.Replace(good, `"users":[]`, `"users":null`, 1)), "body /results/users: nullable"},
		{"a date in another form", answering(200, json, `"1"`, strings.Replace(good, "T15", " 15", 1)), "body /results/createdAt: format"},
		{"no JSON", answering(200, json, `"1"`, "s3cr3t"), "failed to decode response body"},
		{"an error of another shape", answering(404, json, "", `{"message":"s3cr3t"}`), "body /error: required"},
	}
	for _, mode := range []ResponseCheck{Off, Report, Enforce} {
		for _, tt := range tests {
			t.Run(string(mode)+": "+tt.name, func(t *testing.T) {
				srv, log := loggedServer(nil)
				srv.responses = newResponseChecker(Config{CheckResponses: mode}, effectiveOperations(t), srv.log)
				e := echo.New()
				e.HTTPErrorHandler = srv.fail
				e.Use(envelope, srv.logRequest, srv.checkResponses)
				e.GET("/api/v1/org/attributes/:userAttributeUuid", tt.handler)
				w := httptest.NewRecorder()
				e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/org/attributes/u", nil))

				if replaced := w.Code == http.StatusInternalServerError; replaced != (mode == Enforce && tt.told != "") {
					t.Errorf("answered %d %s", w.Code, w.Body)
				}
				if w.Code == 500 && (!strings.Contains(w.Body.String(), "UnexpectedServerError") || w.Header().Get("ETag") != "") {
					t.Errorf("answered %v %s", w.Header(), w.Body)
				}
				logged := strings.Contains(log.String(), "response breaks the spec")
				if logged != (mode != Off && tt.told != "") || logged && !strings.Contains(log.String(), tt.told) || strings.Contains(log.String(), "s3cr3t") {
					t.Errorf("the log has\n%s", log)
				}
			})
		}
	}
}

func TestSampleOfResponses(t *testing.T) {
	srv, _ := loggedServer(nil)
	srv.responses = newResponseChecker(Config{CheckResponses: Report, CheckResponsesSample: 0.1}, effectiveOperations(t), srv.log)
	e := echo.New()
	e.HTTPErrorHandler = srv.fail
	e.Use(envelope, srv.checkResponses)
	e.GET("/api/v1/org/attributes", answering(200, "application/json", "", `{"status":"ok","results":[]}`))
	for range 2000 {
		e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/api/v1/org/attributes", nil))
	}
	if n := srv.responses.checked.Load(); n < 100 || n > 300 {
		t.Errorf("%d of 2000 were checked, want about 200", n)
	}
}

func TestStartTellsWhatIsChecked(t *testing.T) {
	operations := len(effectiveOperations(t))
	for mode, want := range map[ResponseCheck]string{
		Off:     "",
		Report:  fmt.Sprintf("mode=report operations=%d sample=0.5", operations),
		Enforce: fmt.Sprintf("mode=enforce operations=%d sample=1", operations),
	} {
		srv, log := loggedServer(nil)
		newResponseChecker(Config{CheckResponses: mode, CheckResponsesSample: 0.5}, effectiveOperations(t), srv.log).announce()
		if !strings.Contains(log.String(), want) || (log.Len() == 0) != (want == "") || strings.Count(log.String(), "\n") > 1 {
			t.Errorf("%s: %s", mode, log)
		}
	}
}
