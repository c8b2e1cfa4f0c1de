package contract_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract"
	. "attributed/contract/contracttest"
)

// foreign is a right server of somebody else's API: it keeps things of one kind, and what
// the rows of a test tell it to do otherwise is as lawful.
type foreign struct {
	request    string // the schema of what is sent
	answer     string // of what is answered, without allOf and id; "" is that of the request
	parameters string // of each operation, a list in JSON
	media      string // of all bodies; "" is application/json
	param      string // of the item's path, and the member that is the id; "" is id
	statuses   string // further answers of create and update, as ,"409":{…}

	sends   string                                            // the content type of answers; "" is media
	alsoID  string                                            // the member that is the id, where it is not called as the parameter
	mended  func(o Object)                                    // changes what is sent before it is looked at
	shown   func(o Object)                                    // changes an answer
	refuses func(r *http.Request, o Object) int               // a status to refuse a request with; 0 takes it
	cut     bool                                              // lists two things at most
	written func(text []byte) []byte                          // changes an answer's text
	inPlace func(w http.ResponseWriter, r *http.Request) bool // answers in its place

	mu     sync.Mutex
	schema *openapi3.Schema
	things map[string]Object
	last   int
}

func (f *foreign) spec(t *testing.T) *openapi3.T {
	t.Helper()
	f.things = map[string]Object{}
	or := func(text, other string) string {
		if text == "" {
			return other
		}
		return text
	}
	f.param, f.media, f.parameters = or(f.param, "id"), or(f.media, "application/json"), or(f.parameters, "[]")
	media := string(Marshal(f.media))
	f.alsoID = or(f.alsoID, f.param)
	thing := `{"allOf": [{"$ref": "#/components/schemas/Answer"}, {"type": "object", "required": ["` + f.alsoID + `"], "properties": {"` + f.alsoID + `": {"type": "string"}}}]}`
	answered := func(schema string) string {
		return `"200": {"description": "", "content": {` + media + `: {"schema": ` + schema + `}}}, "400": {"description": ""}, "404": {"description": ""}` + f.statuses
	}
	body := `"requestBody": {"required": true, "content": {` + media + `: {"schema": {"$ref": "#/components/schemas/Request"}}}}`
	text := `{"openapi": "3.0.3", "info": {"title": "Foreign", "version": "1"}, "paths": {
	"/things": {"parameters": ` + f.parameters + `,
	 "get": {"operationId": "list", "responses": {` + answered(`{"type": "array", "items": `+thing+`}`) + `}},
	 "post": {"operationId": "make", ` + body + `, "responses": {` + answered(thing) + `}}},
	"/things/{` + f.param + `}": {"parameters": [{"in": "path", "name": "` + f.param + `", "required": true, "schema": {"type": "string"}}` + strings.TrimSuffix(strings.Replace(","+f.parameters[1:], ",]", "]", 1), "]") + `],
	 "get": {"operationId": "get", "responses": {` + answered(thing) + `}},
	 "put": {"operationId": "change", ` + body + `, "responses": {` + answered(thing) + `}},
	 "delete": {"operationId": "remove", "responses": {"204": {"description": ""}, "400": {"description": ""}, "404": {"description": ""}}}}},
	"components": {"schemas": {"Request": ` + f.request + `, "Answer": ` + or(f.answer, f.request) + kinds + `}}}`
	spec, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	f.schema = spec.Components.Schemas["Request"].Value
	return spec
}

func (f *foreign) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.inPlace != nil && f.inPlace(w, r) {
		return
	}
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", f.media)
		if f.sends != "" {
			w.Header().Set("Content-Type", f.sends)
		}
		w.WriteHeader(status)
		if text := Marshal(body); status == 200 && f.written != nil {
			w.Write(f.written(text))
		} else if status == 200 {
			w.Write(text)
		}
	}
	show := func(id string) Object {
		o := maps.Clone(f.things[id])
		o[f.alsoID] = id
		if f.shown != nil {
			f.shown(o)
		}
		return o
	}
	var sent Object
	if r.Method == "POST" || r.Method == "PUT" {
		text, _ := io.ReadAll(r.Body)
		given, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		wanted, _, _ := mime.ParseMediaType(f.media)
		if sent = Unmarshal(text); sent != nil && f.mended != nil {
			f.mended(sent)
		}
		if given != wanted || sent == nil || !json.Valid(text) || f.schema.VisitJSON(map[string]any(sent), openapi3.VisitAsRequest(), openapi3.EnableFormatValidation()) != nil {
			answer(400, nil)
			return
		}
	}
	if f.refuses != nil {
		if status := f.refuses(r, sent); status != 0 {
			answer(status, nil)
			return
		}
	}
	id := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/things"), "/")
	_, there := f.things[id]
	switch {
	case id == "" && r.Method == "GET":
		all := []any{}
		for _, id := range slices.Sorted(maps.Keys(f.things)) {
			all = append(all, show(id))
		}
		if f.cut && len(all) > 2 {
			all = all[:2]
		}
		answer(200, all)
	case id == "" && r.Method == "POST":
		f.last++
		id = fmt.Sprintf("t%04d", f.last)
		f.things[id] = sent
		answer(200, show(id))
	case !there || !slices.Contains([]string{"GET", "PUT", "DELETE"}, r.Method):
		answer(404, nil)
	case r.Method == "DELETE":
		delete(f.things, id)
		answer(204, nil)
	default:
		if r.Method == "PUT" {
			f.things[id] = sent
		}
		answer(200, show(id))
	}
}

const text50 = `{"type": "string", "minLength": 1, "maxLength": 50}`

// named is a schema of an object with a name and what else there is.
func named(more string, required ...string) string {
	return `{"type": "object", "required": ` + string(Marshal(append(required, "name"))) + `, "properties": {"name": ` + text50 + more + `}}`
}

// union is a schema of two kinds of objects, cats and dogs.
func union(more string) string {
	return `{"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]` + more + `}`
}

// kinds are what a union is of.
const kinds = `, "Cat": {"type": "object", "required": ["kind", "lives"], "properties": {"kind": {"type": "string"}, "lives": {"type": "integer", "minimum": 3, "maximum": 9}}},
	"Dog": {"type": "object", "required": ["kind", "bark"], "properties": {"kind": {"type": "string"}, "bark": {"type": "string", "minLength": 1}, "tail": {"type": "boolean"}}}`

// checkForeign checks such a server, of which a good deal must have been made.
func checkForeign(t *testing.T, f *foreign) *contract.Report {
	t.Helper()
	spec := f.spec(t)
	result := Check(t, contract.Config{URL: Listen(t, f), Spec: spec, Cases: 5, Seed: 3})
	if f.last < 10 || len(f.things) > 0 {
		t.Errorf("%d things were made, %d were left", f.last, len(f.things))
	}
	return result
}
