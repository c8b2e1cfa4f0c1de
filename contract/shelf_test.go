package contract_test

import (
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract"
	. "attributed/contract/contracttest"
	"attributed/contract/report"
)

// shelf serves testdata/shelf.yaml, which has nothing of Lightdash, and is broken in one way if told so.
type shelf struct {
	fault string
	draft *openapi3.Schema
	more  func(w http.ResponseWriter, r *http.Request) bool // answers first what it knows; may be nil

	mu    sync.Mutex
	books map[int]Object
	last  int
}

const shelfToken = "Shelf-reader-1"

func shelfSpec(t *testing.T) *openapi3.T {
	t.Helper()
	data, err := os.ReadFile("testdata/shelf.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := contract.ReadSpec(data)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// newShelf is one with a book on it, of the first of two authors.
func newShelf(t *testing.T, fault string) *shelf {
	first := Object{"title": "Ours", "authorId": 1, "genre": "novel", "pages": 9}
	return &shelf{fault: fault, draft: shelfSpec(t).Components.Schemas["Draft"].Value, books: map[int]Object{1: first}, last: 1}
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := func(status int, value any) {
		w.Header().Set("Content-Type", map[bool]string{true: "application/json", false: "application/problem+json"}[status < 300])
		w.WriteHeader(status)
		w.Write(Marshal(value))
	}
	refuse := func(status int) {
		if s.fault == "errors in bare text" {
			http.Error(w, http.StatusText(status), status)
			return
		}
		answer(status, Object{"title": http.StatusText(status), "status": status})
	}
	if given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); !ok || given != shelfToken && s.fault != "any token" {
		refuse(401)
		return
	}
	if s.more != nil && s.more(w, r) {
		return
	}
	text, item := strings.CutPrefix(r.URL.Path, "/v3/books/")
	id, _ := strconv.Atoi(text)
	switch book := s.books[id]; {
	case r.Method == "GET" && r.URL.Path == "/v3/authors":
		answer(200, Object{"data": []Object{{"id": 1, "name": "Ann"}, {"id": 2, "name": "Bob"}}})
	case r.Method == "GET" && r.URL.Path == "/v3/books":
		genre := r.URL.Query().Get("genre")
		if r.URL.Query().Has("genre") && !slices.Contains([]string{"novel", "verse", "essay"}, genre) {
			refuse(400)
			return
		}
		all := []Object{}
		for _, id := range slices.Sorted(maps.Keys(s.books)) {
			if genre == "" || s.books[id]["genre"] == genre {
				all = append(all, s.shown(id))
			}
		}
		if s.fault != "no count" {
			w.Header().Set("X-Total-Count", strconv.Itoa(len(all)))
		}
		answer(200, Object{"data": all, "meta": Object{"count": len(all)}})
	case r.Method == "POST" && r.URL.Path == "/v3/books":
		draft, status := s.sent(r)
		if status != 0 {
			refuse(status)
			return
		}
		s.last++
		s.books[s.last] = draft
		w.Header().Set("Location", "/v3/books/"+strconv.Itoa(s.last))
		answer(map[bool]int{true: 200, false: 201}[s.fault == "200 to a create"], Object{"data": s.shown(s.last)})
	case !item || book == nil:
		refuse(404)
	case r.Method == "GET":
		answer(200, Object{"data": s.shown(id)})
	case r.Method == "PUT":
		draft, status := s.sent(r)
		if status != 0 {
			refuse(status)
			return
		}
		if s.books[id] = draft; s.fault == "pages that are not updated" {
			draft["pages"] = book["pages"]
		}
		answer(200, Object{"data": s.shown(id)})
	case r.Method == "DELETE":
		if s.fault != "a removal that does nothing" {
			delete(s.books, id)
		}
		w.WriteHeader(204)
	default:
		refuse(405)
	}
}

// shown is a book as it is answered.
func (s *shelf) shown(id int) Object {
	book := maps.Clone(s.books[id])
	book["id"] = id
	if s.fault == "ids as texts" {
		book["id"] = strconv.Itoa(id)
	}
	return book
}

// sent is the draft in a request, or the status that refuses it.
func (s *shelf) sent(r *http.Request) (draft Object, status int) {
	text, err := io.ReadAll(r.Body)
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var value any
	switch {
	case media != "application/json":
		return nil, 415
	case err != nil || json.Unmarshal(text, &value) != nil || s.draft.VisitJSON(value) != nil:
		return nil, 400
	}
	draft = value.(Object)
	if author := draft["authorId"].(float64); author != 1 && author != 2 {
		return nil, 422
	}
	return draft, 0
}

// TestForeignAPI has the check find what is broken in a server of which it knows the spec alone, and nothing in a whole one.
func TestForeignAPI(t *testing.T) {
	tests := []struct {
		fault     string
		class     contract.Class
		operation string
	}{
		{"", "", ""},
		{"200 to a create", report.UndocumentedStatus, "addBook"},
		{"no count", report.Header, "books"},
		{"a removal that does nothing", report.NotRemoved, "book"},
		{"pages that are not updated", report.UpdateLost, "book"},
		{"ids as texts", report.Schema, "addBook"},
		{"any token", report.TokenUnchecked, "authors"},
		{"errors in bare text", report.ErrorShape, "books"},
	}
	for _, tt := range tests {
		t.Run(tt.fault, func(t *testing.T) {
			server := newShelf(t, tt.fault)
			result := Check(t, contract.Config{URL: Listen(t, server), Spec: shelfSpec(t), Token: shelfToken, Cases: 3, Seed: 1})
			found := slices.ContainsFunc(result.Findings, func(f contract.Finding) bool { return f.Class == tt.class && f.Operation == tt.operation })
			if found != (tt.fault != "") || tt.fault == "" && len(result.Findings) > 0 {
				t.Errorf("%s", TextOf(t, result))
			}
			if tt.fault == "" && (server.last < 20 || len(server.books) != 1) {
				t.Errorf("%d books were made, and %d are there", server.last, len(server.books))
			}
		})
	}
}
