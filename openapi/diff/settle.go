package diff

import (
	"fmt"
	"slices"
)

// Add takes the findings of another report in.
func (r *Report) Add(other *Report) {
	r.Findings = append(r.Findings, other.Findings...)
	r.Missing = append(r.Missing, other.Missing...)
	r.Settle()
}

// AddGo adds what differs in the generated code.
func (r *Report) AddGo(differences []GoDifference) {
	comments := 0
	for _, d := range differences {
		if d.Kind == "comment" {
			comments++
			continue
		}
		r.Go = GoChanged
		r.Findings = append(r.Findings, Finding{"", d.Name, "go " + d.Kind, WireUnchanged, GoChanged, d.Detail})
	}
	if comments > 0 {
		r.Findings = append(r.Findings, Finding{"", "generated code", "go comment", WireUnchanged, GoUnchanged, fmt.Sprintf("%d comments differ, and nothing else there", comments)})
	}
}

// ReplaceGo takes the differences of the tree's own generated code for those of the slices.
func (r *Report) ReplaceGo(differences []GoDifference) {
	var kept []Finding
	for _, f := range r.Findings {
		if f.Wire == WireUnchanged && f.Operation == "" {
			continue
		}
		if f.Go == r.Go && !isText(f.Kind) {
			f.Go = ""
		}
		kept = append(kept, f)
	}
	r.Findings, r.Go = kept, GoUnchanged
	r.AddGo(differences)
	r.Settle()
}

// Settle comes to the verdict on the wire, says of each finding what it means for Go, and puts
// what breaks first. It is called again where findings were added.
func (r *Report) Settle() {
	r.count()
	for i, f := range r.Findings {
		if f.Go == "" {
			r.Findings[i].Go = r.Go
			if isText(f.Kind) || f.Kind == "doubled" {
				r.Findings[i].Go = GoUnchanged
			}
		}
	}
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return a.rank() - b.rank() })
}

func (f Finding) rank() int {
	switch {
	case f.Wire == Breaking:
		return 0
	case f.Wire == Compatible:
		return 1
	case f.Go == GoChanged:
		return 2
	}
	return 3
}

// count sets the verdict on the wire to the worst of the findings.
func (r *Report) count() {
	for _, f := range r.Findings {
		if f.Wire == Breaking || f.Wire == Compatible && r.Wire == WireUnchanged {
			r.Wire = f.Wire
		}
	}
}
