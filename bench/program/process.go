package main

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

// process is a server that runs.
type process struct {
	base    string // of its URLs
	started time.Duration
	usage   *psutil.Process
	cmd     *exec.Cmd
	ended   chan struct{}
	log     string // the file of its output
}

// start runs a server that was built, on the database at url, and returns once it
// has answered 200.
func (b *bench) start(ctx context.Context, name, url string) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	log, err := os.CreateTemp(b.folder, name+"-*.log")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, filepath.Join(b.folder, name), "serve")
	cmd.Env = append(os.Environ(), "ATTRIBUTED_DATABASE="+url, "ATTRIBUTED_LISTEN="+address)
	cmd.Stdout, cmd.Stderr = log, log // a file, as an operator's log is one
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{base: "http://" + address, cmd: cmd, ended: make(chan struct{}), log: log.Name()}
	go func() {
		cmd.Wait()
		close(p.ended)
	}()
	if err := p.wait(ctx); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	p.started = time.Since(began)
	p.usage, err = psutil.NewProcessWithContext(ctx, int32(cmd.Process.Pid))
	return p, err
}

// wait asks until the answer is 200.
func (p *process) wait(ctx context.Context) error {
	for every := time.NewTicker(time.Millisecond); ; {
		response, err := http.Get(p.base + "/readyz")
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

func (p *process) stop() error {
	p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.ended
	return os.Remove(p.log)
}

// cpu is the time that processors have spent on p so far.
func (p *process) cpu(ctx context.Context) (time.Duration, error) {
	times, err := p.usage.TimesWithContext(ctx)
	if err != nil {
		return 0, err
	}
	return time.Duration((times.User + times.System) * float64(time.Second)), nil
}

// resident is the memory that p holds, in MB.
func (p *process) resident(ctx context.Context) (float64, error) {
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
