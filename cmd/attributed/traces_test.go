package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"attributed/store/storetest"
)

// receive is a receiver of OTLP as protobuf. It hands on what the program sends.
func receive(t *testing.T) (url string, sent chan *otlp.ResourceSpans) {
	t.Helper()
	return receiveAs(t, "application/x-protobuf", proto.Unmarshal)
}

// receiveAs is receive for what is encoded in another way.
func receiveAs(t *testing.T, media string, decode func([]byte, proto.Message) error) (url string, sent chan *otlp.ResourceSpans) {
	sent = make(chan *otlp.ResourceSpans, 1000)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var request collector.ExportTraceServiceRequest
		if err != nil || r.URL.Path != tracesPath || r.Header.Get("Content-Type") != media || decode(body, &request) != nil {
			t.Errorf("%s %s with %s: %v", r.Method, r.URL, r.Header.Get("Content-Type"), err)
		}
		for _, spans := range request.GetResourceSpans() {
			sent <- spans
		}
		w.Header().Set("Content-Type", media)
	}))
	t.Cleanup(web.Close)
	return web.URL, sent
}

// spansUntil returns the spans by name, once one with the name has come, and what was sent as text.
func spansUntil(sent chan *otlp.ResourceSpans, name string) (all map[string][]*otlp.Span, text string) {
	all = map[string][]*otlp.Span{}
	for resource := range sent {
		text += prototext.Format(resource)
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				all[span.GetName()] = append(all[span.GetName()], span)
			}
		}
		if len(all[name]) > 0 {
			return all, text
		}
	}
	return all, text
}

// attributesOf are a span's, as text.
func attributesOf(span *otlp.Span) map[string]string {
	all := map[string]string{}
	for _, attribute := range span.GetAttributes() {
		if all[attribute.GetKey()] = attribute.GetValue().GetStringValue(); all[attribute.GetKey()] == "" {
			all[attribute.GetKey()] = prototext.MarshalOptions{}.Format(attribute.GetValue())
		}
	}
	return all
}

func TestTracesOfACallAndItsStatements(t *testing.T) {
	const trace, caller, marked = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "m4rk3d"
	storetest.EachURL(t, func(t *testing.T, database string) {
		url, sent := receive(t)
		s, output := startWith(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + url, "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test"}, database)
		call := func(method, path, body string) int {
			status, _, _ := send(t, method, "http://"+s.address+path, s.token, body, "Traceparent", "00-"+trace+"-"+caller+"-01")
			return status
		}
		draft := `{"name":"` + marked + `","description":"` + marked + `","attributeDefault":"` + marked + `","users":[],"groups":[]}`
		for _, want := range []int{200, 409} {
			if status := call(http.MethodPost, "/api/v1/org/attributes", draft); status != want {
				t.Fatalf("create: %d, want %d", status, want)
			}
		}
		call(http.MethodGet, "/api/v1/org/attributes/"+marked, "")
		call(http.MethodGet, "/livez", "")
		call(http.MethodGet, "/api/v1/org/attributes?"+marked, "")

		all, text := spansUntil(sent, "GET /api/v1/org/attributes")
		if len(all["POST /api/v1/org/attributes"]) != 2 || len(all["GET /api/v1/org/attributes/{userAttributeUuid}"]) != 1 {
			t.Fatalf("the operations' spans are\n%s", text)
		}
		created := all["POST /api/v1/org/attributes"][0]
		got := attributesOf(created)
		for name, want := range map[string]string{
			"http.request.method": "POST", "http.route": "/api/v1/org/attributes", "url.path": "/api/v1/org/attributes", "url.scheme": "http",
			"http.response.status_code": "int_value:200", "openapi.operation_id": "createUserAttribute", "client.address": "127.0.0.1",
		} {
			if strings.ReplaceAll(got[name], " ", "") != want {
				t.Errorf("%s is %s, want %s", name, got[name], want)
			}
		}
		if created.GetKind() != otlp.Span_SPAN_KIND_SERVER || hex.EncodeToString(created.GetTraceId()) != trace || hex.EncodeToString(created.GetParentSpanId()) != caller {
			t.Errorf("not a server's span below the caller's: %v", created)
		}
		below := 0
		for name, spans := range all {
			for _, span := range spans {
				if statement := attributesOf(span)["db.query.text"]; statement != "" && bytes.Equal(span.GetParentSpanId(), created.GetSpanId()) {
					below++
					if span.GetKind() != otlp.Span_SPAN_KIND_CLIENT || !strings.HasPrefix(strings.ToUpper(strings.TrimSpace(statement)), name) || attributesOf(span)["db.system.name"] == "" {
						t.Errorf("a statement's span: %v", span)
					}
				}
			}
		}
		if below == 0 {
			t.Errorf("no statement is below the create:\n%s", text)
		}
		for _, secret := range []string{marked, s.token, "pgtdbpass", "livez"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in the traces", secret)
			}
		}
		for _, part := range []string{`"attributed"`, "deployment.environment.name"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s is not in the traces", part)
			}
		}
		var logged struct {
			Trace string `json:"trace_id"`
		}
		if err := json.Unmarshal([]byte(lineWith(t, output, `"POST"`)), &logged); err != nil || logged.Trace != trace {
			t.Errorf("the log has the trace %q (%v)", logged.Trace, err)
		}
	})
}

// TestAReceiverOfTracesThatDoesNotAnswer keeps nobody from being served, nor the program from ending.
func TestAReceiverOfTracesThatDoesNotAnswer(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, endpoint := range []string{"http://user:" + head + "@" + silent.Addr().String(), "http://127.0.0.1:1"} {
		s, output := startWith(t, []string{"OTEL_BSP_SCHEDULE_DELAY=10", "OTEL_BSP_EXPORT_TIMEOUT=500"}, storetest.SQLiteURL(t), "--otlp-endpoint="+endpoint)
		if status, body := create(t, s.address, s.token, "country"); status != 200 {
			t.Errorf("create: %d %s", status, body)
		}
		if told := lineWith(t, output, "traces get lost"); !strings.Contains(told, `"WARN"`) || strings.Contains(told, head) {
			t.Errorf("%s: the log has %s", endpoint, told)
		}
		if status, body := create(t, s.address, s.token, "country"); status != 409 {
			t.Errorf("create again: %d %s", status, body)
		}
	}
}

func TestLostTracesAreToldOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written bytes.Buffer
		losses := newLossLog(slog.New(slog.NewTextHandler(&written, nil)))
		for range 119 { // seconds
			losses.Handle(errors.New("no route to host"))
			time.Sleep(time.Second) // of a clock that goes by itself
		}
		if got := written.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "failures_before=59") {
			t.Errorf("in two minutes the log has\n%s", got)
		}
	})
}

func TestTracesAreOffUnlessAskedFor(t *testing.T) {
	off, err := traceFlag{}.start(t.Context(), nil)
	if off != nil || err != nil || off.traces() != nil {
		t.Errorf("%v, %v: not off", off, err)
	}
	refused(t, variablesOf{"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318"}, "serve", 2, "--otlp-endpoint: write http://HOST:PORT")
	got := configured(t, variablesOf{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://u:secret@h:4318"})["--otlp-endpoint"]
	if got != (setting{"--otlp-endpoint", "http://u:xxxxx@h:4318", "$OTEL_EXPORTER_OTLP_ENDPOINT"}) {
		t.Errorf("%+v", got)
	}
}
