//go:build system

package system

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
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

// printed finds what serve --demo prints: where it listens, and a token of its admin. logged finds
// where it listens for operators.
var (
	printed = regexp.MustCompile(`http://(\S+)/api/.*(ldpat_[0-9a-f]{32})`)
	logged  = regexp.MustCompile(`msg=listening .*admin=(\S+)`)
)

// serveDemo starts the program on a database of its own, and returns where it listens and a
// token. It ends with the test.
func serveDemo(t *testing.T) (address, token string) {
	t.Helper()
	address, token, _ = serveDemoWith(t)
	return address, token
}

// serveDemoWith is serveDemo with more flags. It also returns where the program listens for operators.
func serveDemoWith(t *testing.T, flags ...string) (address, token, admin string) {
	t.Helper()
	flags = append([]string{"serve", "--demo", "--listen=127.0.0.1:0", "--check-responses=enforce"}, flags...)
	cmd := exec.CommandContext(t.Context(), filepath.Join(build(t), "attributed"), flags...)
	cmd.Dir = t.TempDir()
	start(t, cmd, func(line string) bool {
		if found := printed.FindStringSubmatch(line); found != nil {
			address, token = found[1], found[2]
		}
		if found := logged.FindStringSubmatch(line); found != nil {
			admin = found[1]
		}
		return address != "" && admin != ""
	})
	return address, token, admin
}

// start starts a program that ends with the test, and returns when told has seen enough of the lines
// that it prints.
func start(t *testing.T, cmd *exec.Cmd, told func(line string) bool) {
	t.Helper()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines, drained := bufio.NewScanner(output), make(chan struct{})
	t.Cleanup(func() { <-drained; cmd.Wait() }) // the test's context has ended by now, which calls Cancel
	enough := false
	for !enough && lines.Scan() {
		fmt.Fprintln(t.Output(), lines.Text())
		enough = told(lines.Text())
	}
	go func() {
		defer close(drained)
		for lines.Scan() {
			fmt.Fprintln(t.Output(), lines.Text())
		}
	}()
	if !enough {
		t.Fatal("the program has not said where it listens")
	}
}
