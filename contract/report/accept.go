package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Accepted is a finding that somebody has looked at, and lets be. Class, Operation and
// Cause say which; the rest is for those who review the list.
type Accepted struct {
	Class     Class  `json:"class"`
	Operation string `json:"operation"`
	Cause     string `json:"cause"`
	Fault     string `json:"fault,omitempty"`
	Reason    string `json:"reason,omitempty"` // why it is accepted
}

func (a Accepted) is(f Finding) bool {
	return a.Class == f.Class && a.Operation == f.Operation && a.Cause == f.Cause
}

// ReadAccepted reads a list as [Report.WriteAccepted] writes it.
func ReadAccepted(r io.Reader) ([]Accepted, error) {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields() // a word mistyped would accept something else
	var all []Accepted
	if err := decoder.Decode(&all); err != nil {
		return nil, fmt.Errorf("it is no list of accepted findings: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it is no list of accepted findings: there is more after the list")
	}
	for i, a := range all {
		if a.Class == "" || a.Operation == "" {
			return nil, fmt.Errorf("entry %d of the accepted findings lacks its class or its operation", i+1)
		}
	}
	return all, nil
}

// Accept takes the findings of a list out of Findings, into Known. What the list has and
// the report has not is noted: it is mended, or was not looked for.
func (r *Report) Accept(list []Accepted) {
	all := r.Findings
	r.Findings = []Finding{}
	for _, f := range all {
		if slices.ContainsFunc(list, func(a Accepted) bool { return a.is(f) }) {
			r.Known = append(r.Known, f)
			continue
		}
		r.Findings = append(r.Findings, f)
	}
	if gone := slices.DeleteFunc(slices.Clone(list), func(a Accepted) bool { return slices.ContainsFunc(all, a.is) }); len(gone) > 0 {
		r.Mended = gone
	}
}

// WriteAccepted writes all findings, those accepted already too, as a list for
// [Report.Accept]. Reasons of the list that was accepted before are kept.
func (r *Report) WriteAccepted(w io.Writer, before []Accepted) error {
	list := []Accepted{}
	for _, f := range append(slices.Clone(r.Findings), r.Known...) {
		a := Accepted{Class: f.Class, Operation: f.Operation, Cause: f.Cause, Fault: f.Fault}
		if i := slices.IndexFunc(before, func(b Accepted) bool { return b.is(f) }); i >= 0 {
			a.Reason = before[i].Reason
		}
		list = append(list, a)
	}
	return writeIndented(w, list)
}
