package contract_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"attributed/contract"
)

// answering is a server that answers all alike.
func answering(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
}

// TestTextOfABadServerCanBeRead: however bad, the worst comes first, one cause is told
// once, and nobody has to scroll through bodies.
func TestTextOfABadServerCanBeRead(t *testing.T) {
	real, token := healthyOnSQLite(t)
	tests := []struct {
		name   string
		server http.Handler
		first  contract.Class // of the findings that are told
		told   int            // numbered, at most
	}{
		{"takes anything", answering(200, `{"status":"ok"}`), contract.TokenUnchecked, 4},
		{"takes anything, at length", answering(200, `{"status":"ok","x":"`+strings.Repeat("☃ long ", 10_000)+`\u001b[2J"}`), contract.TokenUnchecked, 4},
		{"fails at everything", answering(500, ""), contract.ServerError, 1},
		{"refuses everything", answering(400, `{"status":"error","error":{"statusCode":400,"name":"No","data":{}}}`), contract.ValidRefused, 2},
		{"takes any token", requests(onAll, func(r *http.Request, b []byte) []byte {
			r.Header.Set("Authorization", "ApiKey "+token)
			return b
		})(real), contract.TokenUnchecked, 1},
		{"answers null", bodies(onAll, func(b object) { b["results"] = nil })(real), contract.Schema, 1},
		{"errors of no shape", errorsOf(onAll, body(`null`))(real), contract.ErrorShape, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			report := check(t, contract.Config{URL: listen(t, tt.server), Spec: effectiveSpec(t), Token: token, Cases: 3})
			text := textOf(t, report)
			numbered := regexp.MustCompile(`(?m)^\d+\. ([a-z-]+): `).FindAllStringSubmatch(text, -1)
			if len(numbered) == 0 || len(numbered) > tt.told || numbered[0][1] != string(tt.first) {
				t.Errorf("tells %d, the first %v", len(numbered), numbered)
			}
			if !strings.HasPrefix(text, "CLASS ") || !strings.HasPrefix(strings.Split(text, "\n")[1], string(tt.first)) {
				t.Error("does not begin with a table of the classes, the worst first")
			}
			for line := range strings.SplitSeq(text, "\n") {
				if len(line) > 300 || strings.ContainsRune(line, '\x1b') {
					t.Errorf("a line of %d bytes: %.400q", len(line), line)
				}
			}
			if len(text) > 10_000 {
				t.Errorf("%d bytes", len(text))
			}
			for _, f := range report.Findings {
				if !strings.Contains(text, f.Operation) {
					t.Errorf("does not name %s", f.Operation)
				}
			}
			if regexp.MustCompile(`(?i)not nullable|doesn't match|value (is not|must)|string length`).MatchString(text) {
				t.Error("speaks in a library's words")
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}

// TestWhatIsTooLongForALine is whole in JSON, and in a file that shows the finding again.
func TestWhatIsTooLongForALine(t *testing.T) {
	handler, token := healthyOnSQLite(t)
	taken := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !onCreate(r) {
			handler.ServeHTTP(w, r)
			return
		}
		sent, _ := io.ReadAll(r.Body)
		if len(sent) < 1000 {
			r.Body = io.NopCloser(bytes.NewReader(sent))
			handler.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTeapot)
		w.Write(write(object{"sent": len(sent), "text": strings.Repeat("long ", 1000)}))
	})
	report := check(t, contract.Config{URL: listen(t, taken), Spec: effectiveSpec(t), Token: token, Cases: 3})
	folder := t.TempDir()
	var text bytes.Buffer
	how := contract.Text{Color: true, File: func(name string, content []byte) (string, error) {
		path := filepath.Join(folder, name)
		return path, os.WriteFile(path, content, 0o600)
	}}
	if err := how.Write(&text, report); err != nil {
		t.Fatal(err)
	}
	scripts := regexp.MustCompile(`bash '([^']+\.sh)'`).FindAllStringSubmatch(text.String(), -1)
	if len(scripts) == 0 || !strings.Contains(text.String(), "\x1b[") {
		t.Fatalf("no file is named, or no color is used:\n%s", text.String())
	}
	for _, script := range scripts {
		cmd := exec.CommandContext(t.Context(), "bash", script[1])
		cmd.Env = append(os.Environ(), "TOKEN="+token)
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "HTTP/1.1 ") {
			t.Errorf("%s: %v %s", script[1], err, out)
		}
	}
	whole := func(f contract.Finding) bool { return strings.HasSuffix(strings.TrimSpace(f.Answer), `long "}`) }
	if !slices.ContainsFunc(report.Findings, whole) {
		t.Error("no answer is whole in the report")
	}
}
