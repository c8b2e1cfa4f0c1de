//go:build system

package system

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
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

// printed finds what serve --demo prints: where it listens, and a token of its admin.
var printed = regexp.MustCompile(`http://(\S+)/api/.*(ldpat_[0-9a-f]{32})`)

// serveDemo starts the program on a database of its own, and returns where it listens and a
// token. It ends with the test.
func serveDemo(t *testing.T) (address, token string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(build(t), "attributed"), "serve", "--demo", "--listen=127.0.0.1:0", "--check-responses=enforce")
	cmd.Dir, cmd.Stderr = t.TempDir(), t.Output()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Wait() }) // the test's context has ended by now, which calls Cancel
	var seen strings.Builder
	for lines := bufio.NewScanner(output); lines.Scan(); {
		seen.WriteString(lines.Text() + "\n")
		if found := printed.FindStringSubmatch(lines.Text()); found != nil {
			return found[1], found[2]
		}
	}
	t.Fatalf("no request to paste in\n%s", seen.String())
	return "", ""
}
