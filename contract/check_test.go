package contract_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract"
	"attributed/store"
	"attributed/store/storetest"
)

// TestServersThatCannotBeTested are told in a sentence, in bounded time.
func TestServersThatCannotBeTested(t *testing.T) {
	constant := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	real, _ := healthyOnSQLite(t)
	closed := listen(t, real)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	tests := []struct{ name, url, token, want string }{
		{"nobody listens", "http://127.0.0.1:1", "t", "does not answer"},
		{"it hangs", "http://" + silent.Addr().String(), "t", "no whole answer within"},
		{"it closes the connection", listen(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })), "t", "closed without an answer"},
		{"web pages", listen(t, constant(200, "text/html; charset=utf-8", "<!doctype html><p>Hello")), "t", "answers web pages, not JSON"},
		{"another API", listen(t, constant(404, "application/json", "{}")), "t", "knows none of the operations"},
		{"a redirect", listen(t, http.RedirectHandler("https://example.com/", http.StatusMovedPermanently)), "t", `redirects to "https://example.com/`},
		{"no token", closed, "", "wants a token"},
		{"a token that is refused", closed, "ldpat_no", "refuses the token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := contract.Check(t.Context(), contract.Config{URL: tt.url, Spec: effectiveSpec(t), Token: tt.token, Timeout: time.Second})
			if !errors.Is(err, contract.ErrUntestable) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	many := openapi3.NewPaths()
	for i := range 60 {
		many.Set("/"+strings.Repeat("a", i+1), &openapi3.PathItem{Get: &openapi3.Operation{Responses: openapi3.NewResponses()}})
	}
	tests := []struct {
		name string
		cfg  contract.Config
		want string
	}{
		{"no URL", contract.Config{URL: "localhost:8080", Spec: effectiveSpec(t)}, "is no URL of a server"},
		{"a query in the URL", contract.Config{URL: "http://localhost/?x=1", Spec: effectiveSpec(t)}, "has a query"},
		{"a token of two lines", contract.Config{URL: "http://localhost", Spec: effectiveSpec(t), Token: "a\nb"}, "a token holds a line end"},
		{"no spec", contract.Config{URL: "http://localhost"}, "there is no spec"},
		{"an empty spec", contract.Config{URL: "http://localhost", Spec: &openapi3.T{Paths: openapi3.NewPaths()}}, "has no operations"},
		{"an operation that is not there", contract.Config{URL: "http://localhost", Spec: effectiveSpec(t), Operations: []string{"createUser"}}, `no operation "createUser"`},
		{"all of a large spec", contract.Config{URL: "http://localhost", Spec: &openapi3.T{Paths: many}}, "has 60 operations"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := contract.Check(t.Context(), tt.cfg)
			if err == nil || errors.Is(err, contract.ErrUntestable) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// TestTokenStaysWithItsServer: another host must not see it.
func TestTokenStaysWithItsServer(t *testing.T) {
	other := listen(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host got %s %s with %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}))
	handler, token := healthyOnSQLite(t)
	url := listen(t, successes(onAll, func(a *response) { a.status = 307; header("Location", other)(a) })(handler))
	_, err := contract.Check(t.Context(), contract.Config{URL: url, Spec: effectiveSpec(t), Token: token})
	if !errors.Is(err, contract.ErrUntestable) {
		t.Errorf("%v", err)
	}
	url = listen(t, successes(onGet, func(a *response) { a.status = 307; header("Location", other)(a) })(handler))
	check(t, contract.Config{URL: url, Spec: effectiveSpec(t), Token: token, Cases: -1})
}

// TestServerThatIsLateNowAndThen must not be waited for at each of a thousand requests.
func TestServerThatIsLateNowAndThen(t *testing.T) {
	handler, token := healthyOnSQLite(t)
	now, late := every(3, onAll), 0
	url := listen(t, stuck(func(r *http.Request) bool {
		if !now(r) {
			return false
		}
		late++
		return true
	})(handler))
	report := check(t, contract.Config{URL: url, Spec: effectiveSpec(t), Token: token, Timeout: 200 * time.Millisecond})
	if firstOf(report, contract.NoAnswer) == nil || late > 40 {
		t.Errorf("%d times late\n%s", late, textOf(t, report))
	}
}

// TestOneOperationIsToBlame where one is broken: what is known of the others is told by
// their own answers.
func TestOneOperationIsToBlame(t *testing.T) {
	tests := []struct {
		name, operation string
		layer           layer
	}{
		{"an array around what is read", "getUserAttribute", bodies(onGet, func(b object) { b["results"] = []any{b["results"]} })},
		{"no array where values are read", "getUserAttribute", things(onGet, set("users", object{}))},
		{"values in effect without the attribute's id", "getUserAttributeValues", bodies(on("GET", "users/"+uuid+"/attributes"), func(b object) {
			for _, value := range b["results"].([]any) {
				value.(object)["userAttributeUuid"] = 7
			}
		})},
		{"a read without its body", "getUserAttribute", successes(onGet, body(""))},
		{"a person of an unknown role", "ListOrganizationMembers", page(on("GET", "users"), func(data []any) []any {
			for _, person := range data {
				if person := person.(object); person["userUuid"] == store.DemoViewerUUID {
					person["role"] = "owner"
				}
			}
			return data
		})},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			handler, token := healthyOnSQLite(t)
			url := listen(t, tt.layer(handler))
			report := check(t, contract.Config{URL: url, Spec: effectiveSpec(t), Token: token, Seed: uint64(i), Cases: -1})
			if len(report.Findings) != 1 || report.Findings[0].Operation != tt.operation {
				t.Error(textOf(t, report))
			}
		})
	}
}

// TestConflictThatNobodyCanTell is with what the list, which fails, would have shown.
func TestConflictThatNobodyCanTell(t *testing.T) {
	handler, token := healthyOnSQLite(t)
	cfg := contract.Config{URL: listen(t, handler), Spec: effectiveSpec(t), Token: token, Cases: -1, Keep: true}
	check(t, cfg)
	cfg.URL = listen(t, successes(onList, func(a *response) { *a = *refusal(503) })(handler))
	for _, f := range check(t, cfg).Findings {
		if f.Operation != "getUserAttributes" {
			t.Errorf("%s: %s %s", f.Class, f.Operation, f.Fault)
		}
	}
}

func TestSameSeedIsTheSameRun(t *testing.T) {
	sent := func(seed uint64) string {
		handler, token := healthyOnSQLite(t)
		var requests bytes.Buffer
		url := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(text))
			if r.Method == "POST" {
				requests.Write(text)
			}
			handler.ServeHTTP(w, r)
		}))
		check(t, contract.Config{URL: url, Spec: effectiveSpec(t), Token: token, Seed: seed, Cases: 3})
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
		handler, token := healthy(t, s)
		ctx, interrupt := context.WithCancel(t.Context())
		created := 0
		url := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if handler.ServeHTTP(w, r); onCreate(r) {
				if created++; created == 7 {
					interrupt()
				}
			}
		}))
		report, err := contract.Check(ctx, contract.Config{URL: url, Spec: effectiveSpec(t), Token: token})
		if !errors.Is(err, context.Canceled) || report == nil || len(report.Findings) > 0 || rows() != 0 {
			t.Errorf("interrupted: %v, %d left behind", err, rows())
		}
		check(t, contract.Config{URL: url, Spec: effectiveSpec(t), Token: token, Keep: true, Cases: -1})
		if rows() == 0 {
			t.Error("nothing was kept")
		}
		kept := rows()
		for _, seed := range []uint64{3, 0} { // the second bears the marks of what was kept
			report := check(t, contract.Config{URL: url, Spec: effectiveSpec(t), Token: token, Cases: -1, Seed: seed})
			if len(report.Findings) > 0 || rows() != kept {
				t.Errorf("seed %d, beside what others made: %d rows of %d are left\n%s", seed, rows(), kept, textOf(t, report))
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
	handler, token := healthyOnSQLite(t)
	report := check(t, contract.Config{URL: listen(t, handler), Spec: spec, Token: token, References: map[string][]string{"userUuid": {store.DemoUserUUID}}})
	if len(report.Findings) > 0 || len(report.Notes) != 1 || !strings.Contains(report.Notes[0], "left on the server") {
		t.Error(textOf(t, report))
	}
	report = check(t, contract.Config{URL: listen(t, successes(onCreate, status(201))(handler)), Spec: spec, Token: token, Seed: 2})
	if firstOf(report, contract.UndocumentedStatus) == nil || len(report.Findings) != 1 {
		t.Error(textOf(t, report))
	}
}

// TestOtherOrganization has a server that does not look at whose a thing is.
func TestOtherOrganization(t *testing.T) {
	s := storetest.Open(t, storetest.SQLiteURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	handler, token := healthy(t, s)
	for _, statement := range []string{
		`INSERT INTO organizations (organization_name) VALUES ('Theirs')`,
		`INSERT INTO users (user_uuid, first_name, last_name, is_active) VALUES ('5a1c0000-0000-4000-8000-000000000001', '', '', true)`,
		`INSERT INTO emails (user_id, email, is_primary) SELECT user_id, 'their.admin@example.com', true FROM users WHERE user_uuid = '5a1c0000-0000-4000-8000-000000000001'`,
		`INSERT INTO organization_memberships (organization_id, user_id, role) SELECT organization_id, user_id, 'admin' FROM users, organizations
			WHERE user_uuid = '5a1c0000-0000-4000-8000-000000000001' AND organization_name = 'Theirs'`,
	} {
		storetest.Exec(t, s, statement)
	}
	theirs, err := s.CreateToken(t.Context(), "their.admin@example.com", "a test", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	cfg := contract.Config{URL: listen(t, handler), Spec: effectiveSpec(t), Token: token, OtherToken: theirs, Cases: -1}
	if report := check(t, cfg); len(report.Findings) > 0 {
		t.Error(textOf(t, report))
	}
	cfg.URL = listen(t, requests(onAll, func(r *http.Request, b []byte) []byte {
		if strings.HasSuffix(r.Header.Get("Authorization"), theirs) {
			r.Header.Set("Authorization", "ApiKey "+token)
		}
		return b
	})(handler))
	report := check(t, cfg)
	for _, id := range []string{"getUserAttributes", "getUserAttribute", "updateUserAttribute", "removeUserAttribute"} {
		found := false
		for _, f := range report.Findings {
			found = found || f.Operation == id && f.Class == contract.ForeignData
		}
		if !found {
			t.Errorf("%s: not caught\n%s", id, textOf(t, report))
		}
	}
}

func TestReports(t *testing.T) {
	handler, token := healthyOnSQLite(t)
	url := listen(t, successes(onWrite, status(201))(handler))
	report := check(t, contract.Config{URL: url, Spec: effectiveSpec(t), Token: token, Cases: -1})

	var inJSON, inXML bytes.Buffer
	if err := errors.Join(report.WriteJSON(&inJSON), report.WriteJUnit(&inXML)); err != nil {
		t.Fatal(err)
	}
	var read contract.Report
	if err := json.Unmarshal(inJSON.Bytes(), &read); err != nil || len(read.Findings) != 2 || read.Findings[0].Class != contract.UndocumentedStatus {
		t.Errorf("%v: %s", err, inJSON.String())
	}
	var suites struct {
		Failures int `xml:"failures,attr"`
		Tests    int `xml:"tests,attr"`
	}
	if err := xml.Unmarshal(inXML.Bytes(), &suites); err != nil || suites.Failures != 2 || suites.Tests != 13 {
		t.Errorf("%v %+v: %s", err, suites, inXML.String())
	}
	if text := textOf(t, report) + inXML.String() + inJSON.String(); strings.Contains(text, token) {
		t.Error("a report holds the token")
	}
	for _, f := range report.Findings { // the line shows the finding again
		cmd := exec.CommandContext(t.Context(), "sh", "-c", f.Curl)
		cmd.Env = append(os.Environ(), "TOKEN="+token)
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "HTTP/1.1 201") {
			t.Errorf("%s: %v %s", f.Curl, err, out)
		}
	}
}
