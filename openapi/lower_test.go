package openapi_test

import (
	"strings"
	"testing"

	"attributed/openapi"
)

func schema31(schema string) []byte {
	return []byte(`{"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"X": ` + schema + `}}}`)
}

func TestReadAnyPutsOpenAPI31As30(t *testing.T) {
	for schema, want := range map[string]string{
		`{"type": ["string", "null"]}`:                      `{"type":"string","nullable":true}`,
		`{"type": ["string"]}`:                              `{"type":"string"}`,
		`{"type": ["string", "null"], "enum": ["a"]}`:       `{"type":"string","enum":["a"]}`,
		`{"type": ["string", "null"], "enum": ["a", null]}`: `{"type":"string","enum":["a",null],"nullable":true}`,
		`{"const": 7}`: `{"enum":[7]}`,
		`{"type": "string", "examples": ["a", "b"]}`:                      `{"type":"string","example":"a"}`,
		`{"type": "integer", "exclusiveMinimum": 3}`:                      `{"type":"integer","exclusiveMinimum":true,"minimum":3}`,
		`{"type": "integer", "minimum": 4, "exclusiveMinimum": 3}`:        `{"type":"integer","minimum":4}`,
		`{"type": "integer", "maximum": 4, "exclusiveMaximum": 4}`:        `{"type":"integer","maximum":4,"exclusiveMaximum":true}`,
		`{"type": "object", "properties": {"const": {"type": "string"}}}`: `{"type":"object","properties":{"const":{"type":"string"}}}`,
	} {
		spec, mended, err := openapi.ReadAny(schema31(schema))
		if err != nil {
			t.Errorf("%s: %v", schema, err)
			continue
		}
		wanted, err := openapi.Read([]byte(`{"openapi": "3.0.3", "paths": {}, "components": {"schemas": {"X": ` + want + `}}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := spec.Root.Canonical(); got != wanted.Root.Canonical() {
			t.Errorf("%s is %s", schema, got)
		}
		if changed := !strings.Contains(schema, "properties"); changed != (len(mended) == 1) {
			t.Errorf("%s: %v is told", schema, mended)
		}
	}
}

func TestReadAnyRefusesWhatOnlyOpenAPI31Says(t *testing.T) {
	for schema, place := range map[string]string{
		`{"type": ["string", "integer"]}`:          "/components/schemas/X/type",
		`{"type": "null"}`:                         "/components/schemas/X/type",
		`{"const": null}`:                          "/components/schemas/X/const",
		`{"items": {"prefixItems": []}}`:           "/components/schemas/X/items/prefixItems",
		`{"type": "object", "if": {}, "then": {}}`: "/components/schemas/X/if",
	} {
		if _, _, err := openapi.ReadAny(schema31(schema)); err == nil || !strings.HasPrefix(err.Error(), place+": ") {
			t.Errorf("%s: %v, want it to name %s", schema, err, place)
		}
	}
	for _, text := range []string{`{"openapi": "3.1.0", "paths": {}, "webhooks": {}}`, `{"openapi": "3.2.0", "paths": {}}`, `{"openapi": "3.1.0"}`} {
		if _, _, err := openapi.ReadAny([]byte(text)); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}
