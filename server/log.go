package server

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"

	"attributed/store"
)

var goodRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// envelope sets the headers of every answer, also where no operation is reached.
func envelope(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := rand.Text()
		if ids := c.Request().Header.Values(echo.HeaderXRequestID); len(ids) == 1 && goodRequestID.MatchString(ids[0]) {
			id = ids[0]
		}
		h := c.Response().Header()
		h.Set(echo.HeaderXRequestID, id)
		h.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
		h.Set(echo.HeaderCacheControl, "no-store")
		h.Set(echo.HeaderXContentTypeOptions, "nosniff")
		return next(c)
	}
}

func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// logRequest writes one line when a request ends, at debug level for a probe: those
// come every few seconds and say nothing while all is well. Of calls without a good token, which
// anybody can send by the thousand, some are told and the rest counted. The route is the pattern, so
// there are few of them. A token, a body or an attribute's value is never logged; of a path only
// what cannot be one.
func (s *Server) logRequest(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		defer func() {
			ctx := c.Request().Context()
			caller, _ := c.Get(whoKey).(store.Caller)
			level := slog.LevelInfo
			attributes := append([]any{
				"method", c.Request().Method, "route", c.Path(),
				"status", c.Response().Status, "duration", time.Since(start),
				"request_id", requestID(c), "organization", caller.Organization.UUID, "caller", caller.UserUUID, "address", c.RealIP(),
			}, named(c)...)
			if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
				attributes = append(attributes, "trace_id", span.TraceID())
			}
			if reason := c.Get(reasonKey); reason != nil && s.log.Enabled(ctx, slog.LevelDebug) {
				attributes = append(attributes, "reason", reason)
			}
			switch status := c.Response().Status; {
			case c.Path() == livePath || c.Path() == readyPath:
				level = slog.LevelDebug
			case status == http.StatusUnauthorized || status == http.StatusTooManyRequests:
				level, attributes = s.refusals.sample(attributes)
			}
			s.log.Log(ctx, level, "request", attributes...)
		}()
		if err := next(c); err != nil {
			c.Error(err) // answer now, so that the status above is the one sent
		}
		return nil
	}
}

// namedInPaths is how the log calls what the parameters of paths name.
var namedInPaths = map[string]string{"userAttributeUuid": "attribute", "userUuid": "user", "groupUuid": "group"}

// named returns which things a request's path names, and the path of one that was not found.
func named(c echo.Context) (attributes []any) {
	for i, parameter := range c.ParamNames() {
		if value := c.ParamValues()[i]; store.IsUUID(value) && namedInPaths[parameter] != "" {
			attributes = append(attributes, namedInPaths[parameter], strings.ToLower(value))
		}
	}
	if c.Response().Status == http.StatusNotFound {
		attributes = append(attributes, "path", maskedPath(c.Request().URL.Path))
	}
	return attributes
}

const (
	longestPath = 16 // segments of one that was not found, in the log

	masked = "…"
)

// plainSegment matches what a path has for whoever made a mistake in it, and no token or value
// that is worth anything: words, and the version of an API.
var plainSegment = regexp.MustCompile(`^([A-Za-z]{1,30}([.-][A-Za-z]{1,30}){0,4}|v[0-9]{1,2})?$`)

// maskedPath returns a path in which all but words and uuids is masked: anybody can send
// anything in one, such as a token in the wrong place.
func maskedPath(path string) string {
	segments := strings.Split(path, "/")
	if len(segments) > longestPath {
		segments = append(segments[:longestPath], masked)
	}
	for i, segment := range segments {
		if !plainSegment.MatchString(segment) && !store.IsUUID(segment) {
			segments[i] = masked
		}
	}
	return strings.Join(segments, "/")
}

// refusalLog keeps those who have no good token from filling the log.
type refusalLog struct {
	told   *rate.Limiter
	untold atomic.Int64
}

func newRefusalLog() *refusalLog { return &refusalLog{told: rate.NewLimiter(1, 100)} }

// sample returns at what level a refusal is logged, and with what: some at info,
// with the number of those that were not told before them.
func (l *refusalLog) sample(attributes []any) (slog.Level, []any) {
	if !l.told.Allow() {
		l.untold.Add(1)
		return slog.LevelDebug, attributes
	}
	if n := l.untold.Swap(0); n > 0 {
		attributes = append(attributes, "refusals_before", n)
	}
	return slog.LevelInfo, attributes
}

// recoverPanic makes an error of a panic, which is then answered and logged like
// any bug.
func (s *Server) recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch cause := recover(); {
			case cause == nil:
			case cause == http.ErrAbortHandler:
				panic(cause)
			default:
				err = panicError(cause)
			}
		}()
		return next(c)
	}
}

func panicError(cause any) error { return fmt.Errorf("panic: %v\n%s", cause, debug.Stack()) }
