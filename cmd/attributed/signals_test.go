package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"syscall"
	"testing"
)

func TestSignalLetsRunningRequestsFinish(t *testing.T) {
	program := launch(t, t.TempDir(), nil, build(t), "serve", "--demo", "--listen=127.0.0.1:0", "--check-responses=enforce")
	curl := lineWith(t, program.output, "curl")
	address := listenAddress.FindString(curl)

	body, rest := io.Pipe()
	running := make(chan struct{}) // closed when the server asks for the body
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(running) }})
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/api/v1/org/attributes", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "ApiKey "+tokenPattern.FindString(curl))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Expect", "100-continue")
	answered := make(chan string, 1)
	go func() {
		response, err := (&http.Transport{ExpectContinueTimeout: 1 << 40}).RoundTrip(request)
		if err != nil {
			answered <- err.Error()
			return
		}
		response.Body.Close()
		answered <- response.Status
	}()
	<-running

	if err := program.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	lineWith(t, program.output, "stopping")
	for { // the listener closes right after the line
		connection, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		connection.Close()
	}
	if _, err := io.WriteString(rest, `{"name":"late","attributeDefault":null,"users":[],"groups":[]}`); err != nil {
		t.Fatal(err)
	}
	rest.Close()
	if got := <-answered; got != "200 OK" {
		t.Errorf("the running request got %s", got)
	}
	for program.output.Scan() {
	}
	if err := program.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
}

// TestSignalsExitStatus: a command that a signal cut short says so as a shell does, but
// for those that go on until then.
func TestSignalsExitStatus(t *testing.T) {
	program := build(t)
	asked := make(chan struct{}, 100)
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer hanging.Close()
	for _, tt := range []struct {
		name     string
		args     []string
		begun    string // what it prints once it has begun; "": it asks the server
		signal   syscall.Signal
		status   int
		lastLine string
	}{
		{"check, interrupted", []string{"contract", "check", hanging.URL, "--timeout=1m"}, "", syscall.SIGINT, 130, "attributed: interrupted"},
		{"check, terminated", []string{"contract", "check", hanging.URL, "--timeout=1m"}, "", syscall.SIGTERM, 143, "attributed: interrupted"},
		{"check, hung up", []string{"contract", "check", hanging.URL, "--timeout=1m"}, "", syscall.SIGHUP, 129, "attributed: interrupted"},
		{"proxy, interrupted", []string{"contract", "proxy", "--upstream", hanging.URL, "--listen=127.0.0.1:0", "--fail"}, "Send requests to", syscall.SIGINT, 0, ""},
		{"proxy, terminated", []string{"contract", "proxy", "--upstream", hanging.URL, "--listen=127.0.0.1:0"}, "Send requests to", syscall.SIGTERM, 0, ""},
		{"serve, interrupted", []string{"serve", "--listen=127.0.0.1:0"}, "listening", syscall.SIGINT, 0, ""},
		{"serve, terminated", []string{"serve", "--listen=127.0.0.1:0"}, "listening", syscall.SIGTERM, 0, ""},
		{"serve, hung up", []string{"serve", "--listen=127.0.0.1:0"}, "listening", syscall.SIGHUP, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			running := launch(t, t.TempDir(), nil, program, tt.args...)
			if tt.begun == "" {
				<-asked
			} else {
				lineWith(t, running.output, tt.begun)
			}
			if err := running.Process.Signal(tt.signal); err != nil {
				t.Fatal(err)
			}
			last := ""
			for running.output.Scan() {
				last = running.output.Text()
			}
			running.Wait()
			if got := running.ProcessState.ExitCode(); got != tt.status || tt.lastLine != "" && last != tt.lastLine {
				t.Errorf("exit %d, want %d; it said %q", got, tt.status, last)
			}
		})
	}
}

func TestNohupIsRespected(t *testing.T) {
	running := launch(t, t.TempDir(), nil, "sh", "-c", `trap "" HUP; exec "$0" serve --listen=127.0.0.1:0`, build(t))
	address := listenAddress.FindString(lineWith(t, running.output, "listening"))
	for range 2 { // a second one would end it at once
		if err := running.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		if status, body := create(t, address, "", "a"); status != http.StatusUnauthorized {
			t.Errorf("%d %s", status, body)
		}
	}
	if err := running.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	lineWith(t, running.output, "stopping")
	for running.output.Scan() {
	}
	if err := running.Wait(); err != nil {
		t.Error(err)
	}
}

func TestDrain(t *testing.T) {
	program := build(t)
	draining := launch(t, t.TempDir(), nil, program, "serve", "--demo", "--listen=127.0.0.1:0", "--drain=1h")
	curl := lineWith(t, draining.output, "curl")
	address, token := listenAddress.FindString(curl), tokenPattern.FindString(curl)
	ready := func() string {
		t.Helper()
		response, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.Status
	}
	if got := ready(); got != "200 OK" {
		t.Errorf("before the signal it is %s", got)
	}
	if err := draining.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	lineWith(t, draining.output, "draining")
	if got := ready(); got != "503 Service Unavailable" {
		t.Errorf("while it drains it is %s", got)
	}
	if status, body := create(t, address, token, "late"); status != http.StatusOK {
		t.Errorf("while it drains a create is answered %d %s", status, body)
	}
	if err := draining.Process.Signal(syscall.SIGTERM); err != nil { // a second one ends it at once
		t.Fatal(err)
	}
	for draining.output.Scan() {
	}

	short := launch(t, t.TempDir(), nil, program, "serve", "--listen=127.0.0.1:0", "--drain=1ms")
	lineWith(t, short.output, "listening")
	if err := short.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	lineWith(t, short.output, "draining")
	lineWith(t, short.output, "stopping")
	for short.output.Scan() {
	}
	if err := short.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
}
