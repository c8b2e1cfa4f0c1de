package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The tests of this package are about the keeper of a server: that nothing of the
// server is left, however its owner ends. A stand-in for PostgreSQL's binaries
// makes that quick, and possible on a machine that has only a server elsewhere;
// that the real ones work, every other test with a database shows.

// owner is what a process of its own does in TestNothingIsLeftOfAKilledOwner.
const owner = "TEST_OWNER_OF"

func TestMain(m *testing.M) {
	if binaries := os.Getenv(owner); binaries != "" {
		s, err := start(context.Background(), binaries, ForTests)
		if err != nil {
			panic(err)
		}
		fmt.Println(s.folder)
		select {}
	}
	m.Run()
}

// standIn makes a folder with an initdb, and a postgres that runs until it is
// stopped, or runs script if there is one.
func standIn(t *testing.T, script string) string {
	t.Helper()
	folder := t.TempDir()
	for _, path := range []string{folder, filepath.Dir(folder)} {
		if err := os.Chmod(path, 0o755); err != nil { // the account that the server runs as must get in
			t.Fatal(err)
		}
	}
	scripts := map[string]string{"initdb": `mkdir "${1#--pgdata=}"`}
	if script != "" {
		scripts["postgres"] = script
	} else if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", folder, "./testdata/postgres").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, text := range scripts {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestStopLeavesNothing(t *testing.T) {
	s, err := start(t.Context(), standIn(t, ""), ForTests)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(s.folder, "data")); err != nil {
		t.Error(err)
	}
	if u, err := url.Parse(s.URL()); err != nil || u.Hostname() != "127.0.0.1" || u.User.String() == "postgres:" {
		t.Errorf("URL %s, want one of this machine with a password", s.URL())
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	gone(t, s.folder)
}

func TestCrashAndRestart(t *testing.T) {
	s, err := start(t.Context(), standIn(t, ""), ForTests)
	if err != nil {
		t.Fatal(err)
	}
	running := func() bool {
		_, err := os.Stat(filepath.Join(s.folder, "data", "postmaster.pid"))
		return err == nil
	}
	for range 2 {
		if err := s.Crash(); err != nil || running() {
			t.Errorf("after Crash: %v, running: %t", err, running())
		}
		if err := s.Restart(); err != nil || !running() {
			t.Errorf("after Restart: %v, running: %t", err, running())
		}
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	gone(t, s.folder)
}

func TestNothingIsLeftOfAKilledOwner(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), owner+"="+standIn(t, ""))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	held, stderr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stderr.Close()
	var folder string
	if _, err := fmt.Fscan(stdout, &folder); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(held); err != nil { // ends when the keeper does
		t.Fatal(err)
	}
	cmd.Wait()
	gone(t, folder)
}

func TestServerThatDoesNotStart(t *testing.T) {
	_, err := start(t.Context(), standIn(t, `echo "FATAL: no room"; exit 1`), ForTests)
	if err == nil || !strings.Contains(err.Error(), "FATAL: no room") {
		t.Errorf("start: %v, want the reason that the server gave", err)
	}
}

func TestStartIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := start(ctx, standIn(t, ""), ForTests); !errors.Is(err, context.Canceled) {
		t.Errorf("start: %v, want that it was canceled", err)
	}
}

func TestNewestVersionIsFound(t *testing.T) {
	folders := []string{"/usr/lib/postgresql/9.6/bin", "/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/9/bin", "/usr/lib/postgresql/lib/bin"}
	if got := newestFirst(folders); got[0] != folders[1] || got[1] != folders[0] {
		t.Errorf("newest first: %v", got)
	}
}

func gone(t *testing.T, folder string) {
	t.Helper()
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there (%v)", folder, err)
	}
}
