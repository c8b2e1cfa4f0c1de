package contract

import (
	"regexp"

	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

var scopeName = regexp.MustCompile(`(?i)^(organi[sz]ation|tenant)_?(uuid|id)$`)

// scope checks whose data is shown.
type scope struct {
	*run
	organization string // that everything shown must be of; "" as long as nothing was
}

// sameScope checks that everything that one token is shown is of one organization.
func (r *scope) sameScope(op *spec.Operation, value any, one wire.Call) {
	object, _ := value.(map[string]any)
	for name, member := range object {
		id, ok := member.(string)
		if !ok || !scopeName.MatchString(name) {
			continue
		}
		if r.organization == "" {
			r.organization = id
		}
		if id != r.organization {
			r.find(spec.Problem{Class: report.ForeignData, Key: name, Fault: "shows data of another organization", Expected: name + " " + r.organization, Got: id, Place: op.Place}, one)
		}
	}
}
