package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attributed/openapi/diff"
)

const (
	oldSpec = `{"openapi": "3.0.0", "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "string", "enum": ["x"]}}}}}}}, "/b": {"get": {"operationId": "b", "responses": {}}}}}`
	// The first one's answer loses what it said, or its value has another one beside it.
	compatible = `{"openapi": "3.0.0", "paths": {"/a": {"get": {"operationId": "a", "summary": "s", "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "string", "enum": ["x"]}}}}}}}, "/b": {"get": {"operationId": "b", "responses": {}}}}}`
	breaking   = `{"openapi": "3.0.0", "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "string", "enum": ["x", "y", null]}}}}}}}, "/b": {"get": {"operationId": "b", "responses": {}}}}}`
	without    = `{"openapi": "3.0.0", "paths": {"/b": {"get": {"operationId": "b", "responses": {}}}}}`
	foreign    = `{"openapi": "3.0.0", "paths": {"/pets": {"get": {"operationId": "pets", "responses": {}}}}}`
)

// result is what the program did.
type result struct {
	stdout, stderr string
	status         int
	said           string // on the line that main prints
}

func specbump(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	err := run(t.Context(), args, &stdout, &stderr)
	return result{stdout.String(), stderr.String(), exitStatus(err), line(err)}
}

// file writes a spec.
func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "spec.json")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestExitStatus(t *testing.T) {
	old := file(t, oldSpec)
	for _, tt := range []struct {
		name, new, served string
		status            int
		says              string
	}{
		{"unchanged", oldSpec, "a,b", 0, "wire: unchanged, Go: unchanged"},
		{"compatible", compatible, "a", 0, "wire: compatible, Go: unchanged"},
		{"breaking", breaking, "a", 3, "wire: breaking"},
		{"breaking elsewhere", breaking, "b", 0, "wire: unchanged"},
		{"an operation is gone", without, "a,b", 3, "(missing)"},
		{"the only operation is gone", without, "a", 3, "(missing)"},
		{"another API", foreign, "a", 1, "it has none of the served operations (a)"},
		{"old lacks an operation", oldSpec, "a,c", 1, `it has no operation "c"`},
		{"no spec", "", "a", 1, "it is empty"},
		{"HTML", "<html>", "a", 1, "HTML"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := specbump(t, "diff", old, file(t, tt.new), "--served", tt.served)
			if got.status != tt.status || !strings.Contains(got.stdout+got.said, tt.says) || got.status == 1 && got.stdout != "" || strings.Contains(got.said, "\n") {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestErrorsNameTheFile(t *testing.T) {
	old, new := file(t, oldSpec), file(t, `{"openapi"`)
	if got := specbump(t, "diff", old, new, "--served", "a"); !strings.HasPrefix(got.said, new+": it is not valid JSON") {
		t.Error(got.said)
	}
	if got := specbump(t, "diff", new, old, "--served", "a"); !strings.HasPrefix(got.said, new+": it is not valid JSON") {
		t.Error(got.said)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"diff"}, {"diff", "a", "b", "--format", "xml"}, {"apply"}, {"apply", "a", "--chekc"}, {"apply", ""}, {"diff", "a", ""}, {"undo"}} {
		if got := specbump(t, args...); got.status != 2 || got.said == "" {
			t.Errorf("%v: %+v", args, got)
		}
	}
	if got := specbump(t, "--help"); got.status != 0 || !strings.Contains(got.stdout, "Exit status: 0 unchanged or compatible, 3 breaking, 1 failed, 2 wrong usage,") {
		t.Errorf("%+v", got)
	}
	if got := specbump(t, "diff", "nowhere.json", "nowhere.json"); got.status != 1 || !strings.Contains(got.said, "nowhere.json") {
		t.Errorf("%+v", got)
	}
}

func TestJSON(t *testing.T) {
	got := specbump(t, "diff", file(t, oldSpec), file(t, breaking), "--served", "a,b", "--format", "json")
	decoder := json.NewDecoder(strings.NewReader(got.stdout))
	decoder.DisallowUnknownFields()
	var report struct {
		Wire, Go string
		Findings []struct{ Operation, Place, Kind, Wire, Go, Detail string }
		Mended   []struct{ Spec, Kind, Place string }
		Missing  []string
	}
	if err := decoder.Decode(&report); err != nil {
		t.Fatalf("%v: %s", err, got.stdout)
	}
	if report.Wire != "breaking" || report.Go != "unchanged" || report.Missing == nil || len(report.Findings) != 2 {
		t.Errorf("%+v", report)
	}
	if f := report.Findings[0]; f.Operation != "a" || f.Place != "response 200" || f.Kind != "null" || f.Wire != "breaking" {
		t.Errorf("%+v", f)
	}
	if m := report.Mended; len(m) != 1 || m[0].Spec != "new" || m[0].Kind != "null in enum" || !strings.HasSuffix(m[0].Place, "/schema/enum") {
		t.Errorf("%+v", m)
	}
	got = specbump(t, "diff", file(t, oldSpec), file(t, without), "--served", "a,b", "--format", "json")
	if !strings.Contains(got.stdout, "\"missing\": [\n    \"a\"\n  ]") {
		t.Error(got.stdout)
	}
	got = specbump(t, "diff", file(t, oldSpec), file(t, oldSpec), "--served", "a", "--format", "json")
	if want := "{\n  \"wire\": \"unchanged\",\n  \"go\": \"unchanged\",\n  \"findings\": [],\n  \"mended\": [],\n  \"missing\": []\n}\n"; got.stdout != want {
		t.Error(got.stdout)
	}
}

func TestMarkdown(t *testing.T) {
	got := specbump(t, "diff", file(t, oldSpec), file(t, without), "--served", "a,b", "--format", "markdown")
	if !strings.HasPrefix(got.stdout, "**wire: breaking, Go: changed**\n\n### Breaks clients\n\n- `a, operation` (missing): ") {
		t.Error(got.stdout)
	}
}

func TestServedYAMLIsTheDefault(t *testing.T) {
	got := specbump(t, "diff", "../../openapi/swagger.json", "../../openapi/swagger.json")
	if got.status != 0 || !strings.HasPrefix(got.stdout, "wire: unchanged") {
		t.Errorf("%+v", got)
	}
	got = specbump(t, "diff", "../../openapi/swagger.json", file(t, foreign))
	if got.status != 1 || !strings.Contains(got.said, "none of the served operations (createUserAttribute)") {
		t.Errorf("%+v", got)
	}
}

func TestTheVerdictIsTheSameEachTime(t *testing.T) {
	args := []string{"diff", file(t, oldSpec), file(t, breaking), "--served", "a,b", "--format", "json"}
	first := specbump(t, args...)
	for range 5 {
		if got := specbump(t, args...); got.stdout != first.stdout {
			t.Errorf("%s\n%s", first.stdout, got.stdout)
		}
	}
	var report diff.Report
	if err := json.Unmarshal([]byte(first.stdout), &report); err != nil {
		t.Error(err)
	}
}
