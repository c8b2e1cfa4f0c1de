//go:build system

package system

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// build returns a folder with the program in it.
func build(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(folder, "attributed"), "attributed/cmd/attributed")
	cmd.Stderr = t.Output()
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return folder
}
