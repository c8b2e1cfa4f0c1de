package subset

import "attributed/openapi/tree"

// part is notNull for a set without unions and one part of a schema, but for what is required.
func (p *Prover) part(a set, s *shape, b *tree.Value, place string) []Failure {
	if b != nil && !b.Is(tree.Object) {
		return fail(place, "undecided", "there is something else than a schema")
	}
	if p.exhausted() {
		return p.undecided(place)
	}
	if refused := s.types &^ typesOf(b); refused != 0 && !(p.text && isAnyText(b)) {
		was, is := s.types, typesOf(b)
		if !p.request {
			was, is = is, was
		}
		return fail(place, "type", "it was of type %s and is of type %s: %s is %s", typeNames(was), typeNames(is), typeNames(refused), p.was("allowed", "possible"))
	}
	if s.enum != nil {
		return p.values(s, b, place)
	}
	failures := p.scalars(s, b, place)
	if s.types&objectType != 0 {
		failures = append(failures, p.object(a, s, b, place)...)
	}
	if s.types&arrayType != 0 {
		failures = append(failures, p.array(s, b, place)...)
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		if union := b.Get(keyword); union.Is(tree.Array) {
			failures = append(failures, p.union(a, s, b, keyword, place)...)
		}
	}
	failures = append(failures, p.not(s, b, place)...)
	return append(failures, p.opaque(s, b, place)...)
}

// values proves it for a set of which each value is listed.
func (p *Prover) values(s *shape, b *tree.Value, place string) []Failure {
	var refused []*tree.Value
	for _, v := range s.enum {
		if s.types&typeOf(v) != 0 && !p.valid(v, b) {
			refused = append(refused, v)
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return fail(place, "enum", "%s: %s", p.was("allowed", "possible"), listed(refused))
}
