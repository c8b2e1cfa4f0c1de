package diff

import (
	"attributed/openapi"
)

// Watch adds what happened to operations of upstream's between two specs, of which we serve copies.
// Go is not touched by it: the code comes from the copies. It returns a [SpecError] where before
// cannot be read; where after cannot, that is a finding. [Report.Settle] is to be called next.
func (r *Report) Watch(before, after []byte, served []openapi.ServedOperation) error {
	if len(served) == 0 {
		return nil
	}
	was, err := newSide(before, served)
	if err != nil {
		return &SpecError{Err: err}
	}
	now, located, doubled := []openapi.ServedOperation{}, []openapi.Location{}, [][]string{}
	for i, l := range was.Located {
		if !l.Missing() {
			located, doubled = append(located, l), append(doubled, was.doubled[i])
			now = append(now, l.Now())
		}
	}
	was.Located, was.doubled = located, doubled
	is, err := newSide(after, now)
	if err != nil {
		r.Findings = append(r.Findings, Finding{"", "slice", "unreadable", Breaking, GoUnchanged, "the operations that the overlay copies cannot be compared: " + err.Error()})
		return nil
	}
	p := Pair{Before: was, After: is}
	c, missing := p.compare()
	for _, f := range c.findings {
		if f.Kind == "security" && f.Wire == Compatible { // the copies alone say that a token is needed
			continue
		}
		f.Go = GoUnchanged
		r.Findings = append(r.Findings, f)
	}
	r.Missing = append(r.Missing, missing...)
	return nil
}
