// Withpostgres runs a command, such as go test ./..., with TEST_DATABASE_URL set
// to a PostgreSQL server that it starts before and stops after. If the variable
// is already set, it starts none.
//
//	go run ./store/storetest/withpostgres go test ./...
//
// It exits as the command does. A signal that asks it to end is passed on to the
// command and to all that the command started.
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
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpostgres:", err)
	}
	os.Exit(code)
}

func run(command []string) (code int, err error) {
	if len(command) == 0 {
		return 2, errors.New("usage: withpostgres COMMAND [ARGUMENT]…")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if os.Getenv(postgres.URLVariable) == "" {
		server, err := postgres.Start(ctx)
		if err != nil {
			return 1, err
		}
		defer func() {
			if stopErr := server.Stop(); stopErr != nil {
				code, err = max(code, 1), errors.Join(err, stopErr)
			}
		}()
		os.Setenv(postgres.URLVariable, server.URL())
	}
	return execute(ctx, command)
}

// patience is what an interrupted command gets to end by itself: more than a
// server needs to drain.
const patience = 15 * time.Second

// execute runs command in a process group of its own, for go test does not pass
// signals on to the tests that it runs.
func execute(ctx context.Context, command []string) (int, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	group := -cmd.Process.Pid
	passOn := context.AfterFunc(ctx, func() {
		syscall.Kill(group, syscall.SIGTERM)
		time.AfterFunc(patience, func() { syscall.Kill(group, syscall.SIGKILL) })
	})
	err := cmd.Wait()
	if !passOn() {
		syscall.Kill(group, syscall.SIGKILL) // who did not listen
		return 1, errors.New("interrupted")
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
