package main

import (
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"attributed/gen"
	"attributed/store/storetest"
)

// protobuf is the form of metrics that has native histograms.
const protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

// metrics are all of them, by name and then by the values of their labels.
type metrics map[string]map[string]*dto.Metric

func (s started) metrics(t *testing.T) metrics {
	t.Helper()
	_, _, text := send(t, http.MethodGet, "http://"+s.admin+"/metrics", "", "", "Accept", protobuf)
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
			if status, _, body := send(t, http.MethodGet, "http://"+s.address+path, token, ""); status != want {
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

// TestGarbageIsCollectedWhereMemoryIsBounded: beyond what bodies may hold, and what there was at the start.
func TestGarbageIsCollectedWhereMemoryIsBounded(t *testing.T) {
	limit := func(variables ...string) float64 {
		s, output := startWith(t, variables, storetest.SQLiteURL(t), "--max-body-memory=16MiB")
		go drain(output)
		return s.metrics(t)["go_gc_gomemlimit_bytes"][""].GetGauge().GetValue()
	}
	if got := limit(); got < 32<<20 || got > 200<<20 {
		t.Errorf("without GOMEMLIMIT it is %v bytes", got)
	}
	for variable, want := range map[string]float64{"GOMEMLIMIT=3GiB": 3 << 30, "GOMEMLIMIT=off": math.MaxInt64} {
		if got := limit(variable); got != want {
			t.Errorf("%s is %v bytes", variable, got)
		}
	}
}

// TestMetricsAreThoseOfTheDocs: the table has them all, and alerts watch no other.
func TestMetricsAreThoseOfTheDocs(t *testing.T) {
	s := startWithAdmin(t, storetest.PostgresURL(t), "--database-read", "postgres://u:p@127.0.0.1:1/x")
	send(t, http.MethodGet, "http://"+s.address+"/livez", "", "")
	named := func(file string) []string {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, name := range regexp.MustCompile(`\battributed_[a-z_]+[a-z]`).FindAllString(string(text), -1) {
			names = append(names, regexp.MustCompile(`(_duration_seconds)_(count|bucket)$`).ReplaceAllString(name, "$1"))
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	var there []string
	for name := range s.after(t, 1) {
		if strings.HasPrefix(name, "attributed_") {
			there = append(there, name)
		}
	}
	slices.Sort(there)
	told := slices.DeleteFunc(named("docs/operating.md"), func(name string) bool { return name == "attributed_migrations" }) // a table
	if !slices.Equal(told, there) {
		t.Errorf("docs/operating.md has the metrics\n%q, and there are\n%q", told, there)
	}
	for _, name := range named("deploy/prometheus-rules.yaml") {
		if !slices.Contains(there, name) {
			t.Errorf("an alert watches %s, which there is not", name)
		}
	}
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
				send(t, method, "http://"+s.address+path, token, "")
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
