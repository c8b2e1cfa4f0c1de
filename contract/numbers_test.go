package contract_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
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

// numberedSpec is of things whose ids are numbers.
const numberedSpec = `{"openapi": "3.0.3", "info": {"title": "Things", "version": "1"},
"paths": {
 "/things": {
  "get": {"operationId": "list", "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}}}}},
  "post": {"operationId": "make", "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Text"}}}},
   "responses": {"201": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}, "default": {"description": ""}}}},
 "/things/{id}": {
  "get": {"operationId": "get", "parameters": [{"in": "path", "name": "id", "required": true, "schema": {"type": "integer"}}],
   "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}, "default": {"description": ""}}},
  "delete": {"operationId": "remove", "parameters": [{"in": "path", "name": "id", "required": true, "schema": {"type": "integer"}}],
   "responses": {"204": {"description": ""}, "default": {"description": ""}}}}},
"components": {"schemas": {
 "Text": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 50}}},
 "Thing": {"type": "object", "required": ["id", "text"], "properties": {"id": {"type": "integer"}, "text": {"type": "string"}}}}}}`

// numbered serves numberedSpec.
type numbered struct {
	mu     sync.Mutex
	texts  map[int]string
	last   int
	forget bool // answers a removal, and removes nothing
}

func (n *numbered) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if body != nil {
			w.Write(Marshal(body))
		}
	}
	thing := func(id int) Object { return Object{"id": id, "text": n.texts[id]} }
	if r.URL.Path == "/things" && r.Method == "GET" {
		all := []any{}
		for _, id := range slices.Sorted(maps.Keys(n.texts)) {
			all = append(all, thing(id))
		}
		answer(200, all)
		return
	}
	if r.URL.Path == "/things" && r.Method == "POST" {
		sent, _ := io.ReadAll(r.Body)
		text, ok := Unmarshal(sent)["text"].(string)
		if length := len([]rune(text)); !ok || length < 1 || length > 50 || r.Header.Get("Content-Type") != "application/json" || !json.Valid(sent) {
			answer(400, nil)
			return
		}
		n.last++
		n.texts[n.last] = text
		answer(201, thing(n.last))
		return
	}
	id, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/things/"))
	switch _, there := n.texts[id]; {
	case err != nil || !there || r.Method != "GET" && r.Method != "DELETE":
		answer(404, nil)
	case r.Method == "GET":
		answer(200, thing(id))
	default:
		if !n.forget {
			delete(n.texts, id)
		}
		answer(204, nil)
	}
}

func TestThingsWithNumbers(t *testing.T) {
	spec, err := openapi3.NewLoader().LoadFromData([]byte(numberedSpec))
	if err != nil {
		t.Fatal(err)
	}
	for _, forget := range []bool{false, true} {
		n := &numbered{texts: map[int]string{}, forget: forget}
		web := httptest.NewServer(n)
		result := Check(t, contract.Config{URL: web.URL, Spec: spec, Cases: 3})
		web.Close()
		caught := slices.ContainsFunc(result.Findings, func(f contract.Finding) bool {
			return f.Class == report.NotRemoved && f.Operation == "get" && strings.Contains(f.Curl, `/things/'"$ID"'`)
		})
		switch {
		case !forget && len(result.Findings)+len(result.Notes)+len(n.texts) > 0:
			t.Errorf("%d left\n%s", len(n.texts), TextOf(t, result))
		case n.last < 10:
			t.Errorf("%d things were made", n.last)
		case forget != caught:
			t.Error(TextOf(t, result))
		}
	}
}
