//go:build system

package system

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestCluster does some of the faults of make cluster once: a switchover, a killed primary, a rolling restart, on
// hosts with the configuration in deploy/. Where a machine cannot be several hosts it says so, and passes.
func TestCluster(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("not tried: hosts are network namespaces, which root alone makes")
		return
	}
	folder := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-C", "../bench", "-o", filepath.Join(folder, "clusterbench"), "./cluster").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(folder, "clusterbench"), "--short", "--logs", folder)
	cmd.Dir = "../bench" // the module that it finds the program by
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	out, err := cmd.CombinedOutput()
	if err != nil && strings.Contains(string(out), "this machine has no namespaces") {
		t.Logf("not tried: %s", out)
		return
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
