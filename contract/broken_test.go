package contract_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"attributed/contract"
)

// broken is a server that breaks one thing, and the class of finding that must say so.
type broken struct {
	name  string
	want  contract.Class
	layer layer
}

func set(member string, value any) func(object) { return func(o object) { o[member] = value } }
func without(member string) func(object)        { return func(o object) { delete(o, member) } }

func first(member string, change func(object)) func(object) {
	return func(o object) {
		if list, ok := o[member].([]any); ok && len(list) > 0 {
			change(list[0].(object))
		}
	}
}

func header(name string, values ...string) func(*response) {
	return func(a *response) { a.header[http.CanonicalHeaderKey(name)] = values }
}

func status(code int) func(*response) { return func(a *response) { a.status = code } }

func body(text string) func(*response) { return func(a *response) { a.body = []byte(text) } }

// brokenAnswers are wrong in what they look like.
var brokenAnswers = []broken{
	{"201 for a create", contract.UndocumentedStatus, successes(onCreate, status(201))},
	{"201 for an update", contract.UndocumentedStatus, successes(onUpdate, status(201))},
	{"204 for a removal", contract.UndocumentedStatus, successes(onRemove, func(a *response) { a.status, a.body = 204, nil })},
	{"202 for a list", contract.UndocumentedStatus, successes(onList, status(202))},
	{"302 for a read", contract.UndocumentedStatus, successes(onGet, func(a *response) { a.status = 302; header("Location", "/login")(a) })},
	{"200 for every error", contract.ErrorAsSuccess, errorsOf(onAll, status(200))},
	{"200 for an error of an update", contract.ErrorAsSuccess, errorsOf(onUpdate, status(200))},

	{"HTML as the content type", contract.ContentType, successes(onAll, header("Content-Type", "text/html"))},
	{"no content type", contract.ContentType, successes(onGet, header("Content-Type", ""))},
	{"text as the content type of errors", contract.ContentType, errorsOf(onCreate, header("Content-Type", "text/plain"))},
	{"another charset", contract.ContentType, successes(onCreate, header("Content-Type", "application/json; charset=iso-8859-1"))},
	{"two content types", contract.ContentType, successes(onList, header("Content-Type", "application/json", "text/html"))},

	{"a required field gone from a create", contract.Schema, things(onCreate, without("uuid"))},
	{"a required field gone from a list", contract.Schema, bodies(onList, without("status"))},
	{"a required field gone from each user", contract.Schema, things(onRead, first("users", without("email")))},
	{"a number for a text", contract.Schema, things(onGet, set("name", 12))},
	{"a text for an array", contract.Schema, things(onCreate, set("groups", "none"))},
	{"an object for an array", contract.Schema, things(onUpdate, set("users", object{}))},
	{"an extra envelope", contract.Schema, successes(onAll, func(a *response) { a.body = fmt.Appendf(nil, `{"data":%s}`, a.body) })},
	{"an extra envelope around one thing", contract.Schema, bodies(onGet, func(b object) { b["results"] = object{"attribute": b["results"]} })},
	{"null for a date", contract.Schema, things(onCreate, set("createdAt", nil))},
	{"null for an array", contract.Schema, things(onRead, set("groups", nil))},
	{"null for an optional text", contract.Schema, things(onRead, set("description", nil))},
	{"a date in another format", contract.Schema, things(onList, set("createdAt", "Tue, 24 Nov 2026 15:17:27 GMT"))},
	{"a date without a zone", contract.Schema, things(onCreate, set("createdAt", "2026-11-24T15:17:27.508"))},
	{"a date as a number", contract.Schema, things(onGet, set("createdAt", 1795533447))},
	{"another word for ok", contract.Schema, bodies(onRemove, set("status", "OK"))},
	{"a list that is one thing", contract.Schema, bodies(onList, set("results", object{}))},

	{"errors in bare text", contract.ErrorShape, errorsOf(onAll, func(a *response) { header("Content-Type", "text/plain")(a); a.body = []byte("no") })},
	{"errors as a web page", contract.ErrorShape, errorsOf(onGet, func(a *response) { header("Content-Type", "text/html")(a); a.body = []byte("<html>404</html>") })},
	{"errors of another shape", contract.ErrorShape, errorsOf(onAll, body(`{"message":"no","code":1}`))},
	{"errors without a name", contract.ErrorShape, errorsOf(onCreate, body(`{"status":"error","error":{"statusCode":422,"message":"no","data":{}}}`))},
	{"the status of an error as a text", contract.ErrorShape, errorsOf(onUpdate, body(`{"status":"error","error":{"statusCode":"422","name":"E"}}`))},
	{"another status in the error than it has", contract.ErrorShape, errorsOf(onAll, body(`{"status":"error","error":{"statusCode":418,"name":"E"}}`))},
	{"401 without a body", contract.BrokenBody, answers(onAll, func(a *response) {
		if a.status == 401 {
			a.body = nil
		}
	})},

	{"no ETag", contract.Header, successes(onAll, func(a *response) { a.header.Del("ETag") })},
	{"an ETag without quotes", contract.Header, successes(onCreate, header("ETag", "abc"))},
	{"one ETag for all versions", contract.Precondition, successes(onAll, header("ETag", `"1"`))},
	{"an ETag for each read", contract.Precondition, func(next http.Handler) http.Handler {
		var n atomic.Int64
		return successes(onGet, func(a *response) { header("ETag", fmt.Sprintf(`"%d"`, n.Add(1)))(a) })(next)
	}},
	{"another ETag of a create than of what it made", contract.Precondition, successes(onCreate, header("ETag", `"1"`))},
	{"another ETag of an update than of what is read then", contract.Precondition, successes(onUpdate, header("ETag", `"1"`))},
	{"conditions that nobody looks at", contract.Precondition, requests(onAll, func(r *http.Request, b []byte) []byte { r.Header.Del("If-Match"); return b })},
	{"conditions that nothing fulfills", contract.Precondition, instead(func(r *http.Request) *response {
		if r.Header.Get("If-Match") != "" && r.Header.Get("If-Match") != "*" {
			return refusal(412)
		}
		return nil
	})},

	{"JSON without its end", contract.BrokenBody, successes(onCreate, func(a *response) { a.body = a.body[:len(a.body)/2] })},
	{"two JSON values", contract.BrokenBody, successes(onGet, func(a *response) { a.body = append(a.body, `{"status":"ok"}`...) })},
	{"a name twice in an object", contract.BrokenBody, successes(onGet, func(a *response) { a.body = bytes.Replace(a.body, []byte(`{`), []byte(`{"status":"no",`), 1) })},
	{"bytes that are not UTF-8", contract.BrokenBody, successes(onList, func(a *response) { a.body = bytes.ReplaceAll(a.body, []byte("Check"), []byte("Ch\xffck")) })},
	{"an encoding that nobody asked for", contract.BrokenBody, successes(onGet, header("Content-Encoding", "br"))},
	{"a body shorter than its length", contract.BrokenBody, raw(onUpdate, func(a *response) (int, []byte) { return len(a.body) + 10, a.body })},
	{"a length shorter than the body", contract.BrokenBody, raw(onList, func(a *response) (int, []byte) { return len(a.body) - 10, a.body })},
	{"a body cut off", contract.BrokenBody, raw(onCreate, func(a *response) (int, []byte) { return len(a.body), a.body[:len(a.body)/2] })},
	{"a connection cut off", contract.NoAnswer, cut(onRemove)},
	{"a connection cut off, now and then", contract.NoAnswer, cut(every(20, onAll))},
	{"an answer that does not come", contract.NoAnswer, stuck(onUpdate)},
	{"a body that does not come", contract.NoAnswer, stuckBody(onGet)},
	{"a body without end", contract.BrokenBody, endless(on("GET", "groups"))},
}

// raw answers with bytes and a length of one's own.
func raw(w which, change func(a *response) (length int, body []byte)) layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			a := of(next, r)
			if !w(r) || !a.ok() {
				a.send(rw)
				return
			}
			length, body := change(a)
			connection, _, err := rw.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			defer connection.Close()
			fmt.Fprintf(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", a.header.Get("ETag"), length, body)
		})
	}
}

func cut(w which) layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			a := of(next, r)
			if w(r) {
				panic(http.ErrAbortHandler)
			}
			a.send(rw)
		})
	}
}

// stuck does not answer as long as the client waits.
func stuck(w which) layer {
	return handles(w, func(_ http.Handler, rw http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // only then is the client's end noticed
		<-r.Context().Done()
	})
}

func stuckBody(w which) layer {
	return handles(w, func(_ http.Handler, rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		io.WriteString(rw, `{"status":"ok",`)
		rw.(http.Flusher).Flush()
		<-r.Context().Done()
	})
}

func endless(w which) layer {
	return handles(w, func(_ http.Handler, rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		io.WriteString(rw, `{"status":"ok","results":{"data":[`)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(rw, strings.Repeat("{},", 10_000)); err != nil {
				return
			}
		}
	})
}

// TestBrokenServers prints the table of all servers that are broken on purpose. Each
// must be caught, by a finding of its class.
func TestBrokenServers(t *testing.T) {
	all := append(append(append([]broken{}, brokenAnswers...), brokenJudgments...), brokenStores...)
	rows := make([]string, len(all))
	t.Run("each", func(t *testing.T) {
		for i, b := range all {
			t.Run(b.name, func(t *testing.T) {
				t.Parallel()
				handler, token := healthyOnSQLite(t)
				cfg := contract.Config{
					URL: listen(t, b.layer(handler)), Spec: effectiveSpec(t), Token: token, Operations: usual,
					Seed: uint64(i), Cases: -1, Timeout: 2 * time.Second,
				}
				caught, report := catch(t, cfg, b.want)
				if caught == nil { // it is one of the others that is broken
					cfg.Operations = nil
					caught, report = catch(t, cfg, b.want)
				}
				if caught == nil {
					t.Fatalf("not caught as %s:\n%s", b.want, textOf(t, report))
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
func catch(t *testing.T, cfg contract.Config, class contract.Class) (caught *contract.Finding, report *contract.Report) {
	t.Helper()
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	cfg.Keep = true // nobody comes after it
	cfg.OnFinding = func(f contract.Finding) {
		if f.Class == class {
			enough()
		}
	}
	report, err := contract.Check(ctx, cfg)
	if err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	return firstOf(report, class), report
}

func firstOf(report *contract.Report, class contract.Class) *contract.Finding {
	for i := range report.Findings {
		if report.Findings[i].Class == class {
			return &report.Findings[i]
		}
	}
	return nil
}
