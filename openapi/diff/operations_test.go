package diff_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"attributed/openapi/diff"
	"attributed/openapi/diff/difftest"
)

func TestASecuritySchemeDiffers(t *testing.T) {
	operation := func(scheme string) object {
		return difftest.Over(difftest.Asking(object{"type": "string"}), object{"security": []any{object{scheme: []any{}}}})
	}
	for _, tt := range []struct {
		name, before, after string // schemes that the operation asks for
		change              func(all object)
		wire                diff.Wire
	}{
		{"it is sent elsewhere", "key", "key", func(all object) { all["key"].(object)["in"] = "query" }, diff.Breaking},
		{"it is described", "key", "key", func(all object) { all["key"].(object)["description"] = "told" }, diff.Compatible},
		{"it has another name", "key", "token", func(all object) { all["token"] = all["key"] }, diff.Compatible},
		{"it has another name, and is another one", "key", "token", func(all object) { all["token"] = all["other"] }, diff.Breaking},
		{"it has another name, and is not described", "key", "token", func(object) {}, diff.Breaking},
		{"it has another scope to give", "other", "other", func(all object) {
			all["other"].(object)["flows"].(object)["implicit"].(object)["scopes"].(object)["read"] = "to read"
		}, diff.Compatible},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := difftest.Schemes()
			tt.change(changed["securitySchemes"].(object))
			if got := reported(t, difftest.Spec(t, operation(tt.before), difftest.Schemes()), difftest.Spec(t, operation(tt.after), changed), difftest.Served); got.Wire != tt.wire {
				t.Errorf("%s, want %s: %+v", got.Wire, tt.wire, got.Findings)
			}
		})
	}
}

func TestWhereAnOperationIs(t *testing.T) {
	old := string(difftest.Spec(t, difftest.Asking(object{"type": "string"}), object{}))
	for _, tt := range []struct {
		name, from, to string
		wire           diff.Wire
		kind           string
	}{
		{"at another path", `"/do/{id}"`, `"/done/{id}"`, diff.Breaking, "moved"},
		{"at another method", `"post"`, `"put"`, diff.Breaking, "moved"},
		{"under another operationId", `"do"`, `"act"`, diff.Compatible, "operationId"},
		{"with another name of its path parameter", `id`, `key`, diff.Compatible, "path"},
		{"gone, where the path has another one", `"do","requestBody"`, `"act","x-was"`, diff.Breaking, "removed"},
		{"where it was, and unused components are gone", `"components"`, `"x-none"`, diff.WireUnchanged, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			new := strings.ReplaceAll(old, tt.from, tt.to)
			if tt.from == `id` {
				new = strings.NewReplacer("{id}", "{key}", `"name":"id"`, `"name":"key"`).Replace(old)
			}
			got := reported(t, []byte(old), []byte(new), difftest.Served)
			if got.Wire != tt.wire || tt.kind != "" && !slices.ContainsFunc(got.Findings, func(f diff.Finding) bool { return f.Kind == tt.kind && f.Wire == tt.wire }) {
				t.Errorf("%s %+v", got.Wire, got.Findings)
			}
		})
	}
}

// What is written in the same words on both sides can lead to components that differ.
func TestWhatIsBehindAReference(t *testing.T) {
	short, long := object{"type": "string", "maxLength": 3}, object{"type": "string", "maxLength": 5}
	told := object{"type": "string", "maxLength": 5, "description": "told"}
	ref := object{"$ref": "#/components/schemas/X"}
	header := object{"200": object{"description": "ok", "headers": object{"X-Left": object{"content": difftest.Content(ref)}}}}
	parameter := object{"parameters": []any{object{"in": "query", "name": "q", "content": difftest.Content(ref)}}}
	callback := object{"callbacks": object{"done": object{"{$request.body#/url}": object{"post": object{"requestBody": object{"content": difftest.Content(ref)}, "responses": object{"200": object{"description": "ok"}}}}}}}
	encoding := object{"requestBody": object{"content": object{"multipart/form-data": object{"schema": object{"type": "object"}, "encoding": object{"a": object{"headers": object{"X-Part": object{"schema": ref}}}}}}}}
	opaque := difftest.Asking(object{"type": "object", "patternProperties": object{"^a": ref}})
	for _, tt := range []struct {
		name      string
		operation object
		old, new  object
		wire      diff.Wire
	}{
		{"a parameter's content narrows", parameter, long, short, diff.Breaking},
		{"a parameter's content widens", parameter, short, long, diff.Compatible},
		{"a header's content widens", object{"responses": header}, short, long, diff.Breaking},
		{"a header's content narrows", object{"responses": header}, long, short, diff.Compatible},
		{"a header's content gains a text", object{"responses": header}, long, told, diff.Compatible},
		{"a callback", callback, long, short, diff.Breaking},
		{"the encoding of a part", encoding, long, short, diff.Breaking},
		{"a keyword of which nothing is known", opaque, long, short, diff.Breaking},
		{"what must not be narrows", difftest.Asking(object{"not": ref}), long, short, diff.Compatible},
		{"what must not be widens", difftest.Asking(object{"not": ref}), short, long, diff.Breaking},
	} {
		t.Run(tt.name, func(t *testing.T) {
			operation := difftest.Over(difftest.Answering(object{"type": "string"}), tt.operation)
			spec := func(schema object) []byte {
				return difftest.Spec(t, maps.Clone(operation), object{"schemas": object{"X": schema}})
			}
			if got := reported(t, spec(tt.old), spec(tt.new), difftest.Served); got.Wire != tt.wire {
				t.Errorf("%s, want %s: %+v", got.Wire, tt.wire, got.Findings)
			}
		})
	}
}
