package server

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// BenchmarkObserved is what a request costs beside its answer: the line of the log, and with it
// metrics or traces. Off is neither.
func BenchmarkObserved(b *testing.B) {
	for name, set := range map[string]func(s *Server, all routes){
		"off": func(*Server, routes) {},
		"metrics": func(s *Server, all routes) {
			s.responses = &responseChecker{}
			var err error
			if s.metrics, err = newMetrics(prometheus.NewRegistry(), s, all); err != nil {
				b.Fatal(err)
			}
		},
		"traces": func(s *Server, all routes) { s.traces = newTraces(sdktrace.NewTracerProvider(), nil, all) },
	} {
		b.Run(name, func(b *testing.B) {
			s := &Server{log: slog.New(slog.NewTextHandler(io.Discard, nil)), refusals: newRefusalLog()}
			set(s, routesOf(effectiveOperations(b)))
			e := echo.New()
			e.IPExtractor = addressOf(nil)
			e.Use(envelope, s.metrics.measure, s.traces.trace, s.logRequest)
			e.GET("/api/v1/org/attributes", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
			request := httptest.NewRequest(http.MethodGet, "/api/v1/org/attributes", nil)
			b.ReportAllocs()
			for b.Loop() {
				e.ServeHTTP(httptest.NewRecorder(), request)
			}
		})
	}
}
