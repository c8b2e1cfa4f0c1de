package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"attributed/bench/program"
	"attributed/bench/witness"
	"attributed/store/storetest/postgres"
)

// Names by which this program starts itself: as the first process of namespaces of its own, and as
// what does the work there.
const reaper, enclosed = "cluster: reaper", "cluster: enclosed"

// exit is that a process ended with another status than 0.
type exit struct{ status int }

func (e *exit) Error() string { return fmt.Sprintf("exit status %d", e.status) }

// needed are the programs of all parts, as Debian names them.
var needed = []string{"ip", "tc", "setpriv", "curl", "etcd", "patroni", "haproxy", "pgbouncer", "faketime"}

// enclose runs this program in namespaces of its own, of networks, processes and mounts, which the
// kernel removes with all that is in them when it ends, soon after ctx does, or with this process.
func enclose(ctx context.Context, o options) error {
	if os.Geteuid() != 0 {
		return errors.New("it makes network namespaces, and so must be run as root")
	}
	for _, name := range needed {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("there is no %s here; make cluster installs what is missing", name)
		}
	}
	if _, err := postgres.Binaries(); err != nil {
		return err
	}
	if err := os.MkdirAll(o.Logs, 0o755); err != nil {
		return err
	}
	if err := program.Build(ctx, o.Logs); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	runtime.LockOSThread() // with which the child would end
	cmd := exec.CommandContext(ctx, self, os.Args[1:]...)
	cmd.Args[0] = reaper
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
		Setpgid:    true, // Ctrl-C is for this process, which passes it on
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = witness.Patience + 15*time.Second // to tell what there is, also where a call hangs
	err = cmd.Run()
	if o.Scale {
		err = errors.Join(err, endQuotas())
	}
	if ended, ok := errors.AsType[*exec.ExitError](err); ok && ended.Exited() {
		return &exit{ended.ExitCode()}
	}
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	if err != nil {
		return noNamespaces(err)
	}
	return nil
}

// noNamespaces is the error of a machine that cannot be made into several hosts.
func noNamespaces(err error) error {
	return fmt.Errorf("this machine has no namespaces for us: %w", err)
}

// reap is the first process of the namespace: it starts the program, waits for whoever has lost
// its parent, and ends with the program.
func reap() (status int) {
	self, err := os.Executable()
	if err == nil {
		err = mounts()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		return 1
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	child, err := os.StartProcess(self, append([]string{enclosed}, os.Args[1:]...), &os.ProcAttr{Files: []*os.File{nil, os.Stdout, os.Stderr}})
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		return 1
	}
	go func() {
		for s := range told {
			syscall.Kill(child.Pid, s.(syscall.Signal))
		}
	}()
	for {
		var ended syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ended, 0, nil)
		if err == syscall.EINTR {
			continue
		}
		if pid == child.Pid || err != nil {
			return ended.ExitStatus()
		}
	}
}

// files is the folder of the parts' files, all in memory.
const files = "/run/cluster"

// mounts gives this namespace its own /proc, and a /run and a /dev/shm in which nothing of the machine's is.
func mounts() error {
	private := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
	return errors.Join(private,
		syscall.Mount("proc", "/proc", "proc", 0, ""),
		syscall.Mount("tmpfs", "/run", "tmpfs", 0, "mode=755"),
		syscall.Mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777"),
		os.Mkdir(files, 0o755), os.Mkdir("/run/postgresql", 0o755))
}
