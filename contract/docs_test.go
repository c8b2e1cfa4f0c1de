package contract_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "attributed/contract/contracttest"
)

// TestTheDocumentedGoTest is taken out of docs/contract-testing.md as it stands, into a
// module of its own, and run there: at our server, and at one that fails at everything.
func TestTheDocumentedGoTest(t *testing.T) {
	docs, err := os.ReadFile("../docs/contract-testing.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)## From a Go test\n.*?```go\n(.*?)```").FindSubmatch(docs)
	if block == nil {
		t.Fatal("docs/contract-testing.md has no Go test")
	}
	spec, err := json.Marshal(EffectiveSpec(t))
	if err != nil {
		t.Fatal(err)
	}
	outside := outsideModule(t)
	for name, content := range map[string][]byte{"contract_test.go": block[1], "openapi.json": spec} {
		if err := os.WriteFile(filepath.Join(outside, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ours, token := HealthyOnSQLite(t)
	for _, tt := range []struct {
		name, url string
		passes    bool
		told      string
	}{
		{"our server", Listen(t, ours), true, "ok  \t"},
		{"a server that fails", Listen(t, Answering(500, "")), false, "server-error: createUserAttribute"},
	} {
		cmd := exec.CommandContext(t.Context(), "go", "test", "-mod=mod", ".")
		cmd.Dir = outside
		cmd.Env = append(os.Environ(), "SERVER_URL="+tt.url, "TOKEN="+token, "GOFLAGS=", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if (err == nil) != tt.passes || !strings.Contains(string(out), tt.told) {
			t.Errorf("%s: %v\n%s", tt.name, err, out)
		}
	}
}

// outsideModule makes a module that uses this one by a replace. The versions are ours, so
// that nothing has to be fetched.
func outsideModule(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module attributed\n", "module example.com/outside\n", 1) +
		"\nrequire attributed v0.0.0\n\nreplace attributed => " + root + "\n"
	for name, content := range map[string]string{"go.mod": text, "go.sum": string(sum)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
