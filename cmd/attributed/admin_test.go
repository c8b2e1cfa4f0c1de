package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"attributed/gen"
	"attributed/store/storetest"
)

// started is the built program with an admin port.
type started struct {
	address, admin string
	token          string // of an admin
}

func startWithAdmin(t *testing.T, database string, args ...string) started {
	t.Helper()
	args = append([]string{"serve", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--log-format=json", "--demo", "--database=" + database}, args...)
	program := launch(t, t.TempDir(), nil, build(t), args...)
	token := tokenPattern.FindString(lineWith(t, program.output, "curl"))
	var told struct{ Address, Admin string }
	if err := json.Unmarshal([]byte(lineWith(t, program.output, `"listening"`)), &told); err != nil {
		t.Fatal(err)
	}
	go drain(program.output)
	return started{told.Address, told.Admin, token}
}

// drain reads what a program still prints, so that it can go on.
func drain(output *bufio.Scanner) {
	for output.Scan() {
	}
}

// send sends a request with a token to a server, and returns the status and the body of the answer.
func send(t *testing.T, method, target, token, accept string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "ApiKey "+token)
	request.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// protobuf is the form of metrics that has native histograms.
const protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

// metrics are all of them, by name and then by the values of their labels.
type metrics map[string]map[string]*dto.Metric

func (s started) metrics(t *testing.T) metrics {
	t.Helper()
	_, text := send(t, http.MethodGet, "http://"+s.admin+"/metrics", "", protobuf)
	all := metrics{}
	decoder := expfmt.NewDecoder(strings.NewReader(text), expfmt.NewFormat(expfmt.TypeProtoDelim))
	for {
		var family dto.MetricFamily
		if err := decoder.Decode(&family); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[family.GetName()] = map[string]*dto.Metric{}
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, label := range metric.GetLabel() {
				labels = append(labels, label.GetValue())
			}
			all[family.GetName()][strings.Join(labels, " ")] = metric
		}
	}
}

const durations = "attributed_http_request_duration_seconds"

// requests has how many requests there were, by operation and class of status.
func (m metrics) requests() (counts map[string]uint64, sum uint64) {
	counts = map[string]uint64{}
	for labels, metric := range m[durations] {
		counts[labels] = metric.GetHistogram().GetSampleCount()
		sum += counts[labels]
	}
	return counts, sum
}

// after returns the metrics once there were so many requests: the last one is counted when it was answered.
func (s started) after(t *testing.T, requests uint64) metrics {
	t.Helper()
	for t.Context().Err() == nil {
		m := s.metrics(t)
		if _, sum := m.requests(); sum >= requests {
			return m
		}
	}
	return nil
}

func TestMetricsCountWhatWasAsked(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := startWithAdmin(t, url, "--check-responses=enforce", "--reject-limit=1:1", "--rate-limit=1:5")
		for _, want := range []int{200, 409} {
			if status, body := create(t, s.address, s.token, "country"); status != want {
				t.Fatalf("create: %d %s", status, body)
			}
		}
		get := func(token, path string, want int) {
			t.Helper()
			if status, body := send(t, http.MethodGet, "http://"+s.address+path, token, "*/*"); status != want {
				t.Fatalf("%s: %d %s", path, status, body)
			}
		}
		get("ldpat_00000000000000000000000000000001", "/api/v1/org/attributes", 401)
		get("ldpat_00000000000000000000000000000002", "/api/v1/org/attributes", 429)
		get("", "/readyz", 200)
		get("", "/nosuch", 404)
		m := s.after(t, 6)
		counts, _ := m.requests()
		for labels, want := range map[string]uint64{
			"createUserAttribute 2xx": 1, "createUserAttribute 4xx": 1, "getUserAttributes 4xx": 2, "none 2xx": 1, "none 4xx": 1,
		} {
			if counts[labels] != want {
				t.Errorf("%s: %d requests, want %d", labels, counts[labels], want)
			}
		}
		h := m[durations]["createUserAttribute 2xx"].GetHistogram()
		if len(h.GetBucket()) < 10 || len(h.GetPositiveSpan()) == 0 || h.GetSampleSum() <= 0 {
			t.Errorf("not a histogram with classic and native buckets: %v", h)
		}
		for _, counter := range []struct {
			name, labels string
			least, most  float64
		}{
			{"attributed_responses_checked_total", "", 4, 4},
			{"attributed_responses_broken_total", "", 0, 0},
			{"attributed_http_requests_refused_total", "rejected_tokens", 1, 1},
			{"attributed_http_requests_refused_total", "rate", 0, 0},
			{"attributed_http_requests_refused_total", "body_memory", 0, 0},
			{"attributed_token_cache_requests_total", "miss", 2, 3}, // the good one is looked up again where the machine is slow
			{"attributed_token_cache_requests_total", "hit", 0, 1},
			{"attributed_database_errors_total", "unexpected", 0, 0},
			{"attributed_database_errors_total", "timeout", 0, 0},
		} {
			metric := m[counter.name][counter.labels]
			if value := metric.GetCounter().GetValue(); metric == nil || value < counter.least || value > counter.most {
				t.Errorf("%s %s: %v, want %v to %v", counter.name, counter.labels, metric, counter.least, counter.most)
			}
		}
		for _, name := range []string{"attributed_http_requests_in_flight", "attributed_build_info", "go_goroutines", "process_resident_memory_bytes"} {
			if len(m[name]) != 1 {
				t.Errorf("%s is %v", name, m[name])
			}
		}
		for pool, metric := range m["attributed_database_connections_max"] {
			if open := m["attributed_database_connections_open"][pool]; metric.GetGauge().GetValue() < 1 || open == nil {
				t.Errorf("pool %s: %v, open %v", pool, metric, open)
			}
		}
	})
}

func TestMetricsCountAStatementThatFails(t *testing.T) {
	st := storetest.Open(t, storetest.PostgresURL(t))
	s := startWithAdmin(t, storetest.URL(st))
	if status, body := create(t, s.address, s.token, "country"); status != 200 {
		t.Fatalf("create: %d %s", status, body)
	}
	storetest.Exec(t, st, `ALTER TABLE user_attributes RENAME TO elsewhere`)
	if status, body := create(t, s.address, s.token, "region"); status != 500 {
		t.Errorf("create without its table: %d %s", status, body)
	}
	if failed := s.metrics(t)["attributed_database_errors_total"]["unexpected"]; failed.GetCounter().GetValue() != 1 {
		t.Errorf("unexpected: %v", failed)
	}
}

// TestNoLabelIsWhatAnybodySends: each would be a metric more, for good, and might be a secret.
func TestNoLabelIsWhatAnybodySends(t *testing.T) {
	s := startWithAdmin(t, storetest.SQLiteURL(t))
	const hostile = "ldpat_5ecre75ecre75ecre75ecre75ecre7a1"
	sent := uint64(0)
	for _, path := range []string{"/" + hostile, "/api/v1/org/attributes/" + hostile, "/api/v1/org/attributes/x/users/" + hostile, "/readyz/" + hostile, "/api/v1/org/attributes?" + hostile} {
		for _, method := range []string{http.MethodGet, http.MethodPut, "BREW", strings.ToUpper(strings.ReplaceAll(hostile, "_", "-"))} {
			for _, token := range []string{hostile, s.token} {
				send(t, method, "http://"+s.address+path, token, "*/*")
				sent++
			}
		}
	}
	m := s.after(t, sent)
	spec, err := gen.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	operations := []string{"none"}
	for _, path := range spec.Paths.Map() {
		for _, operation := range path.Operations() {
			operations = append(operations, operation.OperationID)
		}
	}
	for labels := range m[durations] {
		operation, class, _ := strings.Cut(labels, " ")
		if !slices.Contains(operations, operation) || len(class) != 3 || !strings.HasSuffix(class, "xx") {
			t.Errorf("%s has the labels %q", durations, labels)
		}
	}
	for name, all := range m {
		for labels := range all {
			if strings.Contains(strings.ToLower(labels), "5ecre7") || strings.Contains(labels, "/") {
				t.Errorf("%s has the labels %q", name, labels)
			}
		}
	}
}

func TestAdminPort(t *testing.T) {
	at := storetest.PostgresURL(t)
	s := startWithAdmin(t, at)
	for _, path := range []string{"/livez", "/readyz", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/goroutine?debug=2", "/debug/pprof/symbol"} {
		status, body := send(t, http.MethodGet, "http://"+s.admin+path, "", "*/*")
		if status != 200 || strings.Contains(body, s.token) || strings.Contains(body, "pgtdbpass") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if u, err := url.Parse(at); err != nil || u.User == nil {
		t.Fatalf("the command line is to have a password: %v", err)
	}
	if status, body := send(t, http.MethodGet, "http://"+s.admin+"/debug/pprof/cmdline", "", "*/*"); status != 404 || strings.Contains(body, "postgres") {
		t.Errorf("the command line, which has a password: %d %s", status, body)
	}
	for _, path := range []string{"/metrics", "/version", "/debug/pprof/"} {
		if status, body := send(t, http.MethodGet, "http://"+s.address+path, s.token, "*/*"); status != 404 {
			t.Errorf("%s on the port for everybody: %d %s", path, status, body)
		}
	}
	for _, path := range []string{"/api/v1/org/attributes", "/docs", "/"} {
		if status, body := send(t, http.MethodGet, "http://"+s.admin+path, s.token, "*/*"); status != 404 {
			t.Errorf("%s on the port for operators: %d %s", path, status, body)
		}
	}

	_, text := send(t, http.MethodGet, "http://"+s.admin+"/version", "", "*/*")
	var v versions
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil || v.Migration < 4 || len(v.Overlay.SHA256) != 64 || !strings.HasPrefix(v.Go, "go1.") {
		t.Errorf("%v: %s", err, text)
	}
	printed := once(t, nil, "version").stdout
	for _, part := range []string{v.Spec.Title + " " + v.Spec.Version, v.Spec.SHA256[:12]} {
		if !strings.Contains(printed, part) {
			t.Errorf("/version has %s, and the command prints\n%s", text, printed)
		}
	}
}

func TestAdminPortIsOffUnlessAskedFor(t *testing.T) {
	s := serve(t, "--demo", "--database", storetest.SQLiteURL(t))
	s.stop()
	if !bytes.Contains(s.log.Bytes(), []byte(`"admin":"off"`)) {
		t.Errorf("the log has\n%s", s.log)
	}
	port, err := adminAddress("off").listen(nil)
	if port != nil || err != nil || port.metrics() != nil || port.serve(nil, 0) != nil {
		t.Errorf("%v, %v: not off", port, err)
	}
	if got := configured(t, nil)["--admin-listen"]; got != (setting{"--admin-listen", "off", "default"}) {
		t.Errorf("%+v", got)
	}
	if help := once(t, nil, "serve", "--help").stdout; !strings.Contains(help, "/metrics") || !strings.Contains(help, "$ATTRIBUTED_ADMIN_LISTEN") {
		t.Errorf("the help does not tell of it:\n%s", help)
	}
}
