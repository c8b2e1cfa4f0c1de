package contract_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "attributed/contract/contracttest"
)

// TestLawfulForeignServersAreClean has right servers of other APIs, each with a way to say
// things that differs from ours.
func TestLawfulForeignServersAreClean(t *testing.T) {
	for _, tt := range lawful {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if result := checkForeign(t, tt.server()); len(result.Findings)+len(result.Notes) > 0 {
				t.Error(TextOf(t, result))
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
				return Unmarshal([]byte(r.Header.Get("X-Filter")))["n"] != nil && err == nil && n > 0
			})}
	}},
	{"a password that is not shown", func() *foreign {
		return &foreign{request: named(`, "password": {"type": "string", "writeOnly": true, "minLength": 3}`, "password"), shown: Without("password")}
	}},
	{"a nested one", func() *foreign {
		return &foreign{request: named(`, "login": {"type": "object", "required": ["user", "secret"], "properties": {"user": {"type": "string"}, "secret": {"allOf": [{"type": "string"}], "writeOnly": true}}}`),
			shown: func(o Object) {
				if login, ok := o["login"].(Object); ok {
					o["login"] = Object{"user": login["user"]}
				}
			}}
	}},
	{"what is only read", func() *foreign {
		return &foreign{request: named(`, "rank": {"type": "integer", "readOnly": true}`, "rank"), shown: Set("rank", 7), refuses: func(_ *http.Request, o Object) int {
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
		return &foreign{request: named(""), answer: named(`, "uuid": {"type": "string"}`), param: "thingId", alsoID: "id", shown: Set("uuid", "7d0ac2a2-0000-4000-8000-000000000000")}
	}},
	{"a member called id that is no id", func() *foreign {
		return &foreign{request: named(""), answer: named(`, "id": {"type": "integer"}`), param: "key", shown: Set("id", 1)}
	}},
	{"half a surrogate pair in an answer", func() *foreign {
		return &foreign{request: named(""), answer: named(`, "mood": {"type": "string"}`), shown: Set("mood", "HALF"),
			written: func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("HALF"), []byte(`\ud83d`)) }}
	}},
	{"a time in lower case", func() *foreign {
		return &foreign{request: named(`, "since": {"type": "string", "format": "date-time"}`), shown: func(o Object) {
			if since, ok := o["since"].(string); ok {
				o["since"] = strings.ToLower(since)
			}
		}}
	}},
	{"a second that is leapt", func() *foreign {
		return &foreign{request: named(""), answer: named(`, "since": {"type": "string", "format": "date-time"}`), shown: Set("since", "1990-12-31T15:59:60-08:00")}
	}},
	{"null for an enum that may be null", func() *foreign {
		return &foreign{request: named(`, "color": {"type": "string", "nullable": true, "enum": ["red", "blue"]}`), shown: func(o Object) {
			if o["color"] == nil {
				o["color"] = nil
			}
		}, refuses: func(_ *http.Request, o Object) int {
			if color, there := o["color"]; there && color == nil {
				return 400 // as who reads OpenAPI 3.0.3 by its letter
			}
			return 0
		}}
	}},
	{"the greatest of integers", func() *foreign {
		return &foreign{request: named(""), answer: named(`, "size": {"type": "integer", "format": "int64"}`), shown: Set("size", json.Number("9223372036854775807"))}
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

// nothingChanged answers updates as if they had been done.
func nothingChanged(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != "PUT" || r.ContentLength > 200 {
		return false
	}
	text, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(text))
	id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	body := Unmarshal(text)
	name, _ := body["name"].(string)
	if !strings.HasPrefix(name, "Check") || len(body) > 2 || r.Header.Get("Content-Type") != "application/json" {
		return false
	}
	if note, there := body["note"].(string); there && note == "" || !strings.HasPrefix(id, "t0") {
		return false
	}
	body["id"], body["createdAt"] = id, "yesterday"
	w.Header().Set("Content-Type", "application/json")
	w.Write(Marshal(body))
	return true
}
