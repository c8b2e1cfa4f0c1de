package subset

import (
	"slices"

	"attributed/openapi/tree"
)

// goal is a part of a schema, and all parts of that.
type goal struct {
	part  *tree.Value
	parts []*tree.Value
	place string
}

// reach proves a goal for a set of which no union is looked into.
func (p *Prover) reach(a set, s *shape, g goal) []Failure {
	failures := p.part(a, s, g.part, g.place)
	if s.enum == nil && s.types&objectType != 0 {
		failures = append(failures, p.required(s, g.part, g.parts, g.place)...)
	}
	return failures
}

// cases proves a goal for a set that may have unions. These multiply, and mostly one of
// them is what the goal is about: so it is tried with none of them, and with each alone.
func (p *Prover) cases(a set, s *shape, g goal) []Failure {
	if len(s.unions) < 2 || a.whole {
		return p.eachCase(a, s, g)
	}
	whole := a
	whole.whole = true
	for _, union := range append([]*tree.Value{nil}, s.unions...) {
		if p.holds(whole, union, g) {
			return nil
		}
	}
	return p.eachCase(a, s, g)
}

// holds reports whether a goal is reached in each branch of one union.
func (p *Prover) holds(whole set, union *tree.Value, g goal) bool {
	tries := []set{whole}
	if union != nil {
		tries = nil
		for i := range union.Items {
			tries = append(tries, whole.branch(union, i))
		}
	}
	return !slices.ContainsFunc(tries, func(a set) bool {
		s := p.sets.shape(a)
		return !s.nothing() && len(p.reach(a, s, g)) > 0
	})
}

// eachCase proves a goal for each combination of branches.
func (p *Prover) eachCase(a set, s *shape, g goal) []Failure {
	if s.nothing() {
		return nil
	}
	if len(s.unions) == 0 || a.whole {
		return p.reach(a, s, g)
	}
	if p.exhausted() {
		return p.undecided(g.place)
	}
	var failures []Failure
	for i := range s.unions[0].Items {
		branch := a.branch(s.unions[0], i)
		failures = append(failures, p.eachCase(branch, p.sets.shape(branch), g)...)
	}
	return distinct(failures)
}
