package server

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
)

// traces makes a span for each call of an operation, by OpenTelemetry's conventions for HTTP, as a
// part of the caller's trace where its headers say so. A nil one makes none.
type traces struct {
	routes routes
	tracer trace.Tracer
	from   propagation.TextMapPropagator
}

// newTraces returns nil if provider is nil. With from nil a caller's trace is what its traceparent says.
func newTraces(provider trace.TracerProvider, from propagation.TextMapPropagator, routes routes) *traces {
	if provider == nil {
		return nil
	}
	if from == nil {
		from = propagation.TraceContext{}
	}
	return &traces{routes: routes, tracer: provider.Tracer("attributed/server"), from: from}
}

// trace makes the span of a request. It stands outside of whatever answers it, and of the log.
func (t *traces) trace(next echo.HandlerFunc) echo.HandlerFunc {
	if t == nil {
		return next
	}
	return func(c echo.Context) error {
		op := t.routes.of(c)
		if op == nil {
			return next(c)
		}
		r := c.Request()
		ctx, span := t.tracer.Start(t.from.Extract(r.Context(), propagation.HeaderCarrier(r.Header)), r.Method+" "+op.route.Path,
			trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(
				semconv.HTTPRequestMethodKey.String(r.Method),
				semconv.HTTPRoute(op.route.Path),
				semconv.URLPath(maskedPath(r.URL.Path)),
				semconv.URLScheme(c.Scheme()),
				semconv.ClientAddress(c.RealIP()),
				semconv.NetworkProtocolVersion(strconv.Itoa(r.ProtoMajor)+"."+strconv.Itoa(r.ProtoMinor)),
				attribute.String("openapi.operation_id", op.route.Operation.OperationID),
				attribute.String("http.request.id", requestID(c)),
			))
		defer func() {
			status := c.Response().Status
			span.SetAttributes(semconv.HTTPResponseStatusCode(status))
			if status >= http.StatusInternalServerError {
				span.SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(status)))
				span.SetStatus(codes.Error, "")
			}
			span.End()
		}()
		c.SetRequest(r.WithContext(ctx))
		return next(c)
	}
}
