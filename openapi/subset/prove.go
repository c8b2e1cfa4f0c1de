package subset

import (
	"fmt"
	"slices"

	"attributed/openapi/tree"
)

// Prove returns the places where a value of schema a, of the spec from, may be none of schema b,
// of the spec to: none where there is a proof. A nil schema allows everything. Places start
// with place.
func (p *Prover) Prove(a, b *tree.Value, place string) []Failure {
	*p.steps = 0
	return p.within(p.sets.of(a), b, place)
}

// within is Prove for a set. It assumes a pair that it is already about, as
// recursive schemas need.
func (p *Prover) within(a set, b *tree.Value, place string) []Failure {
	b = p.to.Resolved(b)
	s := p.sets.shape(a)
	if s.nothing() || b == nil {
		return nil
	}
	if !b.Is(tree.Object) {
		return fail(place, "undecided", "there is something else than a schema")
	}
	if p.exhausted() {
		return p.undecided(place)
	}
	key := fmt.Sprintf("%s %p", a.key(), b)
	if p.known[key] {
		return nil
	}
	p.known[key] = true
	mark := len(p.trail)
	p.trail = append(p.trail, key)
	failures := p.keywords(a, s, b, place)
	if len(failures) > 0 {
		for _, resting := range p.trail[mark:] {
			delete(p.known, resting)
		}
		p.trail = p.trail[:mark]
	}
	return failures
}

// allows reports whether there is a proof, without saying where there is none.
func (p *Prover) allows(a set, b *tree.Value) bool { return len(p.within(a, b, "")) == 0 }

func (p *Prover) keywords(a set, s *shape, b *tree.Value, place string) []Failure {
	for _, part := range p.parts(b) {
		if failures := p.discriminator(s, part, place); failures != nil {
			return failures
		}
	}
	if !s.null {
		return p.notNull(a, s, b, place)
	}
	var failures []Failure
	if !p.admitsNull(b) {
		failures = fail(place, "null", "null is %s", p.was("allowed", "sent"))
	}
	a = a.withoutNull()
	return append(failures, p.notNull(a, p.sets.shape(a), b, place)...)
}

// notNull is keywords for a set without null.
func (p *Prover) notNull(a set, s *shape, b *tree.Value, place string) []Failure {
	if s.nothing() {
		return nil
	}
	var failures []Failure
	parts := p.parts(b)
	for _, part := range parts {
		failures = append(failures, p.cases(a, s, goal{part, parts, place})...)
	}
	return distinct(failures)
}

// parts returns a schema and, of its allOf, all that it is put together from: a part can
// require what another part describes.
func (p *Prover) parts(schema *tree.Value) []*tree.Value {
	schema = p.to.Resolved(schema)
	all := []*tree.Value{schema}
	for _, part := range schema.Get("allOf").Elements() {
		for _, below := range p.parts(part) {
			if !slices.Contains(all, below) {
				all = append(all, below)
			}
		}
	}
	return all
}
