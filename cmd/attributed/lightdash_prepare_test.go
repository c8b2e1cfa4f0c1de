package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"attributed/store/storetest"
)

// TestLightdashPrepare: with its tables a server keeps the audit and answers, and else it does without.
func TestLightdashPrepare(t *testing.T) {
	storetest.EachLightdash(t, func(t *testing.T, _ storetest.Form, url string) {
		database := variablesOf{"DATABASE_URL": url}
		s := storetest.Open(t, url)
		storetest.Exec(t, s, `INSERT INTO organizations (organization_name) VALUES ('Ours')`)
		storetest.Exec(t, s, `INSERT INTO users (first_name, last_name) VALUES ('Ada', 'Lovelace')`)
		storetest.Exec(t, s, `INSERT INTO organization_memberships (organization_id, user_id) SELECT organization_id, user_id FROM organizations, users`)
		withKey := func(r *http.Request) { r.Header.Set("Idempotency-Key", "k") }
		const token = "00112233445566778899aabbccddeeff"
		storetest.Exec(t, s, `INSERT INTO personal_access_tokens (created_by_user_id, description, token_hash)
			SELECT user_id, '', '5947d7c33d783f94b3b4c1a96ebc8991ed28f1b069b71e03376cba8caa98a720' FROM users`)
		role := storetest.LeastRights(t, url)
		served := func(audit, warning string, calls func(address string)) {
			one := serve(t, "--lightdash", "--check-responses=enforce", "--database", role, "--lightdash-secret-file", secretFile(t, exampleSecret))
			calls(one.address)
			if err := one.stop(); err != nil {
				t.Errorf("stop: %v", err)
			}
			log := one.log.String()
			if !strings.Contains(log, audit) || !strings.Contains(log, warning) || strings.Contains(log, `"level":"WARN"`) != (warning != "") {
				t.Errorf("the log does not say %q, or does not warn of %q:\n%s", audit, warning, log)
			}
		}
		served(`"audit":"in this log only"`, "", func(address string) {
			if status, body := create(t, address, token, "country", withKey); status != http.StatusNotImplemented {
				t.Errorf("with a key, before: %d %s", status, body)
			}
		})
		for range 2 { // the second has nothing to do
			if got := once(t, database, "lightdash", "prepare"); got.err != nil || !strings.Contains(got.stderr, "grant the role") {
				t.Fatalf("prepare: %v %s", got.err, got.stderr)
			}
		}
		lacking := once(t, variablesOf{"DATABASE_URL": role}, "lightdash", "check")
		for _, right := range []string{"USAGE ON SCHEMA attributed", "INSERT ON attributed.audit_events", "DELETE ON attributed.idempotency_records"} {
			if lacking.err != nil || !strings.Contains(lacking.stdout, right) {
				t.Errorf("check, before the rights: exit %d, want %s:\n%s", exitStatus(lacking.err), right, lacking.stdout)
			}
		}
		served(`"audit":"in this log only"`, "GRANT USAGE ON SCHEMA attributed; GRANT INSERT ON attributed.audit_events", func(address string) {
			if status, body := create(t, address, token, "before_the_rights"); status != http.StatusOK {
				t.Errorf("before the rights: %d %s", status, body)
			}
			if status, body := create(t, address, token, "country", withKey); status != http.StatusNotImplemented {
				t.Errorf("with a key, before the rights: %d %s", status, body)
			}
		})
		storetest.GrantPrepared(t, url, role)
		checked := once(t, variablesOf{"DATABASE_URL": role}, "lightdash", "check")
		if checked.err != nil || strings.Count(checked.stdout, " yes ") < 5 {
			t.Errorf("check: %v\n%s", checked.err, checked.stdout)
		}
		served(`"audit":"in attributed.audit_events"`, "", func(address string) {
			status, first := create(t, address, token, "country", withKey)
			again, second := create(t, address, token, "country", withKey)
			if status != http.StatusOK || again != http.StatusOK || first != second {
				t.Errorf("with a key: %d %s, and again %d %s", status, first, again, second)
			}
			var created struct{ Results struct{ UUID string } }
			if err := json.Unmarshal([]byte(first), &created); err != nil {
				t.Error(err)
			}
			at := "http://" + address + "/api/v1/org/attributes/" + created.Results.UUID
			if status, _, body := send(t, http.MethodDelete, at, token, ""); status != http.StatusOK {
				t.Errorf("remove: %d %s", status, body)
			}
		})
		exported := once(t, database, "audit", "export")
		if exported.err != nil || strings.Count(exported.stdout, "\n") != 2 || !strings.Contains(exported.stdout, `"createUserAttribute"`) || !strings.Contains(exported.stdout, `"before":{"name":"country"}`) {
			t.Errorf("exported: %v\n%s", exported.err, exported.stdout)
		}
		if pruned := once(t, database, "audit", "prune", "--before=0h"); pruned.err != nil || !strings.Contains(pruned.stderr, "Removed 2 changes") {
			t.Errorf("pruned: %v %s", pruned.err, pruned.stderr)
		}
		if refused := once(t, variablesOf{"DATABASE_URL": storetest.PostgresURL(t)}, "lightdash", "prepare"); exitStatus(refused.err) != 1 || !strings.Contains(line(refused.err), "there is no table") {
			t.Errorf("on another database: exit %d, %v", exitStatus(refused.err), refused.err)
		}
	})
}
