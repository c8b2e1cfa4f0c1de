package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"attributed/store/storetest"
)

func TestMain(m *testing.M) {
	storetest.Main(m)
	if programFolder != "" {
		os.RemoveAll(programFolder)
	}
}

// variablesOf is an environment of its own: that of the tests must not matter.
type variablesOf map[string]string

func (v variablesOf) get(name string) string { return v[name] }

// result is what the program did until it ended.
type result struct {
	stdout, stderr string
	err            error
}

// once runs a command that ends by itself.
func once(t *testing.T, variables variablesOf, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	err := run(t.Context(), args, variables.get, &stdout, &stderr)
	return result{stdout.String(), stderr.String(), err}
}

// serving is the program in this process, while it serves.
type serving struct {
	address string        // host:port
	demo    string        // what --demo printed
	log     *bytes.Buffer // to be read after stop
	cancel  context.CancelFunc
	ended   chan error
	drained chan struct{} // closed when the log is whole
}

// serve starts the program on a free port and returns when it says that it listens.
func serve(t *testing.T, args ...string) *serving {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stderr, log := io.Pipe()
	var stdout bytes.Buffer
	s := &serving{log: &bytes.Buffer{}, cancel: cancel, ended: make(chan error, 1), drained: make(chan struct{})}
	go func() {
		args := append([]string{"serve", "--listen=127.0.0.1:0", "--log-format=json", "--check-responses=enforce"}, args...)
		err := run(ctx, args, variablesOf{}.get, &stdout, log)
		log.Close()
		s.ended <- err
	}()
	lines := bufio.NewScanner(io.TeeReader(stderr, s.log))
	for s.address == "" && lines.Scan() {
		var entry struct{ Msg, Address string }
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			t.Fatalf("log line %q: %v", lines.Text(), err)
		}
		s.address = entry.Address
	}
	if s.address == "" {
		t.Fatalf("not serving: %v", <-s.ended)
	}
	s.demo = stdout.String()
	go func() {
		defer close(s.drained)
		for lines.Scan() {
		}
	}()
	t.Cleanup(func() { cancel(); <-s.drained })
	return s
}

// stop ends the program as a signal does, and returns what run returned.
func (s *serving) stop() error {
	s.cancel()
	<-s.drained
	return <-s.ended
}

var tokenPattern = regexp.MustCompile(`ldpat_[0-9a-f]{32}`)

// create creates a user attribute and returns the status and the body of the answer.
func create(t *testing.T, address, token, name string, edits ...func(*http.Request)) (int, string) {
	t.Helper()
	body := strings.NewReader(`{"name":"` + name + `","attributeDefault":null,"users":[],"groups":[]}`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/api/v1/org/attributes", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "ApiKey "+token)
	request.Header.Set("Content-Type", "application/json")
	for _, edit := range edits {
		edit(request)
	}
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// send sends a request with a token, a body in JSON where there is one, and headers by name and value. It returns the
// status, the headers and the body of the answer.
func send(t *testing.T, method, target, token, body string, headers ...string) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "ApiKey "+token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(answer)
}
