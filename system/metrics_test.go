//go:build system

package system

import (
	"net/http"
	"os/exec"
	"testing"
)

const rules = "../deploy/prometheus-rules.yaml"

// TestMetricsAsPrometheusHasThem: promtool finds no fault with names, types and texts.
func TestMetricsAsPrometheusHasThem(t *testing.T) {
	address, token, admin := serveDemoWith(t, "--admin-listen=127.0.0.1:0")
	client{address, token}.create(t, "sales_region")
	response, err := http.Get("http://" + admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	check := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	check.Stdin = response.Body
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
