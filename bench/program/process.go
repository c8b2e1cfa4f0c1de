// Package program builds attributed and runs servers, as an operator does: programs of their own,
// whose log is a file.
package program

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	psutil "github.com/shirou/gopsutil/v4/process"
)

// Process is a server that runs.
type Process struct {
	Base    string        // of its URLs
	Started time.Duration // from its start until it answered 200

	usage *psutil.Process
	cmd   *exec.Cmd
	ended chan struct{}
	log   string // the file of its output
}

// Start runs the server at path with these flags, on the database at url and a free port, and returns
// once /readyz has answered 200. The program's log is a file beside it. When ctx ends, it is stopped.
func Start(ctx context.Context, path, url string, flags ...string) (*Process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	log, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*.log")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, path, append([]string{"serve"}, flags...)...)
	cmd.Env = append(os.Environ(), "ATTRIBUTED_DATABASE="+url, "ATTRIBUTED_LISTEN="+address)
	cmd.Stdout, cmd.Stderr = log, log // a file, as an operator's log is one
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{Base: "http://" + address, cmd: cmd, ended: make(chan struct{}), log: log.Name()}
	go func() {
		cmd.Wait()
		close(p.ended)
	}()
	if err := p.wait(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	p.Started = time.Since(began)
	p.usage, err = psutil.NewProcessWithContext(ctx, int32(cmd.Process.Pid))
	return p, err
}

// wait asks until the answer is 200.
func (p *Process) wait(ctx context.Context) error {
	for every := time.NewTicker(time.Millisecond); ; {
		response, err := http.Get(p.Base + "/readyz")
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-p.ended:
			said, _ := os.ReadFile(p.log)
			return fmt.Errorf("%s ended: %s", p.cmd, said)
		}
	}
}

// Stop asks the server to end, waits until it has, and removes its log.
func (p *Process) Stop() error {
	p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.ended
	return os.Remove(p.log)
}

// Kill ends the server at once, whatever it does, and removes its log.
func (p *Process) Kill() error {
	p.cmd.Process.Kill()
	<-p.ended
	return os.Remove(p.log)
}

// ID is the number that the system knows the server by.
func (p *Process) ID() int { return p.cmd.Process.Pid }

// CPU is the time that processors have spent on p so far.
func (p *Process) CPU(ctx context.Context) (time.Duration, error) {
	times, err := p.usage.TimesWithContext(ctx)
	if err != nil {
		return 0, err
	}
	return time.Duration((times.User + times.System) * float64(time.Second)), nil
}

// Resident is the memory that p holds, in MB.
func (p *Process) Resident(ctx context.Context) (float64, error) {
	memory, err := p.usage.MemoryInfoWithContext(ctx)
	if err != nil {
		return 0, err
	}
	return float64(memory.RSS) / 1e6, nil
}

// freeAddress is one on which nothing listens.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
