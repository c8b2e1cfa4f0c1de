package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"

	"attributed/contract"
	"attributed/gen"
	"attributed/store"
	"attributed/store/storetest"
)

// TestMakeContract runs the target as it is typed: our server, checked from outside.
func TestMakeContract(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "make", "contract", "BIN="+t.TempDir())
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	spec, specErr := gen.GetSpec()
	if specErr != nil {
		t.Fatal(specErr)
	}
	operations := 0
	for _, item := range spec.Paths.Map() {
		operations += len(item.Operations())
	}
	if want := fmt.Sprintf(`: 0 findings in \d{3,} requests to %d operations`, operations); err != nil || !regexp.MustCompile(want).Match(out) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestContractCheck has the server on PostgreSQL; TestMakeContract has one on SQLite.
func TestContractCheck(t *testing.T) {
	s := serve(t, "--demo", "--database", storetest.PostgresURL(t))
	got := once(t, variablesOf{"TOKEN": tokenPattern.FindString(s.demo)}, "contract", "check", "http://"+s.address, "--seed=4")
	if exitStatus(got.err) != 0 || !strings.Contains(got.stdout, ": 0 findings in ") || !strings.Contains(got.stdout, ", seed 4 (") || got.stderr != "" {
		t.Errorf("%v\n%s%s", got.err, got.stdout, got.stderr)
	}
}

// TestContractCheckWithinLimits has a server with limits that a check exceeds: it is slowed, and
// finds nothing.
func TestContractCheckWithinLimits(t *testing.T) {
	s := serve(t, "--demo", "--database", storetest.SQLiteURL(t), "--reject-limit=600:2", "--rate-limit=100", "--max-connections=8", "--max-body-memory=16MiB")
	got := once(t, variablesOf{"TOKEN": tokenPattern.FindString(s.demo)}, "contract", "check", "http://"+s.address, "--strict", "--cases=-1",
		"--operations=createUserAttribute")
	if exitStatus(got.err) != 0 || !strings.Contains(got.stdout, ": 0 findings in ") {
		t.Errorf("%v\n%s%s", got.err, got.stdout, got.stderr)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(s.log.String(), `"status":429`) { // refusals are logged by samples
		t.Error("no limit was met")
	}
}

func TestContractCheckReportsFindings(t *testing.T) {
	s := serve(t, "--demo", "--database", storetest.SQLiteURL(t))
	url, token := creating201(t, s.address), tokenPattern.FindString(s.demo)
	junit, asJSON := filepath.Join(t.TempDir(), "junit.xml"), filepath.Join(t.TempDir(), "report.json")
	t.Setenv("TMPDIR", t.TempDir())
	got := once(t, nil, "contract", "check", url, "--token", token, "--operations", "createUserAttribute,removeUserAttribute",
		"--users", store.DemoUserUUID, "--cases=0", "--timeout=20s", "--junit", junit, "--json", asJSON)
	if exitStatus(got.err) != 1 || !strings.Contains(got.stdout, "\n\n1. undocumented-status: createUserAttribute answers 201, which the spec does not list") {
		t.Errorf("%v\n%s%s", got.err, got.stdout, got.stderr)
	}
	for _, name := range []string{junit, asJSON} {
		if text, err := os.ReadFile(name); err != nil || !strings.Contains(string(text), "undocumented-status") || strings.Contains(string(text), token) {
			t.Errorf("%v\n%s", err, text)
		}
	}
}

func lightdashVersion(t *testing.T) string {
	t.Helper()
	spec, err := contract.Lightdash()
	if err != nil {
		t.Fatal(err)
	}
	return spec.Info.Version
}

// TestContractCheckAcceptsWhatIsKnown: a list that was reviewed turns the exit status to
// 0, for what it has and nothing else.
func TestContractCheckAcceptsWhatIsKnown(t *testing.T) {
	s := serve(t, "--demo", "--database", storetest.SQLiteURL(t))
	url, token := creating201(t, s.address), tokenPattern.FindString(s.demo)
	list, builtIn := filepath.Join(t.TempDir(), "accepted.json"), filepath.Join(t.TempDir(), "builtin.json")
	for _, tt := range []struct {
		name, operations string
		flags            []string
		status           int
		told             string
	}{
		{"not accepted, written", "createUserAttribute", []string{"--write-accept", list}, 1, ": 1 finding in "},
		{"accepted", "createUserAttribute", []string{"--accept", list}, 0, "note: 1 known finding accepted"},
		{"not met any more", "getUserAttributes", []string{"--accept", list}, 0, "note: not found this time: undocumented-status: createUserAttribute answers 201"},
		{"built in, written", "createUserAttribute", []string{"--spec=lightdash", "--write-accept", builtIn}, 1, "takes a request with no users[].value"}, // as upstream's newer form has it
		{"built in", "createUserAttribute", []string{"--spec=lightdash", "--accept", builtIn}, 0, "against Lightdash API " + lightdashVersion(t)},
		{"no list", "createUserAttribute", []string{"--accept", os.DevNull}, 2, ""},
		{"a list that is not there", "createUserAttribute", []string{"--accept=nosuch.json"}, 2, ""},
	} {
		args := append([]string{"contract", "check", url, "--token", token, "--cases=0", "--operations", tt.operations}, tt.flags...)
		if got := once(t, nil, args...); exitStatus(got.err) != tt.status || !strings.Contains(got.stdout, tt.told) {
			t.Errorf("%s: %v\n%s", tt.name, got.err, got.stdout)
		}
	}
}

func TestContractExitStatus(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<html>")
	}))
	defer page.Close()
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "spec")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	tests := []struct {
		name   string
		args   []string
		status int
		told   string
	}{
		{"nobody listens", []string{"check", "http://127.0.0.1:1"}, 3, "does not answer"},
		{"web pages", []string{"check", page.URL}, 3, "web pages"},
		{"no URL", []string{"check", "127.0.0.1"}, 2, "is no URL"},
		{"an unknown operation", []string{"check", page.URL, "--operations=none"}, 2, `no operation "none"`},
		{"a spec that is not there", []string{"check", page.URL, "--spec=nosuch.json"}, 2, "nosuch.json"},
		{"a spec that is none", []string{"check", page.URL, "--spec", file("<html>")}, 2, "is no OpenAPI 3.0 spec"},
		{"a spec of another version", []string{"check", page.URL, "--spec", file(`{"openapi":"3.2.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{}}}}}`)}, 2, "is not supported yet"},
		{"a spec that 3.0 cannot say", []string{"check", page.URL, "--spec", file(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{}}}},"webhooks":{"w":{}}}`)}, 2, "/webhooks: OpenAPI 3.1 says this"},
		{"a spec that refers to another host", []string{"check", page.URL, "--spec", file(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/a":{"$ref":"` + page.URL + `"}}}`)}, 2, "is no OpenAPI 3.0 spec"},
		{"a report that has no place", []string{"check", page.URL, "--json=nosuch/report.json"}, 2, "nosuch/report.json cannot be written"},
		{"a query in the URL", []string{"check", page.URL + "/?a=b"}, 2, "has a query"},
		{"no upstream", []string{"proxy"}, 2, "--upstream"},
		{"a base path that is none", []string{"check", page.URL, "--base-path=http://localhost/v2"}, 2, "is no base path"},
		{"an empty base path", []string{"check", page.URL, "--base-path", ""}, 3, "web pages"},
		{"an upstream that is none", []string{"proxy", "--upstream=x"}, 2, "write http://HOST:PORT"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := once(t, nil, append([]string{"contract"}, tt.args...)...)
			if exitStatus(got.err) != tt.status || !strings.Contains(line(got.err), tt.told) {
				t.Errorf("%v, exit %d", got.err, exitStatus(got.err))
			}
		})
	}
}

func TestContractProxy(t *testing.T) {
	s := serve(t, "--demo", "--database", storetest.SQLiteURL(t))
	upstream, token := creating201(t, s.address), tokenPattern.FindString(s.demo)
	ctx, interrupt := context.WithCancel(t.Context())
	stdout, told := io.Pipe()
	var stderr bytes.Buffer
	junit := filepath.Join(t.TempDir(), "junit.xml")
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"contract", "proxy", "--upstream", upstream, "--listen=127.0.0.1:0", "--fail", "--junit", junit}, variablesOf{}.get, told, &stderr)
		told.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(stdout)
	lines.Scan() // the first line: with port 0 there is no other way to learn the port
	address := regexp.MustCompile(`^Send requests to http://(127\.0\.0\.1:\d+);`).FindStringSubmatch(lines.Text())
	if address == nil {
		t.Fatalf("it began with %q", lines.Text())
	}
	result := make(chan string, 1)
	go func() {
		var all strings.Builder
		for lines.Scan() {
			all.WriteString(lines.Text() + "\n")
		}
		result <- all.String()
	}()
	if status, body := create(t, address[1], token, "through_a_proxy"); status != 201 {
		t.Errorf("%d %s", status, body)
	}
	interrupt()
	if err := <-ended; exitStatus(err) != 1 {
		t.Errorf("ended with %v", err)
	}
	reported := <-result
	if text := stderr.String(); !strings.Contains(text, "undocumented-status: createUserAttribute answers 201") {
		t.Errorf("told meanwhile:\n%s", text)
	}
	if text, err := os.ReadFile(junit); err != nil || !strings.Contains(string(text), "undocumented-status") {
		t.Errorf("%v\n%s", err, text)
	}
	if text := reported; !strings.Contains(text, "createUserAttribute  1        undocumented-status 1") || strings.Contains(text, token) {
		t.Errorf("told in the end:\n%s", text)
	}
}

// TestContractProxyOnATerminal keeps the line that says where to send requests, however
// often the screen is drawn anew.
func TestContractProxyOnATerminal(t *testing.T) {
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"contract", "proxy", "--upstream=http://127.0.0.1:1", "--listen=127.0.0.1:0"}, variablesOf{}.get, terminal, terminal)
		terminal.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(screen)
	first := lineWith(t, lines, "Send requests to http://127.0.0.1:")
	for range 2 {
		if drawn := lineWith(t, lines, "\033[2J"); !strings.HasSuffix(drawn, "\033[2J"+first) {
			t.Errorf("the screen begins with %q", drawn)
		}
	}
	interrupt()
	for lines.Scan() {
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestContractStrict: what is not judged is named, and with --strict no success.
func TestContractStrict(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		if r.Method != "GET" {
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
		io.WriteString(w, "id,name\n")
	}))
	defer web.Close()
	spec := filepath.Join(t.TempDir(), "spec.json")
	if err := os.WriteFile(spec, []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/things":{"get":{"operationId":"list",
		"responses":{"200":{"description":"","content":{"text/csv":{"schema":{"type":"string"}}}}}}}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for flag, status := range map[string]int{"": 0, "--strict": 3} {
		args := []string{"contract", "check", web.URL, "--spec", spec}
		if flag == "--strict" {
			args = append(args, flag)
		}
		got := once(t, nil, args...)
		if exitStatus(got.err) != status || !strings.Contains(got.stdout, "list: bodies in text/csv were not judged") {
			t.Errorf("%s: %v\n%s", flag, got.err, got.stdout)
		}
	}
}
