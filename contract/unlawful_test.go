package contract_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"attributed/contract"
	. "attributed/contract/contracttest"
	"attributed/contract/report"
)

// TestBrokenForeignServersAreCaught breaks them.
func TestBrokenForeignServersAreCaught(t *testing.T) {
	for _, tt := range unlawful {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := tt.server()
			spec := f.spec(t)
			result := Check(t, contract.Config{URL: Listen(t, f), Spec: spec, Cases: 5, Seed: 3})
			if FirstOf(result, tt.want) == nil {
				t.Errorf("not caught as %s\n%s", tt.want, TextOf(t, result))
			}
		})
	}
}

var unlawful = []struct {
	name   string
	want   contract.Class
	server func() *foreign
}{
	{"a number for a text in HAL", report.Schema, func() *foreign {
		return &foreign{request: named(""), media: "application/hal+json", shown: Set("name", 5)}
	}},
	{"a number for a text in a vendor's JSON", report.Schema, func() *foreign {
		return &foreign{request: named(""), media: "application/vnd.x+json; charset=utf-8", shown: Set("name", 5)}
	}},
	{"a number for a text in any JSON", report.Schema, func() *foreign {
		return &foreign{request: named(""), media: "application/*+json", sends: "application/hal+json", shown: Set("name", 5), inPlace: func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.Header.Get("Content-Type"), "+json") {
				r.Header.Set("Content-Type", "application/*+json")
			}
			return false
		}}
	}},
	{"a required header that nobody looks at", report.FaultAccepted, func() *foreign {
		return &foreign{request: named(""), parameters: `[{"name":"X-Tenant","in":"header","required":true,"schema":{"type":"string"}}]`}
	}},
	{"a bad header taken", report.FaultAccepted, func() *foreign {
		return &foreign{request: named(""), parameters: `[{"name":"X-Tenant","in":"header","required":true,"schema":{"type":"string","enum":["red","blue"]}}]`,
			inPlace: wants(func(r *http.Request) bool { return r.Header.Get("X-Tenant") != "" })}
	}},
	{"a required cookie that nobody looks at", report.FaultAccepted, func() *foreign {
		return &foreign{request: named(""), parameters: `[{"name":"session","in":"cookie","required":true,"schema":{"type":"string"}}]`}
	}},
	{"a good header refused", report.ValidRefused, func() *foreign {
		return &foreign{request: named(""), parameters: `[{"name":"X-Tenant","in":"header","required":true,"schema":{"type":"string","enum":["red"]}}]`,
			inPlace: wants(func(r *http.Request) bool { return r.Header.Get("X-Tenant") == "blue" })}
	}},
	{"the wrong one of two kinds stored", report.ValueChanged, func() *foreign {
		return &foreign{request: union(""), shown: func(o Object) {
			if o["lives"] != nil {
				o["lives"] = json.Number("9")
			}
		}}
	}},
	{"a fault in the second of two kinds taken", report.FaultAccepted, func() *foreign {
		return &foreign{request: union(`, "discriminator": {"propertyName": "kind", "mapping": {"feline": "Cat", "dog": "Dog"}}`), mended: func(o Object) {
			if _, ok := o["bark"].(string); !ok && o["kind"] == "dog" {
				o["bark"] = "any"
			}
		}}
	}},
	{"a password that is shown", report.Schema, func() *foreign {
		return &foreign{request: named(`, "password": {"type": "string", "writeOnly": true}`, "password")}
	}},
	{"a name lost beside a password", report.ValueChanged, func() *foreign {
		return &foreign{request: named(`, "password": {"type": "string", "writeOnly": true}`, "password"), shown: func(o Object) { delete(o, "password"); o["name"] = "x" }}
	}},
	{"an integer of 64 bits and one", report.Schema, func() *foreign {
		return &foreign{request: named(""), answer: named(`, "size": {"type": "integer", "format": "int64"}`), shown: Set("size", json.Number("9223372036854775808"))}
	}},
	{"one below the least", report.Schema, func() *foreign {
		return &foreign{request: named(""), answer: named(`, "sizes": {"type": "array", "items": {"type": "integer", "format": "int64"}}`), shown: Set("sizes", []any{json.Number("-9223372036854775809")})}
	}},
	{"a time with a space", report.Schema, func() *foreign {
		return &foreign{request: named(""), answer: named(`, "since": {"type": "string", "format": "date-time"}`), shown: Set("since", "2026-11-26 02:00:00z")}
	}},
	{"an id in capitals", report.ValueChanged, func() *foreign {
		return &foreign{request: named(`, "code": {"type": "string", "minLength": 1}`), shown: func(o Object) {
			if code, ok := o["code"].(string); ok {
				o["code"] = strings.ToUpper(code)
			}
		}}
	}},
	{"a pattern that nobody looks at", report.FaultAccepted, func() *foreign {
		return &foreign{request: named(`, "code": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}`, "code"), mended: func(o Object) {
			if _, ok := o["code"].(string); ok {
				o["code"] = "ABC-1234"
			}
		}}
	}},
	{"a value of a pattern that is changed", report.ValueChanged, func() *foreign {
		return &foreign{request: named(`, "code": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}`, "code"), shown: Set("code", "ABC-1234")}
	}},
	{"another version of the media type", report.ContentType, func() *foreign {
		return &foreign{request: named(""), media: `application/json; version=2`, sends: `application/json; version=1`}
	}},
}

// TestAFaultOfFormEndsNothing: where one property is badly formatted, what the server loses
// beside it is still found, and the property named.
func TestAFaultOfFormEndsNothing(t *testing.T) {
	answer := named(`, "note": {"type": "string"}, "createdAt": {"type": "string", "format": "date-time"}, "tags": {"type": "array", "items": {"type": "string", "format": "uuid"}}`, "createdAt")
	bad := func(o Object) { o["createdAt"] = "yesterday"; o["tags"] = []any{"no uuid"} }
	request := named(`, "note": {"type": "string", "minLength": 1}`)
	tests := []struct {
		name   string
		want   contract.Class
		server *foreign
	}{
		{"a value that is changed", report.ValueChanged, &foreign{shown: func(o Object) { bad(o); o["note"] = "x" }}},
		{"an update that is lost", report.UpdateLost, &foreign{shown: bad, inPlace: nothingChanged}},
		{"a list that lacks one", report.List, &foreign{shown: bad, cut: true}},
		{"nothing else", "", &foreign{shown: bad}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.server.request, tt.server.answer = request, answer
			spec := tt.server.spec(t)
			result := Check(t, contract.Config{URL: Listen(t, tt.server), Spec: spec, Cases: 3})
			if tt.want != "" && FirstOf(result, tt.want) == nil || FirstOf(result, report.Schema) == nil {
				t.Errorf("not caught as %s\n%s", tt.want, TextOf(t, result))
			}
			for _, f := range result.Findings {
				if f.Class != report.Schema && tt.want == "" {
					t.Errorf("%s\n%s", f.Class, TextOf(t, result))
				}
			}
			if !slices.Contains(result.Notes, "get: createdAt is not as its schema says, and was not held against what is stored") || result.Unjudged == 0 {
				t.Errorf("%q", result.Notes)
			}
		})
	}
}
