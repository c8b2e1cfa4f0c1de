package bump

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"attributed/openapi"
	"attributed/openapi/diff"
)

// TestSpecsOfOpenAPI31AreCompared as 3.0 says them, on either side.
func TestSpecsOfOpenAPI31AreCompared(t *testing.T) {
	spec := func(version, schema string) []byte {
		return fmt.Appendf(nil, `{"openapi":%q,"info":{"title":"A","version":"1"},"paths":{"/a":{"get":{"operationId":"getA","responses":{"200":{"description":"","content":{"application/json":{"schema":
			{"type":"object","required":["x"],"properties":{"x":%s}}}}}}}}}}`, version, schema)
	}
	const null30, null31, text = `{"type":"string","nullable":true}`, `{"type":["string","null"]}`, `{"type":"string"}`
	tests := []struct {
		name          string
		before, after []byte
		want          diff.Wire
		lowered       string
	}{
		{"the same in 3.1", spec("3.0.3", null30), spec("3.1.0", null31), diff.WireUnchanged, "new"},
		{"the same in 3.0", spec("3.1.0", null31), spec("3.0.3", null30), diff.WireUnchanged, "old"},
		{"null that was not there", spec("3.0.3", text), spec("3.1.0", null31), diff.Breaking, "new"},
		{"null that is no more", spec("3.1.0", null31), spec("3.1.0", text), diff.Compatible, "old"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := DiffByID(tt.before, tt.after, []string{"getA"})
			if err != nil {
				t.Fatal(err)
			}
			if r.Wire != tt.want || len(r.Mended) != 1 || r.Mended[0].Spec != tt.lowered || r.Mended[0].Kind != openapi.TypeList {
				t.Errorf("%s, mended %v", r.Wire, r.Mended)
			}
		})
	}
	_, err := DiffByID(spec("3.0.3", text), spec("3.1.0", `{"prefixItems":[]}`), []string{"getA"})
	side, ok := errors.AsType[*diff.SpecError](err)
	if !ok || !side.New || !strings.Contains(err.Error(), "/properties/x/prefixItems: OpenAPI 3.1 says this") {
		t.Errorf("what 3.0 cannot say: %v", err)
	}
}
