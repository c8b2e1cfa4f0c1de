package contract

import (
	"regexp"
	"strings"

	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

var scopeName = regexp.MustCompile(`(?i)^(organi[sz]ation|tenant)_?(uuid|id)$`)

// sameScope checks that everything that one token is shown is of one organization.
func (r *run) sameScope(op *spec.Operation, value any, one wire.Call) {
	object, _ := value.(map[string]any)
	for name, member := range object {
		id, ok := member.(string)
		if !ok || !scopeName.MatchString(name) {
			continue
		}
		if r.scope == "" {
			r.scope = id
		}
		if id != r.scope {
			r.find(spec.Problem{Class: report.ForeignData, Key: name, Fault: "shows data of another organization", Expected: name + " " + r.scope, Got: id, Place: op.Place}, one)
		}
	}
}

// sameEmails checks that whoever is named in a thing has there the e-mail that the list of
// people has.
func (r *run) sameEmails(op *spec.Operation, value any, one wire.Call) {
	object, _ := value.(map[string]any)
	for _, list := range object {
		elements, _ := list.([]any)
		for _, element := range elements {
			email, id := "", ""
			named, _ := element.(map[string]any)
			for name, member := range named {
				text, _ := member.(string)
				if spec.IsReference(name) {
					id = text
				} else if name == "email" {
					email = text
				}
			}
			if told, ok := spec.Dig(r.people[strings.ToLower(id)], []string{"email"}).(string); ok && email != "" && !strings.EqualFold(email, told) {
				r.find(spec.Problem{Class: report.ValueChanged, Key: "email", Fault: "tells another e-mail of somebody than the list of people does", Expected: told, Got: email, Place: op.Place}, one)
			}
		}
	}
}
