package contract_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract"
	"attributed/gen"
	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// healthy is our real server on a store with the demo organization, and a token of
// its admin.
func healthy(t *testing.T, s *store.Store) (handler http.Handler, token string) {
	t.Helper()
	if err := s.LoadDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	handler, err := server.New(s, slog.New(slog.DiscardHandler), server.Config{CheckResponses: server.Enforce})
	if err != nil {
		t.Fatal(err)
	}
	token, err = s.CreateToken(t.Context(), store.DemoEmail, "a test", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return handler, token
}

// healthyOnSQLite is one on a file of its own.
func healthyOnSQLite(t *testing.T) (handler http.Handler, token string) {
	t.Helper()
	s := storetest.Open(t, storetest.SQLiteURL(t)+"?synchronous=normal")
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return healthy(t, s)
}

// listen serves a handler until the test ends. What it is broken on purpose for is
// not logged.
func listen(t *testing.T, handler http.Handler) (url string) {
	t.Helper()
	web := httptest.NewUnstartedServer(handler)
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.Start()
	t.Cleanup(web.Close)
	return web.URL
}

func effectiveSpec(t testing.TB) *openapi3.T {
	t.Helper()
	spec, err := gen.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// check runs a check that can be run.
func check(t *testing.T, cfg contract.Config) *contract.Report {
	t.Helper()
	report, err := contract.Check(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// textOf is what a person sees of a report.
func textOf(t *testing.T, report *contract.Report) string {
	t.Helper()
	var text bytes.Buffer
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// A layer stands before a real server and breaks one thing.
type layer func(next http.Handler) http.Handler

// which tells what requests a layer is about.
type which func(r *http.Request) bool

func on(method, pattern string) which {
	path := regexp.MustCompile(`^/api/v1/org/` + pattern + `$`)
	return func(r *http.Request) bool {
		return (method == "" || r.Method == method) && path.MatchString(r.URL.Path)
	}
}

const uuid = `[0-9a-fA-F-]{36}`

var (
	onAll    = on("", ".*")
	onCreate = on("POST", "attributes")
	onList   = on("GET", "attributes")
	onGet    = on("GET", "attributes/"+uuid)
	onUpdate = on("PUT", "attributes/"+uuid)
	onRemove = on("DELETE", "attributes/"+uuid)
	onRead   = on("GET", "attributes(/"+uuid+")?")
	onWrite  = func(r *http.Request) bool { return onCreate(r) || onUpdate(r) }
	onView   = on("GET", "users/"+uuid+"/attributes")
)

// every is each nth of the requests that a layer is about.
func every(n int, w which) which {
	count := 0
	return func(r *http.Request) bool {
		if !w(r) {
			return false
		}
		count++
		return count%n == 0
	}
}

// response is an answer that a layer may change before it is sent.
type response struct {
	status int
	header http.Header
	body   []byte
}

// of sends a request to the real server.
func of(next http.Handler, r *http.Request) *response {
	w := httptest.NewRecorder()
	next.ServeHTTP(w, r)
	return &response{w.Code, w.Header(), w.Body.Bytes()}
}

func (a *response) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	w.Write(a.body)
}

func (a *response) ok() bool { return a.status < 300 }

// answers breaks the answers to some requests.
func answers(w which, change func(a *response)) layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			a := of(next, r)
			if w(r) {
				change(a)
			}
			a.send(rw)
		})
	}
}

// successes breaks the answers that say that all went well, errors the others.
func successes(w which, change func(a *response)) layer {
	return answers(w, func(a *response) {
		if a.ok() {
			change(a)
		}
	})
}

func errorsOf(w which, change func(a *response)) layer {
	return answers(w, func(a *response) {
		if !a.ok() {
			change(a)
		}
	})
}

// object is a JSON object, in which numbers stay as they are.
type object = map[string]any

func parse(text []byte) object {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var o object
	if decoder.Decode(&o) != nil {
		return nil
	}
	return o
}

func write(o any) []byte {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return text
}

// bodies breaks what stands in the bodies of good answers.
func bodies(w which, change func(body object)) layer {
	return successes(w, func(a *response) {
		if body := parse(a.body); body != nil {
			change(body)
			a.body = write(body)
		}
	})
}

// things breaks each attribute in good answers.
func things(w which, change func(thing object)) layer {
	return bodies(w, func(body object) {
		switch results := body["results"].(type) {
		case object:
			change(results)
		case []any:
			for _, thing := range results {
				change(thing.(object))
			}
		}
	})
}

// requests breaks what some requests say before the real server sees it.
func requests(w which, change func(r *http.Request, body []byte) []byte) layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if w(r) {
				body, _ := io.ReadAll(r.Body)
				body = change(r, body)
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				r.Header.Set("Content-Length", strconv.Itoa(len(body)))
			}
			of(next, r).send(rw)
		})
	}
}

// sent breaks what is stored: the members of bodies that are sent to be.
func sent(w which, change func(body object)) layer {
	return requests(w, func(_ *http.Request, text []byte) []byte {
		body := parse(text)
		if body == nil {
			return text
		}
		change(body)
		return write(body)
	})
}

// names breaks one text of what is stored.
func names(member string, change func(string) string) layer {
	return sent(onWrite, func(body object) {
		if text, ok := body[member].(string); ok {
			body[member] = change(text)
		}
	})
}

// refuses refuses good requests whose body tells the test so.
func refuses(w which, test func(body object) bool) layer {
	return instead(func(r *http.Request) *response {
		if !w(r) {
			return nil
		}
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		if body := parse(text); body == nil || !test(body) {
			return nil
		}
		return refusal(422)
	})
}

// instead answers in place of the real server, where it gives an answer.
func instead(answer func(r *http.Request) *response) layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := answer(r)
			if a == nil {
				a = of(next, r)
			}
			a.send(w)
		})
	}
}

// handles takes some requests from the real server.
func handles(w which, handle func(next http.Handler, rw http.ResponseWriter, r *http.Request)) layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if w(r) {
				handle(next, rw, r)
			} else {
				next.ServeHTTP(rw, r)
			}
		})
	}
}

func refusal(status int) *response {
	return &response{status, http.Header{"Content-Type": {"application/json"}}, write(object{
		"status": "error", "error": object{"statusCode": status, "name": "SomeError", "message": "No.", "data": object{}},
	})}
}

// fails answers 500 where the real server's answer tells the test so.
func fails(w which, test func(a *response) bool) layer {
	return answers(w, func(a *response) {
		if test(a) {
			*a = *refusal(500)
		}
	})
}

func saying(text string) func(a *response) bool {
	return func(a *response) bool { return !a.ok() && strings.Contains(string(a.body), text) }
}
