package contract_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract"
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
	mended  func(o object)                                    // changes what is sent before it is looked at
	shown   func(o object)                                    // changes an answer
	refuses func(r *http.Request, o object) int               // a status to refuse a request with; 0 takes it
	cut     bool                                              // lists two things at most
	written func(text []byte) []byte                          // changes an answer's text
	inPlace func(w http.ResponseWriter, r *http.Request) bool // answers in its place

	mu     sync.Mutex
	schema *openapi3.Schema
	things map[string]object
	last   int
}

func (f *foreign) spec(t *testing.T) *openapi3.T {
	t.Helper()
	f.things = map[string]object{}
	or := func(text, other string) string {
		if text == "" {
			return other
		}
		return text
	}
	f.param, f.media, f.parameters = or(f.param, "id"), or(f.media, "application/json"), or(f.parameters, "[]")
	media := string(write(f.media))
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
		if text := write(body); status == 200 && f.written != nil {
			w.Write(f.written(text))
		} else if status == 200 {
			w.Write(text)
		}
	}
	show := func(id string) object {
		o := maps.Clone(f.things[id])
		o[f.alsoID] = id
		if f.shown != nil {
			f.shown(o)
		}
		return o
	}
	var sent object
	if r.Method == "POST" || r.Method == "PUT" {
		text, _ := io.ReadAll(r.Body)
		given, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		wanted, _, _ := mime.ParseMediaType(f.media)
		if sent = parse(text); sent != nil && f.mended != nil {
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
	return `{"type": "object", "required": ` + string(write(append(required, "name"))) + `, "properties": {"name": ` + text50 + more + `}}`
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
	report := check(t, contract.Config{URL: listen(t, f), Spec: spec, Cases: 5, Seed: 3})
	if f.last < 10 || len(f.things) > 0 {
		t.Errorf("%d things were made, %d were left", f.last, len(f.things))
	}
	return report
}

// TestLawfulForeignServersAreClean has right servers of other APIs, each with a way to say
// things that differs from ours.
func TestLawfulForeignServersAreClean(t *testing.T) {
	for _, tt := range lawful {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if report := checkForeign(t, tt.server()); len(report.Findings)+len(report.Notes) > 0 {
				t.Error(textOf(t, report))
			}
		})
	}
}

var lawful = []struct {
	name   string
	server func() *foreign
}{
	{"a charset in the spec", func() *foreign { return &foreign{request: named(""), media: "application/json; charset=utf-8"} }},
	{"a charset in the spec alone", func() *foreign {
		return &foreign{request: named(""), media: "application/json; charset=utf-8", sends: "application/json"}
	}},
	{"capitals in the spec", func() *foreign {
		return &foreign{request: named(""), media: "Application/JSON", sends: "application/json"}
	}},
	{"a quoted charset in capitals", func() *foreign { return &foreign{request: named(""), sends: `APPLICATION/json;CHARSET="UTF-8"`} }},
	{"parameters in another order", func() *foreign {
		return &foreign{request: named(""), media: `application/json; version=2; profile=a`, sends: `application/json;profile=a;version=2`}
	}},
	{"JSON with a suffix", func() *foreign { return &foreign{request: named(""), media: "application/vnd.x+json"} }},
	{"HAL", func() *foreign { return &foreign{request: named(""), media: "application/hal+json; charset=utf-8"} }},
	{"a required header", func() *foreign {
		return &foreign{request: named(""), parameters: `[{"name":"X-Tenant","in":"header","required":true,"schema":{"type":"string","enum":["red","blue"]}}]`,
			inPlace: wants(func(r *http.Request) bool { return slices.Contains([]string{"red", "blue"}, r.Header.Get("X-Tenant")) })}
	}},
	{"a required query and a required cookie", func() *foreign {
		return &foreign{request: named(""), parameters: `[{"name":"api-version","in":"query","required":true,"schema":{"type":"integer","minimum":3,"maximum":3}},
			{"name":"session","in":"cookie","required":true,"schema":{"type":"string","format":"uuid"}},
			{"name":"fields","in":"query","required":true,"explode":false,"schema":{"type":"array","minItems":1,"items":{"type":"string","enum":["a","b"]}}}]`,
			inPlace: wants(func(r *http.Request) bool {
				cookie, err := r.Cookie("session")
				return err == nil && len(cookie.Value) == 36 && r.URL.Query().Get("api-version") == "3" && regexp.MustCompile(`^[ab](,[ab])*$`).MatchString(r.URL.Query().Get("fields"))
			})}
	}},
	{"a key of each request", func() *foreign {
		seen := map[string]bool{}
		return &foreign{request: named(""), parameters: `[{"name":"Idempotency-Key","in":"header","required":true,"schema":{"type":"string","minLength":8,"maxLength":64}}]`,
			inPlace: wants(func(r *http.Request) bool {
				key := r.Header.Get("Idempotency-Key")
				again := seen[key]
				seen[key] = true
				return len(key) >= 8 && len(key) <= 64 && !again
			})}
	}},
	{"a header that is JSON, and one with a pattern", func() *foreign {
		return &foreign{request: named(""), parameters: `[{"name":"X-Filter","in":"header","required":true,"content":{"application/json":{"schema":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}}}},
			{"name":"X-Count","in":"header","required":true,"schema":{"type":"integer","minimum":1}}]`,
			inPlace: wants(func(r *http.Request) bool {
				n, err := strconv.Atoi(r.Header.Get("X-Count"))
				return parse([]byte(r.Header.Get("X-Filter")))["n"] != nil && err == nil && n > 0
			})}
	}},
	{"a password that is not shown", func() *foreign {
		return &foreign{request: named(`, "password": {"type": "string", "writeOnly": true, "minLength": 3}`, "password"), shown: without("password")}
	}},
	{"a nested one", func() *foreign {
		return &foreign{request: named(`, "login": {"type": "object", "required": ["user", "secret"], "properties": {"user": {"type": "string"}, "secret": {"allOf": [{"type": "string"}], "writeOnly": true}}}`),
			shown: func(o object) {
				if login, ok := o["login"].(object); ok {
					o["login"] = object{"user": login["user"]}
				}
			}}
	}},
	{"what is only read", func() *foreign {
		return &foreign{request: named(`, "rank": {"type": "integer", "readOnly": true}`, "rank"), shown: set("rank", 7), refuses: func(_ *http.Request, o object) int {
			if o["rank"] != nil {
				return 400
			}
			return 0
		}}
	}},
	{"two kinds of things", func() *foreign { return &foreign{request: union("")} }},
	{"two kinds, told apart", func() *foreign {
		return &foreign{request: union(`, "discriminator": {"propertyName": "kind", "mapping": {"feline": "#/components/schemas/Cat", "dog": "Dog"}}`)}
	}},
	{"any of two kinds", func() *foreign { return &foreign{request: strings.Replace(union(""), "oneOf", "anyOf", 1)} }},
	{"a member called uuid that is no id", func() *foreign {
		return &foreign{request: named(""), answer: named(`, "uuid": {"type": "string"}`), param: "thingId", alsoID: "id", shown: set("uuid", "7d0ac2a2-0000-4000-8000-000000000000")}
	}},
	{"a member called id that is no id", func() *foreign {
		return &foreign{request: named(""), answer: named(`, "id": {"type": "integer"}`), param: "key", shown: set("id", 1)}
	}},
	{"half a surrogate pair in an answer", func() *foreign {
		return &foreign{request: named(""), answer: named(`, "mood": {"type": "string"}`), shown: set("mood", "HALF"),
			written: func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("HALF"), []byte(`\ud83d`)) }}
	}},
	{"a time in lower case", func() *foreign {
		return &foreign{request: named(`, "since": {"type": "string", "format": "date-time"}`), shown: func(o object) {
			if since, ok := o["since"].(string); ok {
				o["since"] = strings.ToLower(since)
			}
		}}
	}},
	{"a second that is leapt", func() *foreign {
		return &foreign{request: named(""), answer: named(`, "since": {"type": "string", "format": "date-time"}`), shown: set("since", "1990-12-31T15:59:60-08:00")}
	}},
	{"null for an enum that may be null", func() *foreign {
		return &foreign{request: named(`, "color": {"type": "string", "nullable": true, "enum": ["red", "blue"]}`), shown: func(o object) {
			if o["color"] == nil {
				o["color"] = nil
			}
		}, refuses: func(_ *http.Request, o object) int {
			if color, there := o["color"]; there && color == nil {
				return 400 // as who reads OpenAPI 3.0.3 by its letter
			}
			return 0
		}}
	}},
	{"the greatest of integers", func() *foreign {
		return &foreign{request: named(""), answer: named(`, "size": {"type": "integer", "format": "int64"}`), shown: set("size", json.Number("9223372036854775807"))}
	}},
	{"texts of a pattern", func() *foreign {
		return &foreign{request: named(`, "code": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}, "slug": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 20}`, "code")}
	}},
	{"a range of media types", func() *foreign {
		return &foreign{request: named(""), media: "application/*", sends: "application/json", inPlace: rangeTaken("application/*")}
	}},
}

// wants refuses requests that lack something.
func wants(test func(r *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if test(r) {
			return false
		}
		w.WriteHeader(http.StatusBadRequest)
		return true
	}
}

// rangeTaken reads what is sent as JSON as what the range says, which no request can.
func rangeTaken(key string) func(http.ResponseWriter, *http.Request) bool {
	return func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Content-Type") == "application/json" {
			r.Header.Set("Content-Type", key)
		}
		return false
	}
}

// TestBrokenForeignServersAreCaught breaks them.
func TestBrokenForeignServersAreCaught(t *testing.T) {
	for _, tt := range unlawful {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := tt.server()
			spec := f.spec(t)
			report := check(t, contract.Config{URL: listen(t, f), Spec: spec, Cases: 5, Seed: 3})
			if firstOf(report, tt.want) == nil {
				t.Errorf("not caught as %s\n%s", tt.want, textOf(t, report))
			}
		})
	}
}

var unlawful = []struct {
	name   string
	want   contract.Class
	server func() *foreign
}{
	{"a number for a text in HAL", contract.Schema, func() *foreign {
		return &foreign{request: named(""), media: "application/hal+json", shown: set("name", 5)}
	}},
	{"a number for a text in a vendor's JSON", contract.Schema, func() *foreign {
		return &foreign{request: named(""), media: "application/vnd.x+json; charset=utf-8", shown: set("name", 5)}
	}},
	{"a number for a text in any JSON", contract.Schema, func() *foreign {
		return &foreign{request: named(""), media: "application/*+json", sends: "application/hal+json", shown: set("name", 5), inPlace: func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.Header.Get("Content-Type"), "+json") {
				r.Header.Set("Content-Type", "application/*+json")
			}
			return false
		}}
	}},
	{"a required header that nobody looks at", contract.FaultAccepted, func() *foreign {
		return &foreign{request: named(""), parameters: `[{"name":"X-Tenant","in":"header","required":true,"schema":{"type":"string"}}]`}
	}},
	{"a bad header taken", contract.FaultAccepted, func() *foreign {
		return &foreign{request: named(""), parameters: `[{"name":"X-Tenant","in":"header","required":true,"schema":{"type":"string","enum":["red","blue"]}}]`,
			inPlace: wants(func(r *http.Request) bool { return r.Header.Get("X-Tenant") != "" })}
	}},
	{"a required cookie that nobody looks at", contract.FaultAccepted, func() *foreign {
		return &foreign{request: named(""), parameters: `[{"name":"session","in":"cookie","required":true,"schema":{"type":"string"}}]`}
	}},
	{"a good header refused", contract.ValidRefused, func() *foreign {
		return &foreign{request: named(""), parameters: `[{"name":"X-Tenant","in":"header","required":true,"schema":{"type":"string","enum":["red"]}}]`,
			inPlace: wants(func(r *http.Request) bool { return r.Header.Get("X-Tenant") == "blue" })}
	}},
	{"the wrong one of two kinds stored", contract.ValueChanged, func() *foreign {
		return &foreign{request: union(""), shown: func(o object) {
			if o["lives"] != nil {
				o["lives"] = json.Number("9")
			}
		}}
	}},
	{"a fault in the second of two kinds taken", contract.FaultAccepted, func() *foreign {
		return &foreign{request: union(`, "discriminator": {"propertyName": "kind", "mapping": {"feline": "Cat", "dog": "Dog"}}`), mended: func(o object) {
			if _, ok := o["bark"].(string); !ok && o["kind"] == "dog" {
				o["bark"] = "any"
			}
		}}
	}},
	{"a password that is shown", contract.Schema, func() *foreign {
		return &foreign{request: named(`, "password": {"type": "string", "writeOnly": true}`, "password")}
	}},
	{"a name lost beside a password", contract.ValueChanged, func() *foreign {
		return &foreign{request: named(`, "password": {"type": "string", "writeOnly": true}`, "password"), shown: func(o object) { delete(o, "password"); o["name"] = "x" }}
	}},
	{"an integer of 64 bits and one", contract.Schema, func() *foreign {
		return &foreign{request: named(""), answer: named(`, "size": {"type": "integer", "format": "int64"}`), shown: set("size", json.Number("9223372036854775808"))}
	}},
	{"one below the least", contract.Schema, func() *foreign {
		return &foreign{request: named(""), answer: named(`, "sizes": {"type": "array", "items": {"type": "integer", "format": "int64"}}`), shown: set("sizes", []any{json.Number("-9223372036854775809")})}
	}},
	{"a time with a space", contract.Schema, func() *foreign {
		return &foreign{request: named(""), answer: named(`, "since": {"type": "string", "format": "date-time"}`), shown: set("since", "2026-11-26 02:00:00z")}
	}},
	{"an id in capitals", contract.ValueChanged, func() *foreign {
		return &foreign{request: named(`, "code": {"type": "string", "minLength": 1}`), shown: func(o object) {
			if code, ok := o["code"].(string); ok {
				o["code"] = strings.ToUpper(code)
			}
		}}
	}},
	{"a pattern that nobody looks at", contract.FaultAccepted, func() *foreign {
		return &foreign{request: named(`, "code": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}`, "code"), mended: func(o object) {
			if _, ok := o["code"].(string); ok {
				o["code"] = "ABC-1234"
			}
		}}
	}},
	{"a value of a pattern that is changed", contract.ValueChanged, func() *foreign {
		return &foreign{request: named(`, "code": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}`, "code"), shown: set("code", "ABC-1234")}
	}},
	{"another version of the media type", contract.ContentType, func() *foreign {
		return &foreign{request: named(""), media: `application/json; version=2`, sends: `application/json; version=1`}
	}},
}

// TestWhatIsNotJudgedIsNamed has a server that answers what the spec lists, in part not in JSON.
func TestWhatIsNotJudgedIsNamed(t *testing.T) {
	f := &foreign{request: named("")}
	spec := f.spec(t)
	listed := spec.Paths.Value("/things").Get.Responses.Value("200").Value.Content
	listed["text/csv"] = &openapi3.MediaType{Schema: openapi3.NewSchemaRef("", openapi3.NewStringSchema())}
	f.inPlace = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/things" || r.Method != "GET" {
			return false
		}
		w.Header().Set("Content-Type", "text/csv; header=present")
		io.WriteString(w, "id,name\n")
		return true
	}
	report := check(t, contract.Config{URL: listen(t, f), Spec: spec, Cases: -1})
	if len(report.Findings) > 0 || len(report.Notes) != 1 || !strings.HasPrefix(report.Notes[0], "list: bodies in text/csv were not judged (") {
		t.Error(textOf(t, report))
	}
}

// TestRulesAcrossMembers has servers whose spec names a status for what no schema says: a rule
// across two members is one to note, a rule of one member is wrong.
func TestRulesAcrossMembers(t *testing.T) {
	number := `{"type": "integer", "minimum": 0, "maximum": 1000}`
	later := func(o object) bool {
		from, _ := o["from"].(json.Number)
		to, _ := o["to"].(json.Number)
		a, _ := from.Int64()
		b, _ := to.Int64()
		return from != "" && to != "" && a > b
	}
	tests := []struct {
		name     string
		required []string
		status   int
		breaks   func(o object) bool
		found    bool
	}{
		{"an end before its start", []string{"from", "to"}, 422, later, false},
		{"one that may be left out", nil, 409, later, false},
		{"a member that another one asks for", nil, 422, func(o object) bool { return o["from"] != nil && o["to"] == nil }, false},
		{"a member alone", nil, 422, func(o object) bool { from, _ := o["from"].(json.Number); return from == "0" }, true},
		{"a member that may be left out and must not", nil, 422, func(o object) bool { return o["to"] == nil }, true},
		{"a text of a kind", nil, 422, func(o object) bool { name, _ := o["name"].(string); return strings.Contains(name, "👩") }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &foreign{
				request:  named(`, "from": `+number+`, "to": `+number, tt.required...),
				statuses: fmt.Sprintf(`, "%d": {"description": ""}`, tt.status),
				refuses: func(_ *http.Request, o object) int {
					if o != nil && tt.breaks(o) {
						return tt.status
					}
					return 0
				},
			}
			report := checkForeign(t, f)
			if caught := firstOf(report, contract.ValidRefused) != nil; caught != tt.found || !tt.found && len(report.Findings) > 0 {
				t.Error(textOf(t, report))
			}
			if noted := slices.ContainsFunc(report.Notes, func(note string) bool {
				return strings.HasPrefix(note, fmt.Sprintf("make: %d to a request", tt.status))
			}); noted == tt.found {
				t.Errorf("%q", report.Notes)
			}
		})
	}
}

// TestProxyTakesOtherMediaTypes lets right answers through, and holds wrong ones back.
func TestProxyTakesOtherMediaTypes(t *testing.T) {
	for _, media := range []string{"application/json; charset=utf-8", "Application/JSON", "application/hal+json", "application/vnd.x+json; version=1"} {
		f := &foreign{request: named(""), media: media}
		spec := f.spec(t)
		upstream := listen(t, f)
		proxy, err := contract.NewProxy(contract.ProxyConfig{Upstream: upstream, Spec: spec, Enforce: true})
		if err != nil {
			t.Fatal(err)
		}
		url := listen(t, proxy)
		as := func(r *http.Request) { r.Header.Set("Content-Type", media) }
		if status, text := ask(t, "POST", url+"/things", "", `{"name":"a"}`, as); status != 200 {
			t.Errorf("%s: %d %s", media, status, text)
		}
		if status, _ := ask(t, "POST", url+"/things", "", `{"name":5}`, as); status != 422 {
			t.Errorf("%s: a bad request: %d", media, status)
		}
		if report := proxy.Report(); len(report.Findings) != 1 || report.Findings[0].Class != contract.RequestInvalid {
			t.Errorf("%s: %s", media, textOf(t, report))
		}
		f.mu.Lock()
		f.shown = set("name", 5)
		f.mu.Unlock()
		if status, _ := ask(t, "GET", url+"/things/t0001", "", ""); status != 502 {
			t.Errorf("%s: a bad answer: %d", media, status)
		}
	}
}

// TestAFaultOfFormEndsNothing: where one property is badly formatted, what the server loses
// beside it is still found, and the property named.
func TestAFaultOfFormEndsNothing(t *testing.T) {
	answer := named(`, "note": {"type": "string"}, "createdAt": {"type": "string", "format": "date-time"}, "tags": {"type": "array", "items": {"type": "string", "format": "uuid"}}`, "createdAt")
	bad := func(o object) { o["createdAt"] = "yesterday"; o["tags"] = []any{"no uuid"} }
	request := named(`, "note": {"type": "string", "minLength": 1}`)
	tests := []struct {
		name   string
		want   contract.Class
		server *foreign
	}{
		{"a value that is changed", contract.ValueChanged, &foreign{shown: func(o object) { bad(o); o["note"] = "x" }}},
		{"an update that is lost", contract.UpdateLost, &foreign{shown: bad, inPlace: nothingChanged}},
		{"a list that lacks one", contract.List, &foreign{shown: bad, cut: true}},
		{"nothing else", "", &foreign{shown: bad}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.server.request, tt.server.answer = request, answer
			spec := tt.server.spec(t)
			report := check(t, contract.Config{URL: listen(t, tt.server), Spec: spec, Cases: 3})
			if tt.want != "" && firstOf(report, tt.want) == nil || firstOf(report, contract.Schema) == nil {
				t.Errorf("not caught as %s\n%s", tt.want, textOf(t, report))
			}
			for _, f := range report.Findings {
				if f.Class != contract.Schema && tt.want == "" {
					t.Errorf("%s\n%s", f.Class, textOf(t, report))
				}
			}
			if !slices.Contains(report.Notes, "get: createdAt is not as its schema says, and was not held against what is stored") || report.Unjudged == 0 {
				t.Errorf("%q", report.Notes)
			}
		})
	}
}

// nothingChanged answers updates as if they had been done.
func nothingChanged(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != "PUT" || r.ContentLength > 200 {
		return false
	}
	text, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(text))
	id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	body := parse(text)
	name, _ := body["name"].(string)
	if !strings.HasPrefix(name, "Check") || len(body) > 2 || r.Header.Get("Content-Type") != "application/json" {
		return false
	}
	if note, there := body["note"].(string); there && note == "" || !strings.HasPrefix(id, "t0") {
		return false
	}
	body["id"], body["createdAt"] = id, "yesterday"
	w.Header().Set("Content-Type", "application/json")
	w.Write(write(body))
	return true
}
