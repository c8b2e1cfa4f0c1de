package contract_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract"
	. "attributed/contract/contracttest"
	"attributed/contract/report"
	"attributed/store"
	"attributed/store/storetest"
)

// TestTokenStaysWithItsServer: another host must not see it.
func TestTokenStaysWithItsServer(t *testing.T) {
	other := Listen(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host got %s %s with %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}))
	handler, token := HealthyOnSQLite(t)
	url := Listen(t, Successes(OnAll, func(a *Response) { a.Status = 307; Header("Location", other)(a) })(handler))
	_, err := contract.Check(t.Context(), contract.Config{URL: url, Spec: EffectiveSpec(t), Token: token})
	if !errors.Is(err, contract.ErrUntestable) {
		t.Errorf("%v", err)
	}
	url = Listen(t, Successes(OnGet, func(a *Response) { a.Status = 307; Header("Location", other)(a) })(handler))
	Check(t, contract.Config{URL: url, Spec: EffectiveSpec(t), Token: token, Cases: -1})
}

// TestServerThatIsLateNowAndThen must not be waited for at each of a thousand requests.
func TestServerThatIsLateNowAndThen(t *testing.T) {
	handler, token := HealthyOnSQLite(t)
	now, late := Every(3, OnAll), 0
	url := Listen(t, Stuck(func(r *http.Request) bool {
		if !now(r) {
			return false
		}
		late++
		return true
	})(handler))
	result := Check(t, contract.Config{URL: url, Spec: EffectiveSpec(t), Token: token, Timeout: 200 * time.Millisecond})
	if FirstOf(result, report.NoAnswer) == nil || late > 40 {
		t.Errorf("%d times late\n%s", late, TextOf(t, result))
	}
}

// TestOneOperationIsToBlame where one is broken: what is known of the others is told by
// their own answers.
func TestOneOperationIsToBlame(t *testing.T) {
	tests := []struct {
		name, operation string
		layer           Layer
	}{
		{"an array around what is read", "getUserAttribute", Bodies(OnGet, func(b Object) { b["results"] = []any{b["results"]} })},
		{"no array where values are read", "getUserAttribute", Things(OnGet, Set("users", Object{}))},
		{"values in effect without the attribute's id", "getUserAttributeValues", Bodies(On("GET", "users/"+UUIDPattern+"/attributes"), func(b Object) {
			for _, value := range b["results"].([]any) {
				value.(Object)["userAttributeUuid"] = 7
			}
		})},
		{"a read without its body", "getUserAttribute", Successes(OnGet, Body(""))},
		{"a person of an unknown role", "ListOrganizationMembers", Page(On("GET", "users"), func(data []any) []any {
			for _, person := range data {
				if person := person.(Object); person["userUuid"] == store.DemoViewerUUID {
					person["role"] = "owner"
				}
			}
			return data
		})},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			handler, token := HealthyOnSQLite(t)
			url := Listen(t, tt.layer(handler))
			result := Check(t, contract.Config{URL: url, Spec: EffectiveSpec(t), Token: token, Seed: uint64(i), Cases: -1})
			if len(result.Findings) != 1 || result.Findings[0].Operation != tt.operation {
				t.Error(TextOf(t, result))
			}
		})
	}
}

// TestConflictThatNobodyCanTell is with what the list, which fails, would have shown.
func TestConflictThatNobodyCanTell(t *testing.T) {
	handler, token := HealthyOnSQLite(t)
	cfg := contract.Config{URL: Listen(t, handler), Spec: EffectiveSpec(t), Token: token, Cases: -1, Keep: true}
	Check(t, cfg)
	cfg.URL = Listen(t, Successes(OnList, func(a *Response) { *a = *Refusal(503) })(handler))
	for _, f := range Check(t, cfg).Findings {
		if f.Operation != "getUserAttributes" {
			t.Errorf("%s: %s %s", f.Class, f.Operation, f.Fault)
		}
	}
}

func TestSameSeedIsTheSameRun(t *testing.T) {
	sent := func(seed uint64) string {
		handler, token := HealthyOnSQLite(t)
		var requests bytes.Buffer
		url := Listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(text))
			if r.Method == "POST" {
				requests.Write(text)
			}
			handler.ServeHTTP(w, r)
		}))
		Check(t, contract.Config{URL: url, Spec: EffectiveSpec(t), Token: token, Seed: seed, Cases: 3})
		return requests.String()
	}
	once, again := sent(5), sent(5)
	if once != again {
		t.Error("two runs of one seed differ")
	}
	if once == sent(6) {
		t.Error("runs of two seeds are the same")
	}
}

// TestNothingIsLeftBehind, also when the run is interrupted, unless that is asked for.
func TestNothingIsLeftBehind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		rows := func() int { return storetest.Query[int](t, s, `SELECT count(*) FROM user_attributes`)[0] }
		handler, token := Healthy(t, s)
		ctx, interrupt := context.WithCancel(t.Context())
		created := 0
		url := Listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if handler.ServeHTTP(w, r); OnCreate(r) {
				if created++; created == 7 {
					interrupt()
				}
			}
		}))
		result, err := contract.Check(ctx, contract.Config{URL: url, Spec: EffectiveSpec(t), Token: token})
		if !errors.Is(err, context.Canceled) || result == nil || len(result.Findings) > 0 || rows() != 0 {
			t.Errorf("interrupted: %v, %d left behind", err, rows())
		}
		Check(t, contract.Config{URL: url, Spec: EffectiveSpec(t), Token: token, Keep: true, Cases: -1})
		if rows() == 0 {
			t.Error("nothing was kept")
		}
		kept := rows()
		for _, seed := range []uint64{3, 0} { // the second bears the marks of what was kept
			result := Check(t, contract.Config{URL: url, Spec: EffectiveSpec(t), Token: token, Cases: -1, Seed: seed})
			if len(result.Findings) > 0 || rows() != kept {
				t.Errorf("seed %d, beside what others made: %d rows of %d are left\n%s", seed, rows(), kept, TextOf(t, result))
			}
		}
	})
}

// TestVendoredSliceAlone has one operation, no list and no bounds.
func TestVendoredSliceAlone(t *testing.T) {
	text, err := os.ReadFile("../openapi/swagger.json")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	handler, token := HealthyOnSQLite(t)
	result := Check(t, contract.Config{URL: Listen(t, handler), Spec: spec, Token: token, References: map[string][]string{"userUuid": {store.DemoUserUUID}}})
	result.Findings = slices.DeleteFunc(result.Findings, takesANewForm)
	if len(result.Findings) > 0 || len(result.Notes) != 1 || !strings.Contains(result.Notes[0], "left on the server") {
		t.Error(TextOf(t, result))
	}
	result = Check(t, contract.Config{URL: Listen(t, Successes(OnCreate, Status(201))(handler)), Spec: spec, Token: token, Seed: 2})
	result.Findings = slices.DeleteFunc(result.Findings, takesANewForm)
	if FirstOf(result, report.UndocumentedStatus) == nil || len(result.Findings) != 1 {
		t.Error(TextOf(t, result))
	}
}

// takesANewForm reports whether what was found is that an entry may be without a value, as in
// upstream's newer form: the slice has the older alone.
func takesANewForm(f contract.Finding) bool {
	return f.Class == report.FaultAccepted && (strings.HasSuffix(f.Fault, "a request with no users[].value") || strings.HasSuffix(f.Fault, "a request with users[].value as VALUE"))
}

// TestOtherOrganization has a server that does not look at whose a thing is.
func TestOtherOrganization(t *testing.T) {
	s := storetest.Open(t, storetest.SQLiteURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	handler, token := Healthy(t, s)
	theirs := otherAdmin(t, s)
	cfg := contract.Config{URL: Listen(t, handler), Spec: EffectiveSpec(t), Token: token, OtherToken: theirs, Cases: -1}
	if result := Check(t, cfg); len(result.Findings) > 0 {
		t.Error(TextOf(t, result))
	}
	cfg.URL = Listen(t, Requests(OnAll, func(r *http.Request, b []byte) []byte {
		if strings.HasSuffix(r.Header.Get("Authorization"), theirs) {
			r.Header.Set("Authorization", "ApiKey "+token)
		}
		return b
	})(handler))
	result := Check(t, cfg)
	for _, id := range []string{"getUserAttributes", "getUserAttribute", "updateUserAttribute", "removeUserAttribute"} {
		found := false
		for _, f := range result.Findings {
			found = found || f.Operation == id && f.Class == report.ForeignData
		}
		if !found {
			t.Errorf("%s: not caught\n%s", id, TextOf(t, result))
		}
	}
}

func TestReports(t *testing.T) {
	handler, token := HealthyOnSQLite(t)
	url := Listen(t, Successes(OnWrite, Status(201))(handler))
	result := Check(t, contract.Config{URL: url, Spec: EffectiveSpec(t), Token: token, Cases: -1})

	var inJSON, inXML bytes.Buffer
	if err := errors.Join(result.WriteJSON(&inJSON), result.WriteJUnit(&inXML)); err != nil {
		t.Fatal(err)
	}
	var read contract.Report
	if err := json.Unmarshal(inJSON.Bytes(), &read); err != nil || len(read.Findings) != 2 || read.Findings[0].Class != report.UndocumentedStatus {
		t.Errorf("%v: %s", err, inJSON.String())
	}
	var suites struct {
		Failures int `xml:"failures,attr"`
		Tests    int `xml:"tests,attr"`
	}
	if err := xml.Unmarshal(inXML.Bytes(), &suites); err != nil || suites.Failures != 2 || suites.Tests != 13 {
		t.Errorf("%v %+v: %s", err, suites, inXML.String())
	}
	if text := TextOf(t, result) + inXML.String() + inJSON.String(); strings.Contains(text, token) {
		t.Error("a report holds the token")
	}
	for _, f := range result.Findings { // the line shows the finding again
		cmd := exec.CommandContext(t.Context(), "sh", "-c", f.Curl)
		cmd.Env = append(os.Environ(), "TOKEN="+token)
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "HTTP/1.1 201") {
			t.Errorf("%s: %v %s", f.Curl, err, out)
		}
	}
}

func TestMain(m *testing.M) { storetest.Main(m) }
