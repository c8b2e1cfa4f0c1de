package cases

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/spec"
)

// TestWhatIsMadeIsValid: a value that the schema rules out would be a good request's.
func TestWhatIsMadeIsValid(t *testing.T) {
	tests := []struct {
		schema string
		can    bool
	}{
		{`{"type":"number","minimum":0,"exclusiveMinimum":true,"maximum":1}`, true},
		{`{"type":"number","minimum":0.25,"maximum":0.75}`, true},
		{`{"type":"integer","minimum":3,"maximum":3}`, true},
		{`{"type":"integer","minimum":3,"maximum":5,"exclusiveMinimum":true,"exclusiveMaximum":true}`, true},
		{`{"type":"integer","multipleOf":7919}`, false},
		{`{"type":"string","pattern":"^[A-Z]{3}-[0-9]{4}$"}`, true},
		{`{"type":"string","pattern":"^[a-z0-9]+(-[a-z0-9]+)*$","minLength":12,"maxLength":14}`, true},
		{`{"type":"string","pattern":"^\\d+$","maxLength":2}`, true},
		{`{"type":"string","pattern":"^(red|blue)$"}`, true},
		{`{"type":"string","pattern":"[!?]$"}`, true},
		{`{"type":"string","pattern":"^[\\p{L} ]{2,}$"}`, true},
		{`{"type":"string","pattern":"^a$","minLength":2}`, false},
		{`{"not":{"type":"string"}}`, false},
	}
	for _, tt := range tests {
		var s openapi3.Schema
		if err := s.UnmarshalJSON([]byte(tt.schema)); err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(20) {
			made, err := New(seed).Value(openapi3.NewSchemaRef("", &s), "", Full)
			if tt.can != (err == nil) || err == nil && !spec.Accepts(&s, NewCase("", "", Taken, made).Value, openapi3.VisitAsRequest()) {
				t.Errorf("%s: %v, %v", tt.schema, made, err)
				break
			}
		}
	}
}
