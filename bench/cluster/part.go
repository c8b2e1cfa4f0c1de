package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// part is a program on a host, whose output goes into a log.
type part struct {
	host *host
	name string
	user string            // "": root
	env  []string          // besides ours
	bind map[string]string // folders that the program sees at other paths, by those
	argv []string
	log  string // the folder of its log

	onFailure bool // it is started again where it fails, as systemd's Restart=on-failure has it

	mutex sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{}
}

// restartAfter is systemd's RestartSec as it comes.
const restartAfter = 100 * time.Millisecond

// start starts p, once more if it has ended.
func (p *part) start() error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	log, err := os.OpenFile(filepath.Join(p.log, p.host.name+"-"+p.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	argv := []string{"netns", "exec", p.host.name}
	for to, from := range p.bind { // ip has given the process mounts of its own
		argv = append(argv, "sh", "-ec", `mount --bind "$1" "$2"; shift 2; exec "$@"`, "sh", from, to)
	}
	if p.user != "" {
		argv = append(argv, "setpriv", "--reuid="+p.user, "--regid="+p.user, "--init-groups")
	}
	cmd := exec.Command("ip", append(argv, p.argv...)...)
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Dir = "/" // ours may be closed to the user
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		err := cmd.Wait()
		close(ended)
		if err != nil && p.onFailure {
			time.Sleep(restartAfter)
			_ = p.start() // what fails then stays away, as the table shows
		}
	}()
	p.cmd, p.ended = cmd, ended
	return nil
}

// gone reports whether p has ended.
func (p *part) gone() bool {
	_, ended := p.running()
	select {
	case <-ended:
		return true
	default:
		return false
	}
}

// running returns the process, and what is closed when it has ended.
func (p *part) running() (*exec.Cmd, chan struct{}) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.cmd, p.ended
}

// send sends a signal.
func (p *part) send(s syscall.Signal) error {
	cmd, _ := p.running()
	return cmd.Process.Signal(s)
}

// end sends a signal and waits until the program has ended.
func (p *part) end(ctx context.Context, s syscall.Signal) error {
	cmd, ended := p.running()
	if err := cmd.Process.Signal(s); err != nil {
		return err
	}
	select {
	case <-ended:
		return nil
	case <-time.After(time.Minute):
		return fmt.Errorf("%s of %s does not end", p.name, p.host.name)
	case <-ctx.Done():
		return ctx.Err()
	}
}
