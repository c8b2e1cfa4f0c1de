package contract_test

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract"
	. "attributed/contract/contracttest"
	"attributed/contract/proxy"
	"attributed/contract/report"
)

// notebook is the spec of another API, of which nothing here knows. SERVERS is its servers.
const notebook = `{"openapi":"3.0.3","info":{"title":"Notebook","version":"2"},"servers":SERVERS,
"paths":{
 "/notes":{
  "get":{"operationId":"listNotes","responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/Note"}}}}},"default":{"$ref":"#/components/responses/Error"}}},
  "post":{"operationId":"createNote","requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/NewNote"}}}},
   "responses":{"201":{"description":"","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Note"}}}},"default":{"$ref":"#/components/responses/Error"}}}},
 "/notes/{id}":{"parameters":[{"in":"path","name":"id","required":true,"schema":{"type":"string"}}],
  "get":{"operationId":"getNote","responses":{"200":{"description":"","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Note"}}}},"default":{"$ref":"#/components/responses/Error"}}},
  "delete":{"operationId":"removeNote","responses":{"204":{"description":""},"default":{"$ref":"#/components/responses/Error"}}}}},
"components":{
 "responses":{"Error":{"description":"","content":{"application/json":{"schema":{"type":"object","required":["error"],"properties":{"error":{"type":"string"}}}}}}},
 "schemas":{
  "NewNote":{"type":"object","required":["title","size"],"properties":{"title":{"type":"string","minLength":1,"maxLength":200},"size":{"type":"integer","minimum":0,"maximum":1000000}}},
  "Note":{"type":"object","required":["id","title","size"],"properties":{"id":{"type":"string"},"title":{"type":"string"},"size":{"type":"integer"}}}}}}`

func notebookSpec(t *testing.T, servers string) *openapi3.T {
	t.Helper()
	spec, err := openapi3.NewLoader().LoadFromData([]byte(strings.Replace(notebook, "SERVERS", servers, 1)))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// notes serves the notebook at base, as its spec says.
func notes(t *testing.T, base string) http.Handler {
	t.Helper()
	draft := notebookSpec(t, "[]").Components.Schemas["NewNote"].Value
	var mu sync.Mutex
	var all []Object
	answer := func(w http.ResponseWriter, status int, value any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write(Marshal(value))
	}
	made := 0
	find := func(id string) int {
		return slices.IndexFunc(all, func(note Object) bool { return note["id"] == id })
	}
	mux := http.NewServeMux()
	handle := func(pattern string, serve func(w http.ResponseWriter, r *http.Request)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+base+path, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			serve(w, r)
		})
	}
	handle("GET /notes", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, append([]Object{}, all...)) })
	handle("POST /notes", func(w http.ResponseWriter, r *http.Request) {
		var body any
		text, err := io.ReadAll(r.Body)
		media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || media != "application/json" || json.Unmarshal(text, &body) != nil || draft.VisitJSON(body) != nil {
			answer(w, 400, Object{"error": "no such note can be"})
			return
		}
		made++
		note := Object{"id": fmt.Sprintf("n%d", made), "title": body.(Object)["title"], "size": body.(Object)["size"]}
		all = append(all, note)
		answer(w, 201, note)
	})
	handle("GET /notes/{id}", func(w http.ResponseWriter, r *http.Request) {
		if i := find(r.PathValue("id")); i >= 0 {
			answer(w, 200, all[i])
			return
		}
		answer(w, 404, Object{"error": "no such note"})
	})
	handle("DELETE /notes/{id}", func(w http.ResponseWriter, r *http.Request) {
		i := find(r.PathValue("id"))
		if i < 0 {
			answer(w, 404, Object{"error": "no such note"})
			return
		}
		all = slices.Delete(all, i, i+1)
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

// TestWhereTheSpecsPathsBegin: servers stand elsewhere than their spec says.
func TestWhereTheSpecsPathsBegin(t *testing.T) {
	const api = `[{"url":"https://notes.example.com/v2/api"}]`
	path := func(path string) *string { return &path }
	tests := []struct {
		name, servers string
		served        string  // where the server has its paths
		given         string  // after the server's address
		said          *string // with --base-path
		at            string  // where it is checked
		noted         bool    // that this is not as the spec has it
		refused       string
	}{
		{name: "as the spec says", servers: api, served: "/v2/api", at: "/v2/api"},
		{name: "at the root", servers: api, at: "", noted: true},
		{name: "at the root, said", servers: api, said: path(""), at: ""},
		{name: "at the root, said with a slash", servers: api, said: path("/"), at: ""},
		{name: "given with the path", servers: api, served: "/v2/api", given: "/v2/api", at: "/v2/api", noted: true},
		{name: "at the second of the spec's servers", servers: `[{"url":"/v1"},{"url":"/v2"}]`, served: "/v2", at: "/v2", noted: true},
		{name: "at a path of a variable", servers: `[{"url":"https://{host}/{base}","variables":{"host":{"default":"a"},"base":{"default":"v3"}}}]`, served: "/v3", at: "/v3"},
		{name: "at a path that the spec lacks, given", servers: `[]`, served: "/v2/api", given: "/v2/api", at: "/v2/api"},
		{name: "at a path that the spec lacks, said", servers: `[{"url":"/"}]`, served: "/v2/api", said: path("v2/api/"), at: "/v2/api"},
		{name: "nowhere", servers: api, served: "/v9", refused: "knows none of the operations (404 Not Found) under /v2/api or /"},
		{name: "not where it is said", servers: api, served: "/v2/api", said: path(""), refused: "knows none of the operations"},
		{name: "said as an address", servers: api, said: path("http://localhost/v2"), refused: "is no base path"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			url := Listen(t, notes(t, tt.served))
			result, err := contract.Check(t.Context(), contract.Config{URL: url + tt.given, Spec: notebookSpec(t, tt.servers), BasePath: tt.said, Cases: 3})
			if tt.refused != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refused) {
					t.Errorf("%v, want %q", err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			text := TextOf(t, result)
			if result.URL != url+tt.at || len(result.Findings) > 0 || len(result.Operations) != 4 {
				t.Errorf("checked at %s, not %s\n%s", result.URL, url+tt.at, text)
			}
			if noted := strings.Contains(text, "note: checked at "+url+tt.at+","); noted != tt.noted {
				t.Errorf("noted: %t\n%s", noted, text)
			}
		})
	}
}

// TestProxyKnowsWhereTheSpecsPathsBegin, too.
func TestProxyKnowsWhereTheSpecsPathsBegin(t *testing.T) {
	root := ""
	for _, tt := range []struct {
		path  string
		said  *string
		known bool
	}{
		{"/v2/api/notes", nil, true},
		{"/notes", nil, true},
		{"/v2/apinotes", nil, false},
		{"/notes", &root, true},
		{"/v2/api/notes", &root, false},
	} {
		p, err := proxy.New(proxy.Config{Upstream: Listen(t, notes(t, "")), Spec: notebookSpec(t, `[{"url":"https://notes.example.com/v2/api"}]`), BasePath: tt.said})
		if err != nil {
			t.Fatal(err)
		}
		Ask(t, "GET", Listen(t, p)+tt.path, "", "")
		if found := FirstOf(p.Report(), report.UnknownOperation); (found == nil) != tt.known {
			t.Errorf("%s: %v", tt.path, found)
		}
	}
}
