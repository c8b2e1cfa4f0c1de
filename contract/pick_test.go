package contract_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract"
	. "attributed/contract/contracttest"
	"attributed/contract/report"
)

// library is the shelf among so much else that the check has to choose what it calls.
type library struct {
	mu     sync.Mutex
	called map[string]int // what was asked for beside the shelf, by method and path
}

// described adds to the shelf's spec what it has beside it.
func (l *library) described(t *testing.T) *openapi3.T {
	t.Helper()
	const good = `"responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object","required":["data"],"properties":{"data":{"type":"string"}}}}}},"default":{"$ref":"#/components/responses/Problem"}}`
	const path = `"parameters":[{"in":"path","required":true,"name":`
	paths := []string{
		`"/authors/{authorId}":{` + path + `"authorId","schema":{"type":"integer"}}],"get":{"operationId":"author",` + good + `},"delete":{"operationId":"banishAuthor",` + good + `}}`,
		`"/books/{bookId}/cover":{` + path + `"bookId","schema":{"type":"integer"}}],"get":{"operationId":"cover",` + good + `}}`,
		`"/genres/{genre}":{` + path + `"genre","schema":{"$ref":"#/components/schemas/Genre"}}],"get":{"operationId":"genre",` + good + `}}`,
		`"/isbn/{isbn}":{` + path + `"isbn","example":"978-3","schema":{"type":"string"}}],"get":{"operationId":"isbn",` + good + `}}`,
		`"/riddles/{riddle}":{` + path + `"riddle","schema":{"type":"string"}}],"get":{"operationId":"riddle",` + good + `}}`,
		`"/sale":{"post":{"operationId":"sellAll",` + good + `}}`,
		`"/photo":{"put":{"operationId":"hangPhoto","requestBody":{"required":true,"content":{"image/png":{}}},` + good + `}}`,
		`"/loans":{"post":{"operationId":"lend","requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","properties":{"note":{"type":"string"}}}}}},` +
			`"responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object","properties":{"id":{"type":"integer"}}}}}}}}}`,
	}
	for i := range 50 {
		paths = append(paths, fmt.Sprintf(`"/rooms/room%d":{"get":{"operationId":"room%d",%s}}`, i, i, good))
	}
	spec := shelfSpec(t)
	whole, err := spec.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(whole), `"paths":{`, `"paths":{`+strings.Join(paths, ",")+",", 1)
	if spec, err = contract.ReadSpec([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return spec
}

// answer is all that stands beside the shelf.
func (l *library) answer(w http.ResponseWriter, r *http.Request) bool {
	path := strings.TrimPrefix(r.URL.Path, "/v3")
	if path == "/books" || path == "/authors" || strings.HasPrefix(path, "/books/") && !strings.HasSuffix(path, "/cover") {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.called[r.Method+" "+path]++
	there := path == "/authors/1" || path == "/authors/2" || path == "/genres/novel" || strings.HasPrefix(path, "/rooms/room") || strings.HasSuffix(path, "/cover") && !strings.Contains(path, "-")
	if r.Method != http.MethodGet || !there {
		return false // which the shelf does not know
	}
	Answering(200, `{"data":"here"}`).ServeHTTP(w, r)
	return true
}

// TestWhatIsPickedOfALargeSpec does no harm: it reads, and makes what it can remove again. Whatever else there is, is
// listed with its reason, and never called.
func TestWhatIsPickedOfALargeSpec(t *testing.T) {
	l := &library{called: map[string]int{}}
	server := newShelf(t, "")
	server.more = l.answer
	result := Check(t, contract.Config{URL: Listen(t, server), Spec: l.described(t), Token: shelfToken, Cases: 2, Seed: 1})
	text := strings.Join(strings.Fields(TextOf(t, result)), " ")
	if len(result.Findings) > 0 || len(server.books) != 1 || server.last < 10 {
		t.Errorf("%d books were made, and %d are there: %s", server.last, len(server.books), TextOf(t, result))
	}
	for _, want := range []string{
		"1 operations were not called, since nothing is known that {riddle} of their path could name: riddle",
		"1 operations were not called, since only JSON is made, and their body is another: hangPhoto",
		"2 operations were not called, since what they make or do could not be undone: no DELETE below their path takes an id that they answer: lend, sellAll",
		"1 operations were not called, since they change, or remove, what the check has not made: banishAuthor",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not told: %s", want, text)
		}
	}
	called := slices.Sorted(maps.Keys(l.called))
	for _, want := range []string{"GET /authors/1", "GET /genres/novel", "GET /isbn/978-3", "GET /rooms/room0", "GET /rooms/room49"} {
		if l.called[want] == 0 {
			t.Errorf("%s was not called: %q", want, called)
		}
	}
	for _, call := range called {
		if method, _, _ := strings.Cut(call, " "); method != http.MethodGet && method != http.MethodTrace {
			t.Errorf("%s was called", call)
		}
	}
	for _, operation := range []string{"cover", "addBook", "editBook", "dropBook", "room7"} {
		if result.Operations[operation] == 0 {
			t.Errorf("%s was not called", operation)
		}
	}
}

// TestWhatIsPickedIsJudged as deep as if it had been named.
func TestWhatIsPickedIsJudged(t *testing.T) {
	for fault, class := range map[string]contract.Class{"a removal that does nothing": report.NotRemoved, "pages that are not updated": report.UpdateLost} {
		l := &library{called: map[string]int{}}
		server := newShelf(t, fault)
		server.more = l.answer
		result := Check(t, contract.Config{URL: Listen(t, server), Spec: l.described(t), Token: shelfToken, Cases: 2, Seed: 1})
		if FirstOf(result, class) == nil {
			t.Errorf("%s: %s", fault, TextOf(t, result))
		}
	}
}
