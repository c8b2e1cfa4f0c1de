package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/labstack/echo/v4"
)

// ResponseCheck says what is done about answers of ours that break the spec.
type ResponseCheck string

const (
	Off     ResponseCheck = "off"     // none is looked at, which costs nothing
	Report  ResponseCheck = "report"  // each is logged and counted, and sent as it is
	Enforce ResponseCheck = "enforce" // each becomes a 500
)

// responseChecker knows which answers to hold against the spec, and counts them.
type responseChecker struct {
	mode       ResponseCheck
	sample     float64
	operations routes
	log        *slog.Logger
	checked    atomic.Int64
	broken     atomic.Int64
}

func newResponseChecker(cfg Config, operations map[string]*operation, log *slog.Logger) *responseChecker {
	c := &responseChecker{mode: cfg.CheckResponses, sample: cfg.CheckResponsesSample, operations: routesOf(operations), log: log}
	if c.sample == 0 || c.mode == Enforce {
		c.sample = 1
	}
	return c
}

// announce logs, once, what is checked, if anything is.
func (c *responseChecker) announce() {
	switch c.mode {
	case Report, Enforce:
		c.log.Info("responses are checked against the spec", "mode", c.mode, "operations", len(c.operations), "sample", c.sample)
	}
}

// chosen is the operation whose answer is to be checked, nil if it is not.
func (c *responseChecker) chosen(ctx echo.Context) *operation {
	if c == nil || c.mode != Report && c.mode != Enforce || c.sample < 1 && rand.Float64() >= c.sample {
		return nil
	}
	return c.operations.of(ctx)
}

// checkResponses keeps each answer of an operation back until it is known to be as the
// spec says. Errors are answered here, so that they are looked at too.
func (s *Server) checkResponses(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		op := s.responses.chosen(c)
		if op == nil {
			return next(c)
		}
		response := c.Response()
		kept := &keptResponse{ResponseWriter: response.Writer}
		response.Writer = kept
		defer func() { response.Writer = kept.ResponseWriter }()
		if err := next(c); err != nil {
			response.Committed, response.Size = false, 0 // nothing of it was sent
			kept.status = 0
			kept.body.Reset()
			c.Error(err)
		}
		err := op.checkResponse(c.Request(), kept)
		s.responses.count(c, kept.status, err)
		if err == nil || s.responses.mode == Report {
			return kept.send()
		}
		response.Writer = kept.ResponseWriter
		response.Committed, response.Size = false, 0
		response.Header().Del("ETag")
		s.fail(errBrokenResponse, c)
		return nil
	}
}

// count counts an answer that was checked, and logs one that breaks the spec.
func (c *responseChecker) count(ctx echo.Context, status int, err error) {
	checked := c.checked.Add(1)
	if err != nil {
		c.log.ErrorContext(ctx.Request().Context(), "response breaks the spec",
			"request_id", requestID(ctx), "route", ctx.Path(), "status", status, "error", withoutValue(err),
			"checked", checked, "broken", c.broken.Add(1))
	}
}

var errBrokenResponse = errors.New("the response breaks the spec")

// checkResponse holds an answer against what the spec says of the operation. A status
// that only default covers is good for errors alone.
func (op *operation) checkResponse(r *http.Request, kept *keptResponse) error {
	if kept.status < 400 && op.route.Operation.Responses.Status(kept.status) == nil {
		return fmt.Errorf("the status %d is not in the spec", kept.status)
	}
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: op.route},
		Status:                 kept.status,
		Header:                 kept.Header(),
		Body:                   io.NopCloser(bytes.NewReader(kept.body.Bytes())),
		Options: &openapi3filter.Options{
			IncludeResponseStatus:   true,
			SchemaValidationOptions: []openapi3.SchemaValidationOption{briefly},
		},
	})
}

// withoutValue returns the place and the rule that err is about, and nothing of what
// stands there: it may be anybody's.
func withoutValue(err error) string {
	if e, ok := errors.AsType[*openapi3.SchemaError](err); ok {
		return fmt.Sprintf("body /%s: %s", strings.Join(e.JSONPointer(), "/"), e.SchemaField)
	}
	if e, ok := errors.AsType[*openapi3filter.ResponseError](err); ok {
		return e.Reason
	}
	return err.Error()
}

// keptResponse keeps an answer until send.
type keptResponse struct {
	http.ResponseWriter // that it is for
	status              int
	body                bytes.Buffer
}

func (k *keptResponse) WriteHeader(status int) { k.status = status }

func (k *keptResponse) Write(p []byte) (int, error) {
	if k.status == 0 {
		k.status = http.StatusOK
	}
	return k.body.Write(p)
}

// Flush does nothing: a list that is sent as it is read is kept whole too.
func (k *keptResponse) Flush() {}

// Unwrap lets http.ResponseController reach what is not to be kept.
func (k *keptResponse) Unwrap() http.ResponseWriter { return k.ResponseWriter }

func (k *keptResponse) send() error {
	if k.status == 0 {
		return nil
	}
	k.ResponseWriter.WriteHeader(k.status)
	if k.body.Len() == 0 { // a 304 may have none, and not every writer takes that for one
		return nil
	}
	_, err := k.ResponseWriter.Write(k.body.Bytes())
	return err
}

// connectionOf is the writer that net/http gave, which alone can end a connection at
// the limit of a body.
func connectionOf(w http.ResponseWriter) http.ResponseWriter {
	if kept, ok := w.(*keptResponse); ok {
		return kept.ResponseWriter
	}
	return w
}
