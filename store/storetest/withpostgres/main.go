// Withpostgres runs a command, such as go test ./..., with TEST_DATABASE_URL set
// to a PostgreSQL server that it starts before and stops after. If the variable
// is already set, it starts none.
//
//	go run ./store/storetest/withpostgres go test ./...
//
// It exits as the command does. When it is asked to end, so is the command with
// all that it started. Temporary files go to a folder that is removed at the end,
// for a test that is interrupted leaves its own behind.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"attributed/store/storetest/postgres"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code, err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpostgres:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context, command []string) (code int, err error) {
	if len(command) == 0 {
		return 2, errors.New("usage: withpostgres COMMAND [ARGUMENT]…")
	}
	temporary, err := temporaryFolder()
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(temporary)
	env := append(os.Environ(), "TMPDIR="+temporary)
	if os.Getenv(postgres.URLVariable) == "" {
		server, startErr := postgres.Start(ctx, postgres.ForTests)
		if startErr != nil {
			return 1, startErr
		}
		defer func() {
			if stopErr := server.Stop(); stopErr != nil {
				code, err = max(code, 1), errors.Join(err, stopErr)
			}
		}()
		env = append(env, postgres.URLVariable+"="+server.URL())
	}
	return execute(ctx, command, env)
}

// temporaryFolder makes a folder that any account may pass through: as root, a
// test starts programs as another one.
func temporaryFolder() (string, error) {
	folder, err := os.MkdirTemp("", "attributed-tests-")
	if err != nil {
		return "", err
	}
	return folder, os.Chmod(folder, 0o711)
}

// patience is what an interrupted command gets to end by itself: more than a
// server needs to drain.
const patience = 15 * time.Second

// execute runs command in a process group of its own: go test does not pass
// signals on to the tests that it runs, and a test that crashed may leave behind
// what it started.
func execute(ctx context.Context, command, env []string) (int, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	group := -cmd.Process.Pid
	passOn := context.AfterFunc(ctx, func() {
		syscall.Kill(group, syscall.SIGINT) // upon which, of all signals, go test tidies up
		time.AfterFunc(patience, func() { syscall.Kill(group, syscall.SIGKILL) })
	})
	err := cmd.Wait()
	interrupted := !passOn()
	syscall.Kill(group, syscall.SIGKILL) // who is left
	exit, ok := errors.AsType[*exec.ExitError](err)
	switch {
	case interrupted:
		return 1, errors.New("interrupted")
	case err == nil:
		return 0, nil
	case ok && exit.Exited():
		return exit.ExitCode(), nil
	}
	return 1, err
}
