package bump

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// TrialTime is what a trial may take on a slow machine: on a quiet one it takes ten seconds.
const TrialTime = 5 * time.Minute

// Trial builds the program of the tree in folder, starts its server on a new database, runs
// contract check with flags against it, and returns the report. It finds what compiling and
// the tests cannot: a property that the spec has and the handlers drop. It returns an error
// if there are findings, if the server does not start, or if limit passes. The server and its
// database are removed before Trial returns; if the caller is killed, the server ends too.
func Trial(parent context.Context, folder string, limit time.Duration, flags ...string) (string, error) {
	ctx, cancel := context.WithTimeout(parent, limit)
	defer cancel()
	output, err := tryProgram(ctx, folder, flags)
	if err != nil && ctx.Err() != nil && parent.Err() == nil {
		err = fmt.Errorf("the contract check of the server did not end within %v", limit)
	}
	return output, err
}

func tryProgram(ctx context.Context, folder string, flags []string) (string, error) {
	place, err := os.MkdirTemp("", "specbump-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(place)
	program := filepath.Join(place, "attributed")
	if output, err := command(ctx, folder, "go", "build", "-o", program, "./cmd/attributed"); err != nil {
		return output, err
	}
	s, err := startServer(ctx, program, place)
	defer s.stop()
	if err != nil {
		return s.stop(), err
	}
	env := append(clean(os.Environ()), "ATTRIBUTED_TOKEN="+s.token)
	output, err := run(ctx, place, env, program, append([]string{"contract", "check", s.url}, flags...)...)
	if err != nil {
		err = errors.New("the server does not do what its spec says")
	}
	return output, err
}

// clean leaves out what would have the candidate's program use another database or token.
func clean(env []string) []string {
	var kept []string
	for _, variable := range env {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "ATTRIBUTED_") && name != "DATABASE_URL" && name != "TOKEN" {
			kept = append(kept, variable)
		}
	}
	return kept
}

// demoServer is a program that serves its demo organization.
type demoServer struct {
	url, token string
	cmd        *exec.Cmd
	alive      io.Closer     // the server ends when it is closed
	said       *bytes.Buffer // on standard error
	stopped    bool
}

// The request to paste that serve --demo prints has both.
var (
	printedURL   = regexp.MustCompile(`http://[^/\s']+`)
	printedToken = regexp.MustCompile(`ApiKey ([^'\s]+)`)
)

// guarded runs a program until it ends, or until nobody holds the other end of standard
// input anymore: a specbump that is killed has no other way to stop its server.
const guarded = `exec 3<&0
"$@" 3<&- </dev/null & server=$!
{ cat <&3; kill $server; } >/dev/null 2>&1 &
exec 3<&- </dev/null
wait $server`

// startServer starts a program's server on a free port, with a new database, and returns
// once it has printed where it listens. The server is there to be stopped also where there is an error.
func startServer(ctx context.Context, program, place string) (*demoServer, error) {
	cmd := exec.CommandContext(ctx, "sh", "-c", guarded, "sh", program, "serve", "--demo",
		"--listen", "127.0.0.1:0", "--database", "sqlite:"+filepath.Join(place, "trial.db"))
	cmd.Dir, cmd.Env = place, clean(os.Environ())
	own(cmd)
	s := &demoServer{cmd: cmd, said: &bytes.Buffer{}}
	cmd.Stderr = s.said
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return s, err
	}
	if s.alive, err = cmd.StdinPipe(); err != nil {
		return s, err
	}
	cmd.Cancel = s.alive.Close // a shell's background process ignores SIGINT
	if err := cmd.Start(); err != nil {
		return s, err
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		url, token := printedURL.FindString(lines.Text()), printedToken.FindStringSubmatch(lines.Text())
		if url != "" && token != nil {
			s.url, s.token = url, token[1]
			return s, nil
		}
	}
	return s, errors.New("the server ended before it printed where it listens")
}

// stop ends the server, if it is there, and returns what it has said on standard error.
func (s *demoServer) stop() string {
	if s.cmd.Process != nil && !s.stopped {
		s.alive.Close()
		s.cmd.Wait() // its error is only how it ended, and that is by us
		syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		s.stopped = true
	}
	return strings.TrimSpace(s.said.String())
}
