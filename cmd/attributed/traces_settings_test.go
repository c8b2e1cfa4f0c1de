package main

import (
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"attributed/store/storetest"
)

// startWarned is startWith with the lines that warn of something.
func startWarned(t *testing.T, variables []string) (s started, warnings []string) {
	t.Helper()
	program := launch(t, t.TempDir(), variables, build(t), "serve", "--listen=127.0.0.1:0", "--demo", "--database="+storetest.SQLiteURL(t))
	for s.token == "" && program.output.Scan() {
		printed := program.output.Text()
		if strings.Contains(printed, "level=WARN") {
			warnings = append(warnings, printed)
		}
		s.token = tokenPattern.FindString(printed)
		s.address = listenAddress.FindString(printed)
	}
	go drain(program.output)
	return s, warnings
}

// listWithin lists the attributes, in a trace that a header names.
func listWithin(t *testing.T, s started, trace [2]string) {
	t.Helper()
	var headers []string
	if trace[0] != "" {
		headers = trace[:]
	}
	send(t, http.MethodGet, "http://"+s.address+"/api/v1/org/attributes", s.token, "", headers...)
}

// TestWhatOpenTelemetrysVariablesChange is asked of the receiver that gets the spans, and of the log's warnings.
func TestWhatOpenTelemetrysVariablesChange(t *testing.T) {
	const trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	w3c := [2]string{"Traceparent", "00-" + trace + "-" + parent + "-01"}
	b3 := [2]string{"B3", trace + "-" + parent + "-1"}
	tests := map[string]struct {
		variables []string
		header    [2]string
		part      bool   // of the caller's trace
		warning   string // of the log; "": none
	}{
		"nothing is set":                    {nil, w3c, true, ""},
		"nothing is set, and another's":     {nil, b3, false, ""},
		"another propagator":                {[]string{"OTEL_PROPAGATORS=b3"}, b3, true, ""},
		"another propagator, and W3C's":     {[]string{"OTEL_PROPAGATORS=b3"}, w3c, false, ""},
		"two of them":                       {[]string{"OTEL_PROPAGATORS=b3, tracecontext"}, w3c, true, ""},
		"Jaeger's":                          {[]string{"OTEL_PROPAGATORS=jaeger"}, [2]string{"Uber-Trace-Id", trace + ":" + parent + ":0:1"}, true, ""},
		"none":                              {[]string{"OTEL_PROPAGATORS=b3,none,tracecontext"}, w3c, false, ""},
		"one that there is not":             {[]string{"OTEL_PROPAGATORS=c4"}, w3c, true, "OTEL_PROPAGATORS names what there is not"},
		"one that there is not, beside one": {[]string{"OTEL_PROPAGATORS=c4,b3"}, b3, true, "unknown propagator: c4"},
		"the protocol that there is":        {[]string{"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"}, w3c, true, ""},
		"another protocol":                  {[]string{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, w3c, true, "traces go by http/protobuf all the same"},
		"another protocol for traces":       {[]string{"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc"}, w3c, true, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"},
		"another protocol for the rest":     {[]string{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf"}, w3c, true, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			url, sent := receive(t)
			s, warnings := startWarned(t, append(tt.variables, "OTEL_EXPORTER_OTLP_ENDPOINT="+url, "OTEL_BSP_SCHEDULE_DELAY=50"))
			listWithin(t, s, tt.header)
			spans, _ := spansUntil(sent, "GET /api/v1/org/attributes")
			span := spans["GET /api/v1/org/attributes"][0]
			if part := hex.EncodeToString(span.GetTraceId()) == trace && hex.EncodeToString(span.GetParentSpanId()) == parent; part != tt.part {
				t.Errorf("part of the caller's trace: %t, want %t: %v", part, tt.part, span)
			}
			if got := strings.Join(warnings, ""); (got == "") != (tt.warning == "") || len(warnings) > 1 || !strings.Contains(got, tt.warning) {
				t.Errorf("warnings: %q, want %q", got, tt.warning)
			}
		})
	}
}

// TestTracesAsJSON: the other encoding of OTLP over HTTP, in which the ids are hexadecimal.
func TestTracesAsJSON(t *testing.T) {
	url, sent := receiveAs(t, "application/json", func(body []byte, into proto.Message) error { return protojson.Unmarshal(body, into) })
	s, warnings := startWarned(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + url, "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_EXPORTER_OTLP_PROTOCOL=http/json"})
	listWithin(t, s, [2]string{})
	if spans, text := spansUntil(sent, "GET /api/v1/org/attributes"); len(spans) == 0 || len(warnings) > 0 {
		t.Errorf("spans: %s; warnings: %q", text, warnings)
	}
}
