package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"attributed/openapi/bump/swap/swaptest"

	"github.com/google/go-cmp/cmp"
)

// project returns the small project of package bump's tests, generated, and the program
// built as make builds it.
func project(t *testing.T) (tree, program string) {
	t.Helper()
	tree = t.TempDir()
	if err := os.CopyFS(tree, os.DirFS("../../openapi/bump/testdata/tree")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tree, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	program = filepath.Join(t.TempDir(), "specbump")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if output, err := exec.CommandContext(t.Context(), program, "generate", "--tree", tree).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return tree, program
}

func TestKilledWhileTheTestsRun(t *testing.T) {
	tree, program := project(t)
	t.Setenv("TMPDIR", t.TempDir())
	before := swaptest.Contents(t, tree)
	data, err := os.ReadFile(filepath.Join(tree, "openapi/swagger.json"))
	if err != nil {
		t.Fatal(err)
	}
	spec := file(t, strings.Replace(string(data), `"Greet"`, `"Say hello"`, 1))

	// The candidate's own tests kill the program that runs them.
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `KILL_SPECBUMP=$$ exec "$0" apply "$1" --tree "$2"`, program, spec, tree)
	output, err := cmd.CombinedOutput()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL || !bytes.Contains(output, []byte("vet            ok")) {
		t.Fatalf("not killed in the tests: %v %s", err, output)
	}
	if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
		t.Errorf("the tree was changed:\n%s", diff)
	}
	output, err = exec.CommandContext(t.Context(), program, "recover", "--tree", tree).CombinedOutput()
	if err != nil || string(output) != "nothing was left undone\n" {
		t.Errorf("%v: %s", err, output)
	}
	output, err = exec.CommandContext(t.Context(), program, "apply", spec, "--tree", tree).CombinedOutput()
	if err != nil || !bytes.HasSuffix(output, []byte("Swapped in: openapi/swagger.json, gen/gen.go.\n")) {
		t.Errorf("%v: %s", err, output)
	}
}

func TestKilledWhileTheServerIsChecked(t *testing.T) {
	tree, program := project(t)
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TRIAL", "killed")
	pidFile := filepath.Join(t.TempDir(), "pid")
	t.Setenv("TRIAL_PID", pidFile)
	before := swaptest.Contents(t, tree)
	data, err := os.ReadFile(filepath.Join(tree, "openapi/swagger.json"))
	if err != nil {
		t.Fatal(err)
	}
	spec := file(t, strings.Replace(string(data), `"Greet"`, `"Say hello"`, 1))

	cmd := exec.CommandContext(t.Context(), "sh", "-c", `KILL_SPECBUMP_LATE=$$ exec "$0" apply "$1" --tree "$2"`, program, spec, tree)
	output, err := cmd.CombinedOutput()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL || !bytes.Contains(output, []byte("test server/   ok")) {
		t.Fatalf("not killed in the check: %v %s", err, output)
	}
	data, err = os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	server, err := strconv.Atoi(string(data))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); !errors.Is(syscall.Kill(server, 0), syscall.ESRCH); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the candidate's server is still there")
		}
	}
	if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
		t.Errorf("the tree was changed:\n%s", diff)
	}
}

func TestInterruptedWhileTheTestsRun(t *testing.T) {
	tree, program := project(t)
	before := swaptest.Contents(t, tree)
	data, err := os.ReadFile(filepath.Join(tree, "openapi/swagger.json"))
	if err != nil {
		t.Fatal(err)
	}
	spec := file(t, strings.Replace(string(data), `"Greet"`, `"Say hello"`, 1))
	for _, tt := range []struct {
		signal syscall.Signal
		status int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", `SIGNAL_SPECBUMP=$$ exec "$0" apply "$1" --tree "$2"`, program, spec, tree)
		cmd.Env = append(os.Environ(), fmt.Sprintf("SIGNAL=%d", tt.signal))
		output, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != tt.status || !bytes.HasSuffix(output, []byte("specbump: interrupted, and nothing was changed\n")) {
			t.Errorf("%s: %s: %s", tt.signal, cmd.ProcessState, output)
		}
		if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
			t.Errorf("the tree was changed:\n%s", diff)
		}
	}
}

func TestApplyExitStatus(t *testing.T) {
	tree, program := project(t)
	before := swaptest.Contents(t, tree)
	data, err := os.ReadFile(filepath.Join(tree, "openapi/swagger.json"))
	if err != nil {
		t.Fatal(err)
	}
	integer := strings.Replace(string(data), `"type": "string"`, `"type": "integer"`, 1)
	for _, tt := range []struct {
		name, spec string
		flags      []string
		status     int
		says       string
	}{
		{"unchanged", string(data), nil, 0, "Nothing to do."},
		{"compatible, checked", strings.Replace(string(data), `"Greet"`, `"Hi"`, 1), []string{"--check"}, 0, "Nothing was changed; it would be: openapi/swagger.json, gen/gen.go."},
		{"breaking", integer, nil, 3, "With --accept-breaking the bump goes on."},
		{"breaking, accepted, and does not compile", integer, []string{"--accept-breaking"}, 1, "compile failed"},
		{"broken", "{", nil, 1, "specbump: new spec: it is not valid JSON"},
		{"wrong usage", string(data), []string{"--what"}, 2, "specbump: unknown flag --what"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"apply", file(t, tt.spec), "--tree", tree}, tt.flags...)
			cmd := exec.CommandContext(t.Context(), program, args...)
			output, _ := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() != tt.status || !strings.Contains(string(output), tt.says) {
				t.Errorf("%d: %s", cmd.ProcessState.ExitCode(), output)
			}
			if diff := cmp.Diff(before, swaptest.Contents(t, tree)); diff != "" {
				t.Errorf("the tree was changed:\n%s", diff)
			}
		})
	}
}
