package main

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"

	"attributed/store"
)

// tracesPath is where a receiver of OTLP takes traces.
const tracesPath = "/v1/traces"

// traceFlag says where traces go. All else is said by the variables of OpenTelemetry's
// specification, which its library reads itself.
type traceFlag struct {
	OTLPEndpoint serverURL `name:"otlp-endpoint" variables:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,OTEL_EXPORTER_OTLP_ENDPOINT" placeholder:"URL" help:"Where traces go, by OTLP over HTTP (protobuf), as in http://127.0.0.1:4318; the other variables of OpenTelemetry hold too; default: nowhere, and none are made."`
}

// tracing makes traces and sends them. A nil one does not.
type tracing struct {
	provider   *sdktrace.TracerProvider
	propagator propagation.TextMapPropagator // nil: W3C's traceparent
}

// start begins with tracing, where it is asked for. A receiver that does not answer is no error.
func (f traceFlag) start(ctx context.Context, log *slog.Logger) (*tracing, error) {
	if disabled, _ := strconv.ParseBool(os.Getenv("OTEL_SDK_DISABLED")); disabled || f.OTLPEndpoint == "" {
		return nil, nil
	}
	warnOfProtocol(ctx, log)
	endpoint := string(f.OTLPEndpoint)
	if !strings.HasSuffix(endpoint, tracesPath) {
		var err error
		if endpoint, err = url.JoinPath(endpoint, tracesPath); err != nil {
			return nil, err
		}
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint))
	if err != nil {
		return nil, err
	}
	// What comes later wins: the operator may give it another name.
	described, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName("attributed"), semconv.ServiceVersion(programVersion())), resource.WithFromEnv())
	if err != nil {
		return nil, err
	}
	otel.SetErrorHandler(newLossLog(log))
	return &tracing{sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(described)), chosenPropagator(ctx, log)}, nil
}

// warnOfProtocol warns of a protocol that traces cannot be sent by. OpenTelemetry's specification has it
// told and ignored.
func warnOfProtocol(ctx context.Context, log *slog.Logger) {
	for _, variable := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} { // the first says it for traces
		switch asked := strings.TrimSpace(os.Getenv(variable)); asked {
		case "": // as if it were not set
			continue
		case "http/protobuf", "http/json":
		default:
			log.WarnContext(ctx, "traces go by http/protobuf all the same: let the endpoint be a receiver of that, by default on port 4318", "variable", variable, "asked", asked)
		}
		return
	}
}

// chosenPropagator returns what OTEL_PROPAGATORS names, a list with commas, and warns where it names one
// that there is not. Nil is that it names none of those that there are.
func chosenPropagator(ctx context.Context, log *slog.Logger) propagation.TextMapPropagator {
	listed := strings.ReplaceAll(os.Getenv("OTEL_PROPAGATORS"), " ", "")
	if listed == "" {
		return nil
	}
	chosen, err := autoprop.TextMapPropagator(strings.Split(listed, ",")...)
	if err != nil {
		log.WarnContext(ctx, "OTEL_PROPAGATORS names what there is not, and holds without it: there are tracecontext, baggage, b3, b3multi, jaeger, xray, ottrace and none", "error", line(err))
	}
	return chosen
}

// open opens the database, with traces of its statements; beside a Lightdash, if that is not nil.
func (t *tracing) open(ctx context.Context, url string, log *slog.Logger, beside *store.Lightdash) (*store.Store, error) {
	switch {
	case beside != nil:
		lightdash := *beside
		lightdash.Traces = t.traces()
		return store.OpenLightdash(ctx, url, log, lightdash)
	case t == nil:
		return store.Open(ctx, url, log)
	}
	return store.OpenTraced(ctx, url, log, t.provider)
}

// traces returns what makes traces, nil where none are to be.
func (t *tracing) traces() trace.TracerProvider {
	if t == nil {
		return nil
	}
	return t.provider
}

// callers returns what reads the callers' traces out of their headers.
func (t *tracing) callers() propagation.TextMapPropagator {
	if t == nil {
		return nil
	}
	return t.propagator
}

// stop sends what was not sent yet, for some seconds at the most.
func (t *tracing) stop(ctx context.Context) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
}

// lossLog tells once a minute at the most that traces get lost, and counts the failures between.
type lossLog struct {
	log    *slog.Logger
	told   *rate.Limiter
	untold atomic.Int64
}

func newLossLog(log *slog.Logger) *lossLog {
	return &lossLog{log: log, told: rate.NewLimiter(rate.Every(time.Minute), 1)}
}

// Handle implements [otel.ErrorHandler].
func (l *lossLog) Handle(err error) {
	if !l.told.Allow() {
		l.untold.Add(1)
		return
	}
	l.log.Warn("traces get lost", "error", line(err), "failures_before", l.untold.Swap(0))
}
