package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"attributed/gen"
	"attributed/openapi"
	"attributed/server"
	"attributed/server/rest"
	"attributed/store"
	"attributed/store/storetest"
)

// wholeSpec has one operation of ours, in another form, and others.
const wholeSpec = `{"openapi": "3.0.0", "paths": {
	"/api/v1/org/attributes": {
		"post": {"operationId": "createUserAttribute", "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "string"}}}}, "responses": {}},
		"patch": {"responses": {}}},
	"/api/v1/projects/{projectUuid}": {
		"parameters": [{"in": "path", "name": "projectUuid", "required": true, "schema": {"type": "string", "minLength": 3}}],
		"get": {"operationId": "getProject", "responses": {}},
		"put": {"operationId": "updateProject", "responses": {},
			"requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Project"}}}}},
		"post": {"operationId": "perhaps", "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Project"}}}}, "responses": {}}},
	"/api/v1/user/${userUuid}": {"get": {"operationId": "odd", "responses": {}, "parameters": [{"in": "path", "name": "userUuid", "required": true, "schema": {"type": "integer"}}]}},
	"/api/v1/files:upload": {"post": {"operationId": "upload", "responses": {}, "requestBody": {"required": true, "content": {"text/csv": {}, "application/json": {"schema": {"type": "object"}}}}}},
	"/api/v1/search": {"get": {"operationId": "search", "responses": {}, "parameters": [
		{"in": "query", "name": "q", "required": true, "schema": {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}},
		{"in": "query", "name": "filter", "content": {"application/json": {"schema": {"type": "object"}}}}]}}},
	"components": {"schemas": {"Project": {"type": "object", "required": ["name"], "properties": {
		"name": {"type": "string"}, "parent": {"$ref": "#/components/schemas/Project"}, "size": {"oneOf": [{"type": "integer"}, {"type": "string"}]}}}}}}`

func hosted(t testing.TB, spec string, how rest.How) *rest.Whole {
	t.Helper()
	own, err := gen.GetSpecJSON()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := rest.Read([]byte(spec), own, how)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

func TestTheRestOfAWholeSpecIsNotImplemented(t *testing.T) {
	const project = "/api/v1/projects/abc"
	tests := []struct {
		name, method, target, body string
		status                     int
		error, says                string
	}{
		{"a read", "GET", project, "", 501, "NotImplementedError", "This server does not implement getProject (GET /api/v1/projects/{projectUuid})."},
		{"HEAD", "HEAD", project, "", 501, "", ""},
		{"another method", "PURGE", project, "", 405, "MethodNotAllowedError", ""},
		{"a path that no spec has", "GET", project + "/nothing", "", 404, "NotFoundError", ""},
		{"another method of a path of ours", "PATCH", attributes, "", 501, "NotImplementedError", "This server does not implement PATCH /api/v1/org/attributes (PATCH /api/v1/org/attributes)."},
		{"one of ours, in the other form", "POST", attributes, `"text"`, 422, "ValidateError", ""},
		{"a bad parameter of the path", "GET", "/api/v1/projects/x", "", 422, "ValidateError", "path.projectUuid must have at least 3 characters."},
		{"a parameter behind a dollar", "GET", "/api/v1/user/$7", "", 501, "NotImplementedError", ""},
		{"a bad one", "GET", "/api/v1/user/$x", "", 422, "ValidateError", "path.userUuid must be a whole number."},
		{"a good body", "PUT", project, `{"name":"n","parent":{"name":"p","size":1}}`, 501, "NotImplementedError", ""},
		{"a bad body", "PUT", project, `{"name":1}`, 422, "ValidateError", "body.name must be a string."},
		{"a bad place within", "PUT", project, `{"name":"n","parent":{}}`, 422, "ValidateError", "body.parent.name is missing."},
		{"no JSON", "PUT", project, `{`, 400, "ParameterError", ""},
		{"no body where one may be", "POST", project, "", 501, "NotImplementedError", ""},
		{"a bad body where one may be", "POST", project, "{}", 422, "ValidateError", "body.name is missing."},
		{"a path with a colon", "POST", "/api/v1/files:upload", "{}", 501, "NotImplementedError", ""},
		{"a bad JSON where there are other media types", "POST", "/api/v1/files:upload", "[]", 422, "ValidateError", ""},
		{"a query that lacks what is required", "GET", "/api/v1/search", "", 422, "ValidateError", "query.q is missing."},
		{"a query that is a list", "GET", "/api/v1/search?q=1&q=2&filter={}", "", 501, "NotImplementedError", ""},
		{"a query that is of no branch", "GET", "/api/v1/search?q=x", "", 422, "ValidateError", ""},
		{"a query that is no JSON", "GET", "/api/v1/search?q=1&filter={", "", 422, "ValidateError", ""},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{Rest: hosted(t, wholeSpec, rest.None)})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				got := a.do(t, tt.method, tt.target, tt.body)
				got.want(t, tt.status, tt.error)
				if tt.says != "" && got.message != tt.says {
					t.Errorf("says %q, want %q", got.message, tt.says)
				}
			})
		}
		a.create(t, minimal)
		if failed := a.log.lines(t, "request failed"); len(failed) > 0 {
			t.Errorf("logged as failures: %v", failed)
		}

		a.do(t, "POST", "/api/v1/files:upload", "a;b", header("Content-Type", "text/csv")).want(t, 501, "NotImplementedError")
		a.do(t, "GET", project, "", header("Authorization", "ApiKey "+a.tokenOf(t, "viewer@lightdash.com"))).want(t, 501, "NotImplementedError")
		a.do(t, "GET", project, "", header("Authorization")).want(t, 401, "AuthorizationError")
		a.do(t, "GET", project, "", header("Authorization", "Bearer "+a.token)).want(t, 401, "AuthorizationError")
		a.do(t, "PUT", project, "{", header("Authorization")).want(t, 401, "AuthorizationError")
	})
}

func TestAWholeSpecSaysWhoAnswers(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{Rest: hosted(t, wholeSpec, rest.None)})
		var document struct {
			Paths map[string]map[string]json.RawMessage
		}
		got := a.do(t, http.MethodGet, "/openapi.json", "")
		if err := json.Unmarshal([]byte(got.body), &document); err != nil {
			t.Fatal(err)
		}
		answered := map[string]int{}
		for _, item := range document.Paths {
			for _, raw := range item {
				var operation map[string]any
				if json.Unmarshal(raw, &operation) != nil {
					continue // the parameters of a path
				}
				how, _ := operation[openapi.Answered].(string)
				answered[how]++
			}
		}
		own := 0
		for _, item := range a.spec.Paths.Map() {
			own += len(item.Operations())
		}
		if len(answered) != 2 || answered["real"] != own || answered["none"] != 7 {
			t.Errorf("%v, of ours are %d", answered, own)
		}
	})
}

func TestMocks(t *testing.T) {
	const spec = `{"openapi": "3.0.0", "paths": {
		"/named": {"get": {"operationId": "named", "responses": {
			"404": {"description": "", "content": {"application/json": {"schema": {"type": "object", "required": ["gone"], "properties": {"gone": {"type": "boolean"}}}}}},
			"200": {"description": "", "headers": {"X-Page": {"required": true, "schema": {"type": "integer", "enum": [7]}}},
				"content": {"application/vnd.x+json": {"schema": {"type": "object"}, "examples": {"large": {"value": {"id": 2}}, "small": {"value": {"id": 1}}}}}}}}},
		"/nothing": {"delete": {"operationId": "nothing", "responses": {"204": {"description": ""}}}},
		"/csv": {"get": {"operationId": "csv", "responses": {"200": {"description": "", "content": {"text/csv": {"example": "a;b"}}}}}},
		"/image": {"get": {"operationId": "image", "responses": {"200": {"description": "", "content": {"image/png": {}}}}}},
		"/refused": {"get": {"operationId": "refused", "responses": {"400": {"description": ""}}}},
		"/never": {"get": {"operationId": "never", "responses": {"200": {"description": "", "content": {"application/json": {"schema":
			{"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 2, "maximum": 1}}}}}}}}}}}`
	tests := []struct {
		name, method, target, prefer string
		status                       int
		body                         string // or the message
	}{
		{"the first example", "GET", "/named", "", 200, `{"id":2}`},
		{"an example that is named", "GET", "/named", "example=small", 200, `{"id":1}`},
		{"an example that is not there", "GET", "/named", "example=none", 501, `This server does not implement named (GET /named), and no answer can be made up from the spec: answer 200: it has no example "none".`},
		{"a status", "GET", "/named", "code=404", 404, `{"gone":`},
		{"a status that is not there", "GET", "/named", "code=418", 501, "This server does not implement named (GET /named), and no answer can be made up from the spec: it has no answer 418."},
		{"no body", "DELETE", "/nothing", "", 204, ""},
		{"a text", "GET", "/csv", "", 200, "a;b"},
		{"an image", "GET", "/image", "", 501, "This server does not implement image (GET /image), and no answer can be made up from the spec: no body of image/png can be made up."},
		{"no success", "GET", "/refused", "", 501, "This server does not implement refused (GET /refused), and no answer can be made up from the spec: it has no answer that is a success."},
		{"bounds that contradict", "GET", "/never", "", 501, "This server does not implement never (GET /never), and no answer can be made up from the spec: answer 200, n: no number that was tried is allowed."},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{Rest: hosted(t, spec, rest.Mock)})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				r := a.request(t, "", method(tt.method), to(tt.target), header("Prefer", tt.prefer))
				got := roundTrip(t, http.DefaultTransport, r)
				if got.status == http.StatusNotImplemented {
					a.checkEnvelope(t, r, &got)
					got.body = got.message
				} else if got.header.Get(rest.Mocked) != "true" {
					t.Error("the mock does not say that it is one")
				}
				if got.status != tt.status || !strings.HasPrefix(got.body, tt.body) {
					t.Errorf("%d %s, want %d %s", got.status, got.body, tt.status, tt.body)
				}
			})
		}
		if got := roundTrip(t, http.DefaultTransport, a.request(t, "", method("GET"), to("/named"))); got.header.Get("X-Page") != "7" || got.header.Get("Content-Type") != "application/vnd.x+json" {
			t.Errorf("headers: %v", got.header)
		}
	})
}
