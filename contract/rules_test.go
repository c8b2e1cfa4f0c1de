package contract_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	. "attributed/contract/contracttest"
	"attributed/contract/report"
)

// TestRulesAcrossMembers has servers whose spec names a status for what no schema says: a rule
// across two members is one to note, a rule of one member is wrong.
func TestRulesAcrossMembers(t *testing.T) {
	number := `{"type": "integer", "minimum": 0, "maximum": 1000}`
	later := func(o Object) bool {
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
		breaks   func(o Object) bool
		found    bool
	}{
		{"an end before its start", []string{"from", "to"}, 422, later, false},
		{"one that may be left out", nil, 409, later, false},
		{"a member that another one asks for", nil, 422, func(o Object) bool { return o["from"] != nil && o["to"] == nil }, false},
		{"a member alone", nil, 422, func(o Object) bool { from, _ := o["from"].(json.Number); return from == "0" }, true},
		{"a member that may be left out and must not", nil, 422, func(o Object) bool { return o["to"] == nil }, true},
		{"a text of a kind", nil, 422, func(o Object) bool { name, _ := o["name"].(string); return strings.Contains(name, "👩") }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &foreign{
				request:  named(`, "from": `+number+`, "to": `+number, tt.required...),
				statuses: fmt.Sprintf(`, "%d": {"description": ""}`, tt.status),
				refuses: func(_ *http.Request, o Object) int {
					if o != nil && tt.breaks(o) {
						return tt.status
					}
					return 0
				},
			}
			result := checkForeign(t, f)
			if caught := FirstOf(result, report.ValidRefused) != nil; caught != tt.found || !tt.found && len(result.Findings) > 0 {
				t.Error(TextOf(t, result))
			}
			if noted := slices.ContainsFunc(result.Notes, func(note string) bool {
				return strings.HasPrefix(note, fmt.Sprintf("make: %d to a request", tt.status))
			}); noted == tt.found {
				t.Errorf("%q", result.Notes)
			}
		})
	}
}
