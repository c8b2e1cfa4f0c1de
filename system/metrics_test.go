//go:build system

package system

import (
	"bytes"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
)

const rules = "../deploy/prometheus-rules.yaml"

// TestMetricsAsPrometheusHasThem: promtool finds no fault with names, types and texts, once every
// operation was called in every way that the contract check knows.
func TestMetricsAsPrometheusHasThem(t *testing.T) {
	address, token, admin := serveDemoWith(t, "--admin-listen=127.0.0.1:0")
	tell(t, filepath.Join(build(t), "attributed"), "contract", "check", "http://"+address, "--token", token)
	response, err := http.Get("http://" + admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	metrics, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`_count{operation="removeUserAttribute",status="2xx"}`, `kind="unexpected"} 0`, `attributed_responses_broken_total 0`} {
		if !bytes.Contains(metrics, []byte(want)) {
			t.Errorf("no %s in\n%s", want, metrics)
		}
	}
	check := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	check.Stdin = bytes.NewReader(metrics)
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

// TestAlerts: Prometheus takes the rules, and each alert comes when it must and else not.
func TestAlerts(t *testing.T) {
	for _, args := range [][]string{{"check", "rules", rules}, {"test", "rules", "testdata/prometheus-rules-test.yaml"}} {
		if out, err := exec.CommandContext(t.Context(), "promtool", args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}
