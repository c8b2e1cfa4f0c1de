package contract_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"attributed/contract"
	"attributed/openapi"
)

// lightdash is a tiny server with the habits that were measured of Lightdash's own:
// 201 on create and update, 500 to a name taken, to an unknown user or group and to
// what is no JSON, and 401 in bare text.
type lightdash struct {
	mu         sync.Mutex
	attributes []object // newest first
	made       int
}

const lightdashToken = "ldpat_0123456789abcdef0123456789abcdef"

var lightdashPeople = map[string]string{
	"b264d83a-9000-426a-85ec-3f9c20f368ce": "demo@lightdash.com",
	"80fb8b59-d6b7-4ed6-b969-9849310f3e53": "editor@lightdash.com",
}

var oneAttribute = regexp.MustCompile(`^/api/v1/org/attributes/([^/]+)$`)

func (l *lightdash) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var body object
	if text, err := io.ReadAll(r.Body); err != nil || r.Method == "POST" || r.Method == "PUT" {
		if r.Header.Get("Content-Type") != "application/json" {
			text = nil // Express looks at no other
		}
		if body = parse(text); len(text) > 0 && !json.Valid(text) {
			refusal(500).send(w)
			return
		}
	}
	if r.Header.Get("Authorization") != "ApiKey "+lightdashToken {
		w.Header()["Content-Type"] = nil
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, "Unauthorized")
		return
	}
	l.serve(r, body).send(w)
}

func (l *lightdash) serve(r *http.Request, body object) *response {
	one := oneAttribute.FindStringSubmatch(r.URL.Path)
	switch {
	case r.Method == "GET" && r.URL.Path == "/api/v1/org/attributes":
		return success(200, l.attributes)
	case r.Method == "GET" && r.URL.Path == "/api/v1/org/users":
		return l.people()
	case r.Method == "POST" && r.URL.Path == "/api/v1/org/attributes":
		return l.write(body, nil)
	case one == nil || r.Method != "PUT" && r.Method != "DELETE":
		return refusal(404)
	}
	i := slices.IndexFunc(l.attributes, func(a object) bool { return a["uuid"] == one[1] })
	switch {
	case r.Method == "PUT" && !valid(body):
		return refusal(422)
	case i < 0:
		return refusal(404)
	case r.Method == "PUT":
		return l.write(body, l.attributes[i])
	}
	l.attributes = slices.Delete(l.attributes, i, i+1)
	return &response{200, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, []byte(`{"status":"ok"}`)}
}

func success(status int, results any) *response {
	return &response{status, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, write(object{"status": "ok", "results": results})}
}

func (l *lightdash) people() *response {
	data := []any{}
	for id, email := range lightdashPeople {
		data = append(data, object{
			"userUuid": id, "email": email, "firstName": "", "lastName": "", "role": "admin", "isActive": true,
			"organizationUuid": "o", "userCreatedAt": "2026-11-24T15:17:27Z", "userUpdatedAt": "2026-11-24T15:17:27Z",
		})
	}
	return success(200, object{"data": data})
}

// write creates an attribute, or changes the one that is there.
func (l *lightdash) write(body, there object) *response {
	if !valid(body) {
		return refusal(422)
	}
	users := []any{}
	for _, u := range body["users"].([]any) {
		id := u.(object)["userUuid"].(string)
		if lightdashPeople[id] == "" {
			return refusal(500) // what the database says
		}
		if slices.ContainsFunc(users, func(other any) bool { return other.(object)["userUuid"] == id }) {
			return refusal(422)
		}
		users = append(users, object{"userUuid": id, "value": u.(object)["value"], "email": lightdashPeople[id]})
	}
	if len(body["groups"].([]any)) > 0 {
		return refusal(500)
	}
	for _, other := range l.attributes {
		if other["name"] == body["name"] && (there == nil || other["uuid"] != there["uuid"]) {
			return refusal(500)
		}
	}
	if there == nil {
		l.made++
		there = object{"uuid": fmt.Sprintf("00000000-0000-4000-8000-%012d", l.made), "createdAt": time.Now().UTC().Format(time.RFC3339Nano), "organizationUuid": "o"}
		l.attributes = append([]object{there}, l.attributes...)
	}
	there["name"], there["attributeDefault"], there["users"], there["groups"] = body["name"], body["attributeDefault"], users, []any{}
	if d, ok := body["description"]; ok {
		there["description"] = d
	}
	return success(201, there)
}

// valid tells what the effective spec's schema allows.
func valid(body object) bool {
	short := func(value any, least int) bool {
		text, ok := value.(string)
		return ok && utf8.RuneCountInString(text) <= 255 && len(text) >= least && !strings.Contains(text, "\x00")
	}
	d, described := body["description"]
	def, ok := body["attributeDefault"]
	text, isText := def.(string)
	if !short(body["name"], 1) || described && !short(d, 0) || !ok || def != nil && !isText || strings.Contains(text, "\x00") {
		return false
	}
	for member, id := range map[string]string{"users": "userUuid", "groups": "groupUuid"} {
		list, ok := body[member].([]any)
		if !ok || len(list) > 10_000 {
			return false
		}
		for _, element := range list {
			o, _ := element.(object)
			_, hasID := o[id].(string)
			if value, hasValue := o["value"].(string); !hasID || !hasValue || strings.Contains(value, "\x00") || id == "groupUuid" && !short(value, 0) {
				return false
			}
		}
	}
	return true
}

func TestLightdashsHabitsAreNamedAndNothingElse(t *testing.T) {
	url := listen(t, &lightdash{})
	report := check(t, contract.Config{
		URL: url, Spec: effectiveSpec(t), Token: lightdashToken, Seed: 7,
		Operations: []string{"createUserAttribute", "getUserAttributes", "updateUserAttribute", "removeUserAttribute"},
	})
	var got []string
	for _, f := range report.Findings {
		got = append(got, fmt.Sprintf("%s: %s %s", f.Class, f.Operation, f.Fault))
	}
	want := []string{
		"server-error: createUserAttribute answers 500 to a request with JSON without its end",
		"server-error: createUserAttribute answers 500 to a request with users[].userUuid that refers to nothing",
		"server-error: createUserAttribute answers 500 to the same valid request again",
		"server-error: updateUserAttribute answers 500 to a request with JSON without its end",
		"server-error: updateUserAttribute answers 500 to a request with users[].userUuid that refers to nothing",
		"undocumented-status: createUserAttribute answers 201, which the spec does not list, to a valid request (only what is required)",
		"undocumented-status: updateUserAttribute answers 201, which the spec does not list, to a valid request (only what is required)",
		"error-shape: getUserAttributes answers an error as plain text instead of the spec's error body, to a request with no token",
		"error-shape: createUserAttribute answers an error as plain text instead of the spec's error body, to a request with no token",
		"error-shape: removeUserAttribute answers an error as plain text instead of the spec's error body, to a request with no token",
		"error-shape: updateUserAttribute answers an error as plain text instead of the spec's error body, to a request with no token",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", diff, textOf(t, report))
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
	run := func(seed uint64, layer layer) *contract.Report {
		return check(t, contract.Config{URL: listen(t, layer(&lightdash{})), Spec: spec, Token: lightdashToken, Seed: seed, Cases: 5})
	}
	as := func(next http.Handler) http.Handler { return next }
	first := run(1, as)
	for _, f := range first.Findings {
		if f.Class == contract.Header || f.Class == contract.Precondition {
			t.Errorf("%s: %s %s", f.Class, f.Operation, f.Fault)
		}
	}
	if diff := cmp.Diff(upstreams(t), slices.Sorted(maps.Keys(first.Operations))); diff != "" || len(first.Findings) == 0 {
		t.Errorf("-upstream's +checked: %s\n%s", diff, textOf(t, first))
	}
	var list bytes.Buffer
	if err := first.WriteAccepted(&list, nil); err != nil {
		t.Fatal(err)
	}
	accepted, err := contract.ReadAccepted(&list)
	if err != nil {
		t.Fatal(err)
	}
	again := run(2, as)
	if again.Accept(accepted); len(again.Findings) > 0 || len(again.Known) != len(first.Findings) || len(again.Mended) > 0 {
		t.Errorf("accepted: %d, of %d\n%s", len(again.Known), len(first.Findings), textOf(t, again))
	}
	worse := run(3, successes(onList, header("Content-Type", "text/html")))
	if worse.Accept(accepted); len(worse.Findings) == 0 || worse.Findings[0].Class != contract.ContentType || worse.Findings[0].Operation != "getUserAttributes" {
		t.Errorf("a new one\n%s", textOf(t, worse))
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
		if _, err := contract.ReadAccepted(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestAcceptTakesOneCauseAtOneOperation and leaves all that is alike in part.
func TestAcceptTakesOneCauseAtOneOperation(t *testing.T) {
	known := contract.Finding{Class: contract.ServerError, Operation: "create", Cause: "repeated"}
	gone := contract.Accepted{Class: contract.List, Operation: "list", Cause: "pages", Fault: "has other things on its pages"}
	others := []contract.Finding{
		{Class: contract.ServerError, Operation: "create", Cause: "malformed"},
		{Class: contract.ServerError, Operation: "update", Cause: "repeated"},
		{Class: contract.ValidRefused, Operation: "create", Cause: "repeated"},
	}
	report := &contract.Report{Findings: append([]contract.Finding{known}, others...)}
	list := []contract.Accepted{{Class: known.Class, Operation: known.Operation, Cause: known.Cause, Reason: "as upstream does"}, gone}
	report.Accept(list)
	if diff := cmp.Diff([][]contract.Finding{others, {known}}, [][]contract.Finding{report.Findings, report.Known}); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if text := textOf(t, report); !strings.Contains(text, "not found this time: list: list has other things on its pages") {
		t.Errorf("what was not found is not told:\n%s", text)
	}
	var written bytes.Buffer
	if err := report.WriteAccepted(&written, list); err != nil {
		t.Fatal(err)
	}
	again, err := contract.ReadAccepted(&written)
	if err != nil || len(again) != 4 || again[3].Reason != "as upstream does" {
		t.Errorf("%v: written anew with reasons: %+v", err, again)
	}
}
