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
	. "attributed/contract/contracttest"
	"attributed/contract/report"
	"attributed/openapi"
)

// lightdash is a tiny server with the habits that were measured of Lightdash's own:
// 201 on create and update, 500 to a name taken, to an unknown user or group and to
// what is no JSON, and 401 in bare text.
type lightdash struct {
	mu         sync.Mutex
	attributes []Object // newest first
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
	var body Object
	if text, err := io.ReadAll(r.Body); err != nil || r.Method == "POST" || r.Method == "PUT" {
		if r.Header.Get("Content-Type") != "application/json" {
			text = nil // Express looks at no other
		}
		if body = Unmarshal(text); len(text) > 0 && !json.Valid(text) {
			Refusal(500).Send(w)
			return
		}
	}
	if r.Header.Get("Authorization") != "ApiKey "+lightdashToken {
		w.Header()["Content-Type"] = nil
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, "Unauthorized")
		return
	}
	l.serve(r, body).Send(w)
}

func (l *lightdash) serve(r *http.Request, body Object) *Response {
	one := oneAttribute.FindStringSubmatch(r.URL.Path)
	switch {
	case r.Method == "GET" && r.URL.Path == "/api/v1/org/attributes":
		return success(200, l.attributes)
	case r.Method == "GET" && r.URL.Path == "/api/v1/org/users":
		return l.people()
	case r.Method == "POST" && r.URL.Path == "/api/v1/org/attributes":
		return l.write(body, nil)
	case one == nil || r.Method != "PUT" && r.Method != "DELETE":
		return Refusal(404)
	}
	i := slices.IndexFunc(l.attributes, func(a Object) bool { return a["uuid"] == one[1] })
	switch {
	case r.Method == "PUT" && !valid(body):
		return Refusal(422)
	case i < 0:
		return Refusal(404)
	case r.Method == "PUT":
		return l.write(body, l.attributes[i])
	}
	l.attributes = slices.Delete(l.attributes, i, i+1)
	return &Response{Status: 200, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: []byte(`{"status":"ok"}`)}
}

func success(status int, results any) *Response {
	return &Response{Status: status, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: Marshal(Object{"status": "ok", "results": results})}
}

func (l *lightdash) people() *Response {
	data := []any{}
	for id, email := range lightdashPeople {
		data = append(data, Object{
			"userUuid": id, "email": email, "firstName": "", "lastName": "", "role": "admin", "isActive": true,
			"organizationUuid": "o", "userCreatedAt": "2026-11-24T15:17:27Z", "userUpdatedAt": "2026-11-24T15:17:27Z",
		})
	}
	return success(200, Object{"data": data})
}

// write creates an attribute, or changes the one that is there.
func (l *lightdash) write(body, there Object) *Response {
	if !valid(body) {
		return Refusal(422)
	}
	users := []any{}
	for _, u := range body["users"].([]any) {
		id := u.(Object)["userUuid"].(string)
		if lightdashPeople[id] == "" {
			return Refusal(500) // what the database says
		}
		if slices.ContainsFunc(users, func(other any) bool { return other.(Object)["userUuid"] == id }) {
			return Refusal(422)
		}
		users = append(users, Object{"userUuid": id, "value": u.(Object)["value"], "email": lightdashPeople[id]})
	}
	if len(body["groups"].([]any)) > 0 {
		return Refusal(500)
	}
	for _, other := range l.attributes {
		if other["name"] == body["name"] && (there == nil || other["uuid"] != there["uuid"]) {
			return Refusal(500)
		}
	}
	if there == nil {
		l.made++
		there = Object{"uuid": fmt.Sprintf("00000000-0000-4000-8000-%012d", l.made), "createdAt": time.Now().UTC().Format(time.RFC3339Nano), "organizationUuid": "o"}
		l.attributes = append([]Object{there}, l.attributes...)
	}
	there["name"], there["attributeDefault"], there["users"], there["groups"] = body["name"], body["attributeDefault"], users, []any{}
	if d, ok := body["description"]; ok {
		there["description"] = d
	}
	return success(201, there)
}

// valid tells what the effective spec's schema allows.
func valid(body Object) bool {
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
			o, _ := element.(Object)
			_, hasID := o[id].(string)
			if value, hasValue := o["value"].(string); !hasID || !hasValue || strings.Contains(value, "\x00") || id == "groupUuid" && !short(value, 0) {
				return false
			}
		}
	}
	return true
}

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
