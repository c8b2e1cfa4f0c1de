//go:build system

package system

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestFaults injects each fault of make faults a few times: the program and its database are
// killed, the database goes away, clients behave badly, and nothing acknowledged may be lost.
func TestFaults(t *testing.T) {
	folder := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-C", "../bench", "-o", folder, "./faults").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(folder, "faults"), "--short")
	cmd.Dir = "../bench" // the module that it finds the program by
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
