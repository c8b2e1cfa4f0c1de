package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// printedBy is what the built program prints on standard output, and that on standard error.
func printedBy(t *testing.T, program, database string, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = []string{"ATTRIBUTED_DATABASE=" + database}
	var out, log strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, log.String())
	}
	return out.String(), log.String()
}

func TestAuditIsExportedAndPruned(t *testing.T) {
	program := build(t)
	storetest.EachURL(t, func(t *testing.T, database string) {
		began := time.Now().Add(-time.Second).UTC()
		s := newSite(t, database)
		s.apply(t, "attributes: [{name: team, description: '<b>', users: {bob@example.com: US}}]")
		s.must(t, "values", "import", "--yes", file(t, "v.csv", "email,attribute,value\nbob@example.com,team,EMEA\n"))
		s.must(t, "apply", "--yes", "--prune=attributes", "-f", file(t, "none.yaml", "attributes: []"))

		exported, log := printedBy(t, program, database, "audit", "export")
		var operations, states []string
		for line := range strings.Lines(exported) {
			var event struct {
				ID                                                                       int64
				CreatedAt                                                                time.Time
				OrganizationUuid, ActorUserUuid, Operation, UserAttributeUuid, RequestId string
				Before, After                                                            map[string]any
			}
			if err := json.Unmarshal([]byte(line), &event); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			if event.ID == 0 || event.CreatedAt.Before(began) || event.OrganizationUuid == "" || event.ActorUserUuid == "" || event.UserAttributeUuid == "" || event.RequestId == "" {
				t.Errorf("incomplete: %s", line)
			}
			operations = append(operations, event.Operation)
			states = append(states, line[strings.Index(line, `"before"`):strings.Index(line, `,"requestId"`)])
		}
		if want := []string{"createUserAttribute", "setUserAttributeValues", "removeUserAttribute"}; !slices.Equal(operations, want) || log != "" {
			t.Fatalf("exported %q and said %q, want %q", operations, log, want)
		}
		bob := storetest.Query[string](t, storetest.Open(t, database), `SELECT user_uuid FROM users WHERE first_name = 'Bob'`)[0]
		want := []string{
			`"before":null,"after":{"name":"team","description":"<b>","users":{"` + bob + `":["US"]}}`,
			`"before":{"users":{"` + bob + `":["US"]}},"after":{"users":{"` + bob + `":["EMEA"]}}`,
			`"before":{"name":"team","description":"<b>","users":{"` + bob + `":["EMEA"]}},"after":null`,
		}
		if diff := cmp.Diff(want, states); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}

		for _, tt := range []struct {
			args string
			want string
		}{
			{"--since=1h", exported},
			{"--since=" + began.Format(time.RFC3339), exported},
			{"--since=" + time.Now().Add(time.Hour).Format(time.RFC3339), ""},
			{"--until=1h", ""},
			{"--until=0s --organization=Ours", exported},
			{"--organization=5a1c0000-0000-4000-8000-000000000001", ""}, // which may have been
		} {
			if got, _ := printedBy(t, program, database, append([]string{"audit", "export"}, strings.Fields(tt.args)...)...); got != tt.want {
				t.Errorf("%s: %s", tt.args, got)
			}
		}
		for _, step := range []struct{ before, want, left string }{{"1h", "Removed 0 changes", exported}, {"0s", "Removed 3 changes", ""}, {"0s", "Removed 0 changes", ""}} {
			out, log := printedBy(t, program, database, "audit", "prune", "--before", step.before)
			left, _ := printedBy(t, program, database, "audit", "export")
			if out != "" || !strings.HasPrefix(log, step.want+" from before ") || left != step.left {
				t.Errorf("%s: printed %q, said %q, left %s", step.before, out, log, left)
			}
		}
	})
}

func TestRefusalsOfTheAudit(t *testing.T) {
	url := "sqlite:" + t.TempDir() + "/test.db"
	organizations(t, url, "Ours", "Theirs")
	database := variablesOf{"DATABASE_URL": url}
	refused(t, database, "audit export", 2, "the database has 2 organizations")
	refused(t, database, "audit export --organization=Nobody", 1, `there is no organization named "Nobody"`)
	refused(t, database, "audit export --since=yesterday", 2, "write a time as 2026-11-29T05:30:00Z, or an age as 30d or 12h")
	refused(t, database, "audit export --since=-1h", 2, "write a time")
	refused(t, database, "audit prune", 2, "--before")
	refused(t, variablesOf{"DATABASE_URL": "sqlite:nosuch.db"}, "audit prune --before=1d", 1, "nosuch.db")
	for _, command := range []string{"export", "prune"} {
		if got := once(t, nil, "audit", command, "--help"); got.err != nil || !strings.Contains(got.stdout, "attributed audit "+command+" --") {
			t.Errorf("%s --help has no example: %s", command, got.stdout)
		}
	}
}
