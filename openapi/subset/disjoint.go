package subset

import (
	"slices"

	"attributed/openapi/tree"
)

// back returns a prover of the other direction. It remembers none of what is being proven, so
// that a schema which rules itself out would call for one more each time.
func (p *Prover) back() *Prover {
	back := newProver(p.to, p.from, p.request)
	back.steps, back.turns = p.steps, p.turns+1
	if back.turns > maxTurns {
		*p.steps = p.most
	}
	return back
}

// excluded reports whether a is a branch of a oneOf of which another branch has all
// that b allows: no value of a is one of those.
func (p *Prover) excluded(a set, b *tree.Value) bool {
	back := p.back()
	for _, union := range a.chosen {
		for _, other := range union.Items {
			if !p.sets.oneOfs[union] || slices.Contains(a.schemas, other) {
				continue
			}
			if *p.steps < p.most && back.allows(back.sets.of(b).withoutNull(), other) {
				return true
			}
		}
	}
	return false
}

// disjoint reports whether no value of a set is one of b, null aside.
func (p *Prover) disjoint(s *shape, b *tree.Value, depth int) bool {
	b = p.to.Resolved(b)
	if b == nil || depth > 20 {
		return false
	}
	if s.types&typesOf(b) == 0 {
		return true
	}
	isDisjoint := func(part *tree.Value) bool { return p.disjoint(s, part, depth+1) }
	if slices.ContainsFunc(b.Get("allOf").Elements(), isDisjoint) {
		return true
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		if union := b.Get(keyword); union.Is(tree.Array) && !slices.ContainsFunc(union.Items, func(part *tree.Value) bool { return !isDisjoint(part) }) {
			return true
		}
	}
	if enum := b.Get("enum"); s.enum != nil && enum.Is(tree.Array) {
		return !slices.ContainsFunc(s.enum, func(v *tree.Value) bool { return p.isListed(enum, v) })
	}
	return s.types == objectType && p.disjointObjects(s, b, depth)
}

func (p *Prover) disjointObjects(s *shape, b *tree.Value, depth int) bool {
	required := map[string]bool{}
	for _, item := range b.Get("required").Elements() {
		required[item.Str()] = true
		has := p.property(s, item.Str())
		if has.never || !has.named && len(p.sets.others(s).schemas) == 0 {
			return true // a client does not send what it does not know
		}
	}
	for _, m := range b.Get("properties").Fields() {
		has := p.property(s, m.Name)
		if !has.named || !s.required[m.Name] && !required[m.Name] {
			continue
		}
		values := p.sets.shape(has.values)
		if !(values.null && p.admitsNull(m.Value)) && p.disjoint(values, m.Value, depth+1) {
			return true
		}
	}
	if !b.Get("additionalProperties").False() {
		return false
	}
	for name := range s.required {
		if b.At("properties", name) == nil {
			return true
		}
	}
	return false
}
