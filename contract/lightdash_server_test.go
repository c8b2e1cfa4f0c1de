package contract_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	. "attributed/contract/contracttest"
)

// lightdash is a tiny server with the habits that were measured of Lightdash's own:
// 201 on create and update, 500 to a name taken, to an unknown user or group and to
// what is no JSON, and 401 in bare text.
type lightdash struct {
	mu         sync.Mutex
	attributes []Object // newest first
	made       int
}

const lightdashToken = "ldpat_0123456789abcdef0123456789abcdef"

var lightdashPeople = map[string]string{
	"b264d83a-9000-426a-85ec-3f9c20f368ce": "demo@lightdash.com",
	"80fb8b59-d6b7-4ed6-b969-9849310f3e53": "editor@lightdash.com",
}

var oneAttribute = regexp.MustCompile(`^/api/v1/org/attributes/([^/]+)$`)

func (l *lightdash) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var body Object
	if text, err := io.ReadAll(r.Body); err != nil || r.Method == "POST" || r.Method == "PUT" {
		if r.Header.Get("Content-Type") != "application/json" {
			text = nil // Express looks at no other
		}
		if body = Unmarshal(text); len(text) > 0 && !json.Valid(text) {
			Refusal(500).Send(w)
			return
		}
	}
	if r.Header.Get("Authorization") != "ApiKey "+lightdashToken {
		w.Header()["Content-Type"] = nil
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, "Unauthorized")
		return
	}
	l.serve(r, body).Send(w)
}

func (l *lightdash) serve(r *http.Request, body Object) *Response {
	one := oneAttribute.FindStringSubmatch(r.URL.Path)
	switch {
	case r.Method == "GET" && r.URL.Path == "/api/v1/org/attributes":
		return success(200, l.attributes)
	case r.Method == "GET" && r.URL.Path == "/api/v1/org/users":
		return l.people()
	case r.Method == "POST" && r.URL.Path == "/api/v1/org/attributes":
		return l.write(body, nil)
	case one == nil || r.Method != "PUT" && r.Method != "DELETE":
		return Refusal(404)
	}
	i := slices.IndexFunc(l.attributes, func(a Object) bool { return a["uuid"] == one[1] })
	switch {
	case r.Method == "PUT" && !valid(body):
		return Refusal(422)
	case i < 0:
		return Refusal(404)
	case r.Method == "PUT":
		return l.write(body, l.attributes[i])
	}
	l.attributes = slices.Delete(l.attributes, i, i+1)
	return &Response{Status: 200, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: []byte(`{"status":"ok"}`)}
}

func success(status int, results any) *Response {
	return &Response{Status: status, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: Marshal(Object{"status": "ok", "results": results})}
}

func (l *lightdash) people() *Response {
	data := []any{}
	for id, email := range lightdashPeople {
		data = append(data, Object{
			"userUuid": id, "email": email, "firstName": "", "lastName": "", "role": "admin", "isActive": true,
			"organizationUuid": "o", "userCreatedAt": "2026-11-24T15:17:27Z", "userUpdatedAt": "2026-11-24T15:17:27Z",
		})
	}
	return success(200, Object{"data": data})
}

// write creates an attribute, or changes the one that is there.
func (l *lightdash) write(body, there Object) *Response {
	if !valid(body) {
		return Refusal(422)
	}
	users := []any{}
	for _, u := range body["users"].([]any) {
		id := u.(Object)["userUuid"].(string)
		if lightdashPeople[id] == "" {
			return Refusal(500) // what the database says
		}
		if slices.ContainsFunc(users, func(other any) bool { return other.(Object)["userUuid"] == id }) {
			return Refusal(422)
		}
		one, several := bothForms(u.(Object), "value")
		users = append(users, Object{"userUuid": id, "value": one, "values": several, "email": lightdashPeople[id]})
	}
	if len(body["groups"].([]any)) > 0 {
		return Refusal(500)
	}
	for _, other := range l.attributes {
		if other["name"] == body["name"] && (there == nil || other["uuid"] != there["uuid"]) {
			return Refusal(500)
		}
	}
	if there == nil {
		l.made++
		there = Object{"uuid": fmt.Sprintf("00000000-0000-4000-8000-%012d", l.made), "createdAt": time.Now().UTC().Format(time.RFC3339Nano), "organizationUuid": "o"}
		l.attributes = append([]Object{there}, l.attributes...)
	}
	there["name"], there["users"], there["groups"] = body["name"], users, []any{}
	there["attributeDefault"], there["attributeDefaults"] = nil, nil
	if several, newer := body["attributeDefaults"]; several != nil || !newer && body["attributeDefault"] != nil {
		there["attributeDefault"], there["attributeDefaults"] = bothForms(body, "attributeDefault")
		if list, _ := several.([]any); newer && len(list) == 0 {
			there["attributeDefault"], there["attributeDefaults"] = "", list
		}
	}
	if d, ok := body["description"]; ok {
		there["description"] = d
	}
	return success(201, there)
}

// bothForms is the one and the several that a body has of something.
func bothForms(body Object, name string) (one any, several []any) {
	several, _ = body[name+"s"].([]any)
	if text, ok := body[name].(string); len(several) == 0 && ok && text != "" {
		several = []any{text}
	}
	if len(several) == 0 {
		return "", []any{}
	}
	return several[0], several
}

// texts reports whether a member is left out, or a list of texts that are each allowed.
func texts(body Object, name string, allowed func(text any) bool) bool {
	list, ok := body[name].([]any)
	_, there := body[name]
	return !there || ok && len(list) <= 1000 && !slices.ContainsFunc(list, func(text any) bool { return !allowed(text) })
}

// valid tells what the effective spec's schema allows.
func valid(body Object) bool {
	short := func(value any, least int) bool {
		text, ok := value.(string)
		return ok && utf8.RuneCountInString(text) <= 255 && len(text) >= least && !strings.Contains(text, "\x00")
	}
	long := func(value any) bool {
		text, ok := value.(string)
		return ok && !strings.Contains(text, "\x00")
	}
	d, described := body["description"]
	def, older := body["attributeDefault"]
	defs, newer := body["attributeDefaults"]
	if !short(body["name"], 1) || described && !short(d, 0) || !older && !newer || def != nil && !long(def) || defs != nil && !texts(body, "attributeDefaults", long) {
		return false
	}
	for member, id := range map[string]string{"users": "userUuid", "groups": "groupUuid"} {
		list, ok := body[member].([]any)
		if !ok || len(list) > 10_000 {
			return false
		}
		for _, element := range list {
			o, _ := element.(Object)
			_, hasID := o[id].(string)
			allowed := long
			if id == "groupUuid" {
				allowed = func(text any) bool { return short(text, 0) }
			}
			if value, hasValue := o["value"]; !hasID || hasValue && !allowed(value) || !texts(o, "values", allowed) {
				return false
			}
		}
	}
	return true
}
