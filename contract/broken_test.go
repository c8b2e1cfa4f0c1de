package contract_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"attributed/contract"
	. "attributed/contract/contracttest"
	"attributed/contract/report"
)

// broken is a server that breaks one thing, and the class of finding that must say so.
type broken struct {
	name  string
	want  contract.Class
	layer Layer
}

// brokenAnswers are wrong in what they look like.
var brokenAnswers = []broken{
	{"201 for a create", report.UndocumentedStatus, Successes(OnCreate, Status(201))},
	{"201 for an update", report.UndocumentedStatus, Successes(OnUpdate, Status(201))},
	{"204 for a removal", report.UndocumentedStatus, Successes(OnRemove, func(a *Response) { a.Status, a.Body = 204, nil })},
	{"202 for a list", report.UndocumentedStatus, Successes(OnList, Status(202))},
	{"302 for a read", report.UndocumentedStatus, Successes(OnGet, func(a *Response) { a.Status = 302; Header("Location", "/login")(a) })},
	{"200 for every error", report.ErrorAsSuccess, ErrorsOf(OnAll, Status(200))},
	{"200 for an error of an update", report.ErrorAsSuccess, ErrorsOf(OnUpdate, Status(200))},

	{"HTML as the content type", report.ContentType, Successes(OnAll, Header("Content-Type", "text/html"))},
	{"no content type", report.ContentType, Successes(OnGet, Header("Content-Type", ""))},
	{"text as the content type of errors", report.ContentType, ErrorsOf(OnCreate, Header("Content-Type", "text/plain"))},
	{"another charset", report.ContentType, Successes(OnCreate, Header("Content-Type", "application/json; charset=iso-8859-1"))},
	{"two content types", report.ContentType, Successes(OnList, Header("Content-Type", "application/json", "text/html"))},

	{"a required field gone from a create", report.Schema, Things(OnCreate, Without("uuid"))},
	{"a required field gone from a list", report.Schema, Bodies(OnList, Without("status"))},
	{"a required field gone from each user", report.Schema, Things(OnRead, First("users", Without("email")))},
	{"a number for a text", report.Schema, Things(OnGet, Set("name", 12))},
	{"a text for an array", report.Schema, Things(OnCreate, Set("groups", "none"))},
	{"an object for an array", report.Schema, Things(OnUpdate, Set("users", Object{}))},
	{"an extra envelope", report.Schema, Successes(OnAll, func(a *Response) { a.Body = fmt.Appendf(nil, `{"data":%s}`, a.Body) })},
	{"an extra envelope around one thing", report.Schema, Bodies(OnGet, func(b Object) { b["results"] = Object{"attribute": b["results"]} })},
	{"null for a date", report.Schema, Things(OnCreate, Set("createdAt", nil))},
	{"null for an array", report.Schema, Things(OnRead, Set("groups", nil))},
	{"null for an optional text", report.Schema, Things(OnRead, Set("description", nil))},
	{"a date in another format", report.Schema, Things(OnList, Set("createdAt", "Tue, 24 Nov 2026 15:17:27 GMT"))},
	{"a date without a zone", report.Schema, Things(OnCreate, Set("createdAt", "2026-11-24T15:17:27.508"))},
	{"a date as a number", report.Schema, Things(OnGet, Set("createdAt", 1795533447))},
	{"another word for ok", report.Schema, Bodies(OnRemove, Set("status", "OK"))},
	{"a list that is one thing", report.Schema, Bodies(OnList, Set("results", Object{}))},

	{"errors in bare text", report.ErrorShape, ErrorsOf(OnAll, func(a *Response) { Header("Content-Type", "text/plain")(a); a.Body = []byte("no") })},
	{"errors as a web page", report.ErrorShape, ErrorsOf(OnGet, func(a *Response) { Header("Content-Type", "text/html")(a); a.Body = []byte("<html>404</html>") })},
	{"errors of another shape", report.ErrorShape, ErrorsOf(OnAll, Body(`{"message":"no","code":1}`))},
	{"errors without a name", report.ErrorShape, ErrorsOf(OnCreate, Body(`{"status":"error","error":{"statusCode":422,"message":"no","data":{}}}`))},
	{"the status of an error as a text", report.ErrorShape, ErrorsOf(OnUpdate, Body(`{"status":"error","error":{"statusCode":"422","name":"E"}}`))},
	{"another status in the error than it has", report.ErrorShape, ErrorsOf(OnAll, Body(`{"status":"error","error":{"statusCode":418,"name":"E"}}`))},
	{"401 without a body", report.BrokenBody, Answers(OnAll, func(a *Response) {
		if a.Status == 401 {
			a.Body = nil
		}
	})},

	{"no ETag", report.Header, Successes(OnAll, func(a *Response) { a.Header.Del("ETag") })},
	{"an ETag without quotes", report.Header, Successes(OnCreate, Header("ETag", "abc"))},
	{"one ETag for all versions", report.Precondition, Successes(OnAll, Header("ETag", `"1"`))},
	{"an ETag for each read", report.Precondition, func(next http.Handler) http.Handler {
		var n atomic.Int64
		return Successes(OnGet, func(a *Response) { Header("ETag", fmt.Sprintf(`"%d"`, n.Add(1)))(a) })(next)
	}},
	{"another ETag of a create than of what it made", report.Precondition, Successes(OnCreate, Header("ETag", `"1"`))},
	{"another ETag of an update than of what is read then", report.Precondition, Successes(OnUpdate, Header("ETag", `"1"`))},
	{"conditions that nobody looks at", report.Precondition, Requests(OnAll, func(r *http.Request, b []byte) []byte { r.Header.Del("If-Match"); return b })},
	{"conditions that nothing fulfills", report.Precondition, Instead(func(r *http.Request) *Response {
		if r.Header.Get("If-Match") != "" && r.Header.Get("If-Match") != "*" {
			return Refusal(412)
		}
		return nil
	})},

	{"JSON without its end", report.BrokenBody, Successes(OnCreate, func(a *Response) { a.Body = a.Body[:len(a.Body)/2] })},
	{"two JSON values", report.BrokenBody, Successes(OnGet, func(a *Response) { a.Body = append(a.Body, `{"status":"ok"}`...) })},
	{"a name twice in an object", report.BrokenBody, Successes(OnGet, func(a *Response) { a.Body = bytes.Replace(a.Body, []byte(`{`), []byte(`{"status":"no",`), 1) })},
	{"bytes that are not UTF-8", report.BrokenBody, Successes(OnList, func(a *Response) { a.Body = bytes.ReplaceAll(a.Body, []byte("Check"), []byte("Ch\xffck")) })},
	{"an encoding that nobody asked for", report.BrokenBody, Successes(OnGet, Header("Content-Encoding", "br"))},
	{"a body shorter than its length", report.BrokenBody, Raw(OnUpdate, func(a *Response) (int, []byte) { return len(a.Body) + 10, a.Body })},
	{"a length shorter than the body", report.BrokenBody, Raw(OnList, func(a *Response) (int, []byte) { return len(a.Body) - 10, a.Body })},
	{"a body cut off", report.BrokenBody, Raw(OnCreate, func(a *Response) (int, []byte) { return len(a.Body), a.Body[:len(a.Body)/2] })},
	{"a connection cut off", report.NoAnswer, Cut(OnRemove)},
	{"a connection cut off, now and then", report.NoAnswer, Cut(Every(20, OnAll))},
	{"an answer that does not come", report.NoAnswer, Stuck(OnUpdate)},
	{"a body that does not come", report.NoAnswer, StuckBody(OnGet)},
	{"a body without end", report.BrokenBody, Endless(On("GET", "groups"))},
}

// TestBrokenServers prints the table of all servers that are broken on purpose. Each
// must be caught, by a finding of its class.
func TestBrokenServers(t *testing.T) {
	all := slices.Concat(brokenAnswers, brokenJudgments, brokenStores, brokenVersions, brokenTokens)
	rows := make([]string, len(all))
	t.Run("each", func(t *testing.T) {
		for i, b := range all {
			t.Run(b.name, func(t *testing.T) {
				t.Parallel()
				handler, token := HealthyOnSQLite(t)
				cfg := contract.Config{
					URL: Listen(t, b.layer(handler)), Spec: EffectiveSpec(t), Token: token, Operations: usual,
					Seed: uint64(i), Cases: -1, Timeout: 2 * time.Second,
				}
				caught, result := catch(t, cfg, b.want)
				if caught == nil { // it is one of the others that is broken
					cfg.Operations = nil
					caught, result = catch(t, cfg, b.want)
				}
				if caught == nil {
					t.Fatalf("not caught as %s:\n%s", b.want, TextOf(t, result))
				}
				rows[i] = fmt.Sprintf("%s\t%s\t%s %s", b.name, b.want, caught.Operation, caught.Fault)
			})
		}
	})
	table := tabwriter.NewWriter(t.Output(), 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "BROKEN ON PURPOSE (%d)\tCAUGHT AS\tTHAT SAYS\n", len(all))
	for _, row := range rows {
		fmt.Fprintln(table, row)
	}
	if err := table.Flush(); err != nil {
		t.Error(err)
	}
	if len(all) < 40 {
		t.Errorf("%d servers, want 40 at least", len(all))
	}
}

// usual are the operations that most of the servers break.
var usual = []string{"createUserAttribute", "getUserAttributes", "getUserAttribute", "updateUserAttribute", "removeUserAttribute"}

// catch checks until there is a finding of a class.
func catch(t *testing.T, cfg contract.Config, class contract.Class) (caught *contract.Finding, result *contract.Report) {
	t.Helper()
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	cfg.Keep = true // nobody comes after it
	cfg.OnFinding = func(f contract.Finding) {
		if f.Class == class {
			enough()
		}
	}
	result, err := contract.Check(ctx, cfg)
	if err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	return FirstOf(result, class), result
}
