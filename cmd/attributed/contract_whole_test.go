package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attributed/contract"
	"attributed/store/storetest"
)

// newest is the newest whole spec of upstream's that is here.
const newest = upstream + "0.2512.0-668fd035.json.gz"

// TestContractCheckOfAWholeSpec holds the whole program to the whole of upstream's spec. What is mocked is as
// its schemas say, and of ours nothing differs but what is known, with its reason.
func TestContractCheckOfAWholeSpec(t *testing.T) {
	s := serve(t, "--demo", "--database", storetest.SQLiteURL(t), "--rest=mock", "--spec", newest)
	token := variablesOf{"TOKEN": tokenPattern.FindString(s.demo)}
	asJSON := filepath.Join(t.TempDir(), "report.json")
	got := once(t, token, "contract", "check", "http://"+s.address, "--spec", newest, "--cases=5", "--seed=1", "--accept=testdata/whole-spec.accepted.json", "--json", asJSON)
	if got.err != nil || !strings.Contains(got.stdout, "note: 315 operations are mocks") || strings.Contains(got.stdout, "not found this time: ") {
		t.Errorf("%v\n%s%s", got.err, got.stdout, got.stderr)
	}
	var result contract.Report
	if data, err := os.ReadFile(asJSON); err != nil || json.Unmarshal(data, &result) != nil || len(result.Operations) != 321 {
		t.Errorf("%v: %d operations were called", err, len(result.Operations))
	}
}

// TestContractCheckFindsWhatIsBrokenInAWholeSpec has a server between that spoils one thing each of some operations.
func TestContractCheckFindsWhatIsBrokenInAWholeSpec(t *testing.T) {
	s := serve(t, "--demo", "--database", storetest.SQLiteURL(t), "--rest=mock", "--spec", newest)
	url := between(t, s.address, func(w http.ResponseWriter, r *http.Request) bool {
		removal := r.Method == http.MethodDelete && strings.HasPrefix(r.URL.Path, "/api/v1/org/attributes/")
		if removal {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"status":"ok"}`)
		}
		return removal
	}, func(r *http.Request, answer *http.Response) {
		path := strings.Split(r.URL.Path, "/")
		switch good := answer.StatusCode < 300; {
		case r.URL.Path == "/api/v1/org/projects" && good:
			answer.Body = io.NopCloser(strings.NewReader(`{"status":"ok","results":"none"}`))
			answer.Header.Del("Content-Length")
		case r.URL.Path == "/api/v1/org" && r.Method == http.MethodGet && good:
			answer.StatusCode = http.StatusAccepted
		case strings.HasSuffix(r.URL.Path, "/spaces") && r.Method == http.MethodGet && good:
			answer.Header["Content-Type"] = nil
		case len(path) == 5 && path[3] == "groups" && r.Method == http.MethodGet && !good:
			answer.Body = io.NopCloser(strings.NewReader(`{"error":"no"}`))
			answer.Header.Del("Content-Length")
		}
	})
	got := once(t, variablesOf{"TOKEN": tokenPattern.FindString(s.demo)}, "contract", "check", url, "--spec", newest, "--cases=2", "--seed=1", "--accept=testdata/whole-spec.accepted.json",
		"--operations=ListOrganizationProjects,GetMyOrganization,ListSpacesInProject,getGroup,createUserAttribute,removeUserAttribute,getUserAttributes")
	for _, want := range []string{
		": schema: ListOrganizationProjects answers a body in which results is ",
		": undocumented-status: GetMyOrganization answers 202, which the spec does not list",
		": content-type: ListSpacesInProject answers with another Content-Type than the spec lists",
		": error-shape: getGroup answers a body",
		": not-removed: ",
	} {
		if !strings.Contains(got.stdout, strings.TrimPrefix(want, ": ")) {
			t.Errorf("%q is not found", want)
		}
	}
	if exitStatus(got.err) != 1 || t.Failed() {
		t.Errorf("%v\n%s%s", got.err, got.stdout, got.stderr)
	}
}

// TestContractCheckCallsNobodyElse lists what the server does not answer itself, and calls only what it does: by the spec
// that the server describes itself with, and by upstream's.
func TestContractCheckCallsNobodyElse(t *testing.T) {
	for how, word := range map[string]string{"501": "none", "proxy=http://127.0.0.1:1": "proxy"} {
		s := serve(t, "--demo", "--database", storetest.SQLiteURL(t), "--rest="+how, "--spec", newest)
		spec := newest
		if word == "none" {
			_, _, document := send(t, http.MethodGet, "http://"+s.address+"/openapi.json", "", "")
			spec = file(t, "openapi.json", document)
		}
		got := once(t, variablesOf{"TOKEN": tokenPattern.FindString(s.demo)}, "contract", "check", "http://"+s.address, "--spec", spec, "--cases=0", "--seed=1",
			"--accept=testdata/whole-spec.accepted.json")
		told := fmt.Sprintf("315 operations were not called, since the server does not answer them itself (x-attributed: %s): ", word)
		if got.err != nil || !strings.Contains(got.stdout, told) {
			t.Errorf("%v\n%s", got.err, got.stdout)
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if called := strings.Count(s.log.String(), `"route":"/api/v1/projects`); called > 0 {
			t.Errorf("%d calls of what is not the server's own", called)
		}
	}
}
