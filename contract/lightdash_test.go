package contract_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"attributed/contract"
	. "attributed/contract/contracttest"
	"attributed/contract/report"
	"attributed/openapi"
)

func TestLightdashsHabitsAreNamedAndNothingElse(t *testing.T) {
	url := Listen(t, &lightdash{})
	result := Check(t, contract.Config{
		URL: url, Spec: EffectiveSpec(t), Token: lightdashToken, Seed: 7,
		Operations: []string{"createUserAttribute", "getUserAttributes", "updateUserAttribute", "removeUserAttribute"},
	})
	var got []string
	for _, f := range result.Findings {
		got = append(got, fmt.Sprintf("%s: %s %s", f.Class, f.Operation, f.Fault))
	}
	want := []string{
		"server-error: createUserAttribute answers 500 to a request with JSON without its end",
		"server-error: createUserAttribute answers 500 to a request with users[].userUuid that refers to nothing",
		"server-error: createUserAttribute answers 500 to the same request again, with its Idempotency-Key",
		"server-error: createUserAttribute answers 500 to the same valid request again",
		"server-error: updateUserAttribute answers 500 to a request with JSON without its end",
		"server-error: updateUserAttribute answers 500 to a request with users[].userUuid that refers to nothing",
		"idempotency: createUserAttribute takes another request with an Idempotency-Key that was used",
		"idempotency: updateUserAttribute takes another request with an Idempotency-Key that was used",
		"undocumented-status: createUserAttribute answers 201, which the spec does not list, to a valid request (only what is required)",
		"undocumented-status: updateUserAttribute answers 201, which the spec does not list, to a valid request (only what is required)",
		"error-shape: getUserAttributes answers an error as plain text instead of the spec's error body, to a request with no token",
		"error-shape: createUserAttribute answers an error as plain text instead of the spec's error body, to a request with no token",
		"error-shape: removeUserAttribute answers an error as plain text instead of the spec's error body, to a request with no token",
		"error-shape: updateUserAttribute answers an error as plain text instead of the spec's error body, to a request with no token",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", diff, TextOf(t, result))
	}
}

// upstreams returns the ids of the operations that are upstream's, by served.yaml.
func upstreams(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("../openapi/served.yaml")
	if err != nil {
		t.Fatal(err)
	}
	served, err := openapi.ParseServed(data)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, operation := range served {
		if operation.From == openapi.Upstream || operation.Copy {
			ids = append(ids, operation.OperationID)
		}
	}
	slices.Sort(ids)
	return ids
}

// TestLightdashByItsOwnSpec is without what we add: half of the operations, and ETag.
// What is known of it is accepted, whatever the seed, and anything else is not.
func TestLightdashByItsOwnSpec(t *testing.T) {
	spec, err := contract.Lightdash()
	if err != nil {
		t.Fatal(err)
	}
	run := func(seed uint64, layer Layer) *contract.Report {
		return Check(t, contract.Config{URL: Listen(t, layer(&lightdash{})), Spec: spec, Token: lightdashToken, Seed: seed, Cases: 5})
	}
	as := func(next http.Handler) http.Handler { return next }
	first := run(1, as)
	for _, f := range first.Findings {
		if f.Class == report.Header || f.Class == report.Precondition {
			t.Errorf("%s: %s %s", f.Class, f.Operation, f.Fault)
		}
	}
	if diff := cmp.Diff(upstreams(t), slices.Sorted(maps.Keys(first.Operations))); diff != "" || len(first.Findings) == 0 {
		t.Errorf("-upstream's +checked: %s\n%s", diff, TextOf(t, first))
	}
	var list bytes.Buffer
	if err := first.WriteAccepted(&list, nil); err != nil {
		t.Fatal(err)
	}
	accepted, err := report.ReadAccepted(&list)
	if err != nil {
		t.Fatal(err)
	}
	again := run(2, as)
	if again.Accept(accepted); len(again.Findings) > 0 || len(again.Known) != len(first.Findings) || len(again.Mended) > 0 {
		t.Errorf("accepted: %d, of %d\n%s", len(again.Known), len(first.Findings), TextOf(t, again))
	}
	worse := run(3, Successes(OnList, Header("Content-Type", "text/html")))
	if worse.Accept(accepted); len(worse.Findings) == 0 || worse.Findings[0].Class != report.ContentType || worse.Findings[0].Operation != "getUserAttributes" {
		t.Errorf("a new one\n%s", TextOf(t, worse))
	}
}

func TestListsOfAcceptedFindingsThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "is no list",
		"{}":                                "is no list",
		`[{"class":"list","opration":"a"}]`: "is no list",
		`[{"class":"list"}]`:                "entry 1 of the accepted findings lacks its class or its operation",
		`[] []`:                             "there is more after the list",
	} {
		if _, err := report.ReadAccepted(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestAcceptTakesOneCauseAtOneOperation and leaves all that is alike in part.
func TestAcceptTakesOneCauseAtOneOperation(t *testing.T) {
	known := contract.Finding{Class: report.ServerError, Operation: "create", Cause: "repeated"}
	gone := report.Accepted{Class: report.List, Operation: "list", Cause: "pages", Fault: "has other things on its pages"}
	others := []contract.Finding{
		{Class: report.ServerError, Operation: "create", Cause: "malformed"},
		{Class: report.ServerError, Operation: "update", Cause: "repeated"},
		{Class: report.ValidRefused, Operation: "create", Cause: "repeated"},
	}
	result := &contract.Report{Findings: append([]contract.Finding{known}, others...)}
	list := []report.Accepted{{Class: known.Class, Operation: known.Operation, Cause: known.Cause, Reason: "as upstream does"}, gone}
	result.Accept(list)
	if diff := cmp.Diff([][]contract.Finding{others, {known}}, [][]contract.Finding{result.Findings, result.Known}); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if text := TextOf(t, result); !strings.Contains(text, "not found this time: list: list has other things on its pages") {
		t.Errorf("what was not found is not told:\n%s", text)
	}
	var written bytes.Buffer
	if err := result.WriteAccepted(&written, list); err != nil {
		t.Fatal(err)
	}
	again, err := report.ReadAccepted(&written)
	if err != nil || len(again) != 4 || again[3].Reason != "as upstream does" {
		t.Errorf("%v: written anew with reasons: %+v", err, again)
	}
}
