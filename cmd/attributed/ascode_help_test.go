package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHelpOfAttributesAsCodeHasAnExample(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/as-code.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"export", "plan", "apply", "values export", "values import"} {
		got := once(t, nil, append(strings.Fields(command), "--help")...)
		if got.err != nil || !strings.Contains(got.stdout, "attributed "+command+" --url ") || !strings.Contains(got.stdout, "$ATTRIBUTED_URL") {
			t.Errorf("%s: %v\n%s", command, got.err, got.stdout)
		}
		if !strings.Contains(string(page), "attributed "+command) {
			t.Errorf("docs/as-code.md lacks %s", command)
		}
	}
}

func TestRefusalsOfAttributesAsCode(t *testing.T) {
	path := file(t, "a.yaml", "attributes: []")
	for _, tt := range []struct {
		args   string
		status int
		want   string
	}{
		{"export", 2, "missing flags: --url=URL"},
		{"export --url=lightdash.example.com", 2, "write http://HOST:PORT or https://HOST"},
		{"plan --url=http://127.0.0.1:1", 2, "--file"},
		{"apply --url=http://127.0.0.1:1", 2, "name either files with --file, or a plan with --plan"},
		{"apply --url=http://127.0.0.1:1 --plan=p.json --file=" + path, 2, "name either files with --file, or a plan with --plan"},
		{"apply --url=http://127.0.0.1:1 --prune=all --file=" + path, 2, "--prune"},
		{"plan --url=http://127.0.0.1:1 --file=nosuch.yaml", 1, "nosuch.yaml"},
		{"apply --url=http://127.0.0.1:1 --plan=" + path, 1, "this is no plan"},
	} {
		refused(t, nil, tt.args, tt.status, tt.want)
	}
	s := newSite(t, "sqlite:"+t.TempDir()+"/test.db")
	some := file(t, "a.yaml", "attributes: [{name: a}]")
	refused(t, variablesOf{"ATTRIBUTED_URL": s.url, "TOKEN": "ldpat_wrong"}, "plan --file="+some, 1, "the server answers 401: Failed to authorize user")
	if got := s.run(t, "apply", "-f", some); exitStatus(got.err) != 2 || s.exported(t) != "attributes: []\n" {
		t.Errorf("nobody to ask: %v", got.err)
	}
}
