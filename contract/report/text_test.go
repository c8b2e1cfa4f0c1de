package report_test

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
	"attributed/contract/contracttest"
	"attributed/contract/report"
	"attributed/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// TestTextOfABadServerCanBeRead: however bad, the worst comes first, one cause is told
// once, and nobody has to scroll through bodies.
func TestTextOfABadServerCanBeRead(t *testing.T) {
	real, token := contracttest.HealthyOnSQLite(t)
	tests := []struct {
		name   string
		server http.Handler
		first  contract.Class // of the findings that are told
		told   int            // numbered, at most
	}{
		{"takes anything", contracttest.Answering(200, `{"status":"ok"}`), report.TokenUnchecked, 4},
		{"takes anything, at length", contracttest.Answering(200, `{"status":"ok","x":"`+strings.Repeat("☃ long ", 10_000)+`\u001b[2J"}`), report.TokenUnchecked, 4},
		{"fails at everything", contracttest.Answering(500, ""), report.ServerError, 1},
		{"refuses everything", contracttest.Answering(400, `{"status":"error","error":{"statusCode":400,"name":"No","data":{}}}`), report.ValidRefused, 2},
		{"takes any token", contracttest.Requests(contracttest.OnAll, func(r *http.Request, b []byte) []byte {
			r.Header.Set("Authorization", "ApiKey "+token)
			return b
		})(real), report.TokenUnchecked, 1},
		{"answers null", contracttest.Bodies(contracttest.OnAll, func(b contracttest.Object) { b["results"] = nil })(real), report.Schema, 1},
		{"errors of no shape", contracttest.ErrorsOf(contracttest.OnAll, contracttest.Body(`null`))(real), report.ErrorShape, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			result := contracttest.Check(t, contract.Config{URL: contracttest.Listen(t, tt.server), Spec: contracttest.EffectiveSpec(t), Token: token, Cases: 3})
			text := contracttest.TextOf(t, result)
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
			for _, f := range result.Findings {
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
	handler, token := contracttest.HealthyOnSQLite(t)
	taken := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !contracttest.OnCreate(r) {
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
		w.Write(contracttest.Marshal(contracttest.Object{"sent": len(sent), "text": strings.Repeat("long ", 1000)}))
	})
	result := contracttest.Check(t, contract.Config{URL: contracttest.Listen(t, taken), Spec: contracttest.EffectiveSpec(t), Token: token, Cases: 3})
	folder := t.TempDir()
	var text bytes.Buffer
	how := report.Text{Color: true, File: func(name string, content []byte) (string, error) {
		path := filepath.Join(folder, name)
		return path, os.WriteFile(path, content, 0o600)
	}}
	if err := how.Write(&text, result); err != nil {
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
	if !slices.ContainsFunc(result.Findings, whole) {
		t.Error("no answer is whole in the report")
	}
}
