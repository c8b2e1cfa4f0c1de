package main

import (
	"context"
	"os"
	"syscall"
	"testing"

	"attributed/store/storetest/postgres"
)

func TestRunGivesTheCommandAServerAndItsExitCode(t *testing.T) {
	code, err := run(t.Context(), []string{"sh", "-c", "test -n \"$" + postgres.URLVariable + "\" && exit 7"})
	if code != 7 || err != nil {
		t.Errorf("run: %d, %v, want the command's exit code 7", code, err)
	}
}

func TestRunWithoutACommand(t *testing.T) {
	if code, err := run(t.Context(), nil); code != 2 || err == nil {
		t.Errorf("run: %d, %v, want 2 and how it is used", code, err)
	}
}

// As go test does, the command here does not pass signals on.
func TestInterruptReachesWhatTheCommandStarted(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := syscall.Mkfifo("ready", 0o600); err != nil {
		t.Fatal(err)
	}
	const script = `
		trap : INT
		sh -c 'trap "echo >heard; kill \$!; wait; exit" INT; tail -f /dev/null & echo >ready; wait'
		true`
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		code, _ := execute(ctx, []string{"sh", "-c", script}, os.Environ())
		ended <- code
	}()
	if _, err := os.ReadFile("ready"); err != nil {
		t.Fatal(err)
	}
	cancel()
	if code := <-ended; code != 1 {
		t.Errorf("execute: %d, want 1", code)
	}
	if _, err := os.Stat("heard"); err != nil {
		t.Errorf("the command's child was not asked to end: %v", err)
	}
}
