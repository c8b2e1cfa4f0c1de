//go:build system

package system

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attributed/store/storetest"
)

// addsOnly is the commit that brought the rule that migrations only add, at migration 00004.
const addsOnly = "a4f09a9a3ef65e56d6cae5625ff8982588f8d422"

// buildOld returns the program of that commit, and "" where the clone is too shallow to have it: what
// holds there is only that today's program works on a schema which TestServeOnANewerSchema makes.
func buildOld(t *testing.T) string {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "git", "cat-file", "-e", addsOnly+"^{commit}").CombinedOutput(); err != nil {
		t.Logf("THIS CLONE HAS NO COMMIT %s, so its program was not tried: %s", addsOnly, out)
		return ""
	}
	folder := t.TempDir()
	tell(t, "sh", "-ec", `git -C .. archive "$0" | tar xf - -C "$1"; cd "$1"; CGO_ENABLED=0 go build -o old ./cmd/attributed`, addsOnly, folder)
	return filepath.Join(folder, "old")
}

// TestAnOldProgramBesideTheNewOne: in a deploy the new program migrates, and the old one goes on
// until it is replaced, or comes back.
func TestAnOldProgramBesideTheNewOne(t *testing.T) {
	old := buildOld(t)
	if old == "" {
		return
	}
	program := filepath.Join(build(t), "attributed")
	storetest.EachURL(t, func(t *testing.T, database string) {
		tell(t, program, "migrate", "up", "--database", database)
		serve := func(path string) (c client, log string) {
			cmd := exec.CommandContext(t.Context(), path, "serve", "--demo", "--listen=127.0.0.1:0", "--check-responses=enforce", "--database", database)
			start(t, cmd, func(line string) bool {
				log += line + "\n"
				if found := printed.FindStringSubmatch(line); found != nil {
					c = client{found[1], found[2]}
				}
				return strings.Contains(line, "msg=listening")
			})
			return c, log
		}
		older, log := serve(old)
		if strings.Count(log, "the database is newer than this program") != 1 {
			t.Errorf("the old program's log:\n%s", log)
		}
		newer, _ := serve(program)
		for writer, reader := range map[client]client{older: newer, newer: older} {
			name := "written by " + writer.address
			path := "attributes/" + writer.create(t, name)
			var one struct{ Name, Description string }
			if reader.results(t, http.MethodGet, path, nil, &one); one.Name != name {
				t.Errorf("the other reads %q, not %q", one.Name, name)
			}
			reader.call(t, http.MethodPut, path, map[string]any{"name": name, "description": "changed", "attributeDefault": "x", "users": []any{}, "groups": []any{}})
			if writer.results(t, http.MethodGet, path, nil, &one); one.Description != "changed" {
				t.Errorf("%q is described as %q after the other's change", name, one.Description)
			}
			if names := reader.names(t); !slices.Contains(names, name) {
				t.Errorf("the list lacks %q: %q", name, names)
			}
			writer.call(t, http.MethodDelete, path, nil)
		}
		refused := exec.CommandContext(t.Context(), old, "migrate", "up", "--database", database)
		if out, err := refused.CombinedOutput(); err == nil || !strings.Contains(string(out), "use the newer program") {
			t.Errorf("the old program's migrate: %v\n%s", err, out)
		}
	})
}
