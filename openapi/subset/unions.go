package subset

import (
	"slices"
	"strings"

	"attributed/openapi/tree"
)

// union proves that each value of a is allowed by a branch of b and, for oneOf,
// by no other one.
func (p *Prover) union(a set, s *shape, b *tree.Value, keyword, place string) []Failure {
	branches := b.Get(keyword).Items
	var nearest []Failure
	for i, branch := range branches {
		failures := p.within(a, branch, place)
		if len(failures) == 0 {
			if keyword == "anyOf" || b.Get("discriminator") != nil || p.apart(a, s, branches, i) {
				return nil
			}
			failures = fail(place, "oneOf", "a value may match another branch of oneOf as well, which makes it invalid: it cannot be told apart")
		}
		if nearest == nil || len(failures) < len(nearest) {
			nearest = failures
		}
	}
	if parts := p.split(s, a); len(parts) > 0 && !slices.ContainsFunc(parts, func(part set) bool { return !p.allows(part, b) }) {
		return nil
	}
	if len(nearest) == 1 {
		return nearest
	}
	if p.request {
		return fail(place, keyword, "no branch of %s allows all that was allowed: %s", keyword, reasons(nearest))
	}
	return fail(place, keyword, "what is possible now is in no branch of the %s that there was: %s", keyword, reasons(nearest))
}

func reasons(failures []Failure) string {
	var texts []string
	for i, f := range failures {
		if i == 3 {
			texts = append(texts, "…")
			break
		}
		texts = append(texts, strings.TrimPrefix(f.Place+": ", ": ")+f.Detail)
	}
	return strings.Join(texts, "; ")
}

// split divides a set by type or by a required property of few values, so that each part may
// find a branch of its own. It returns none where there is no more to divide.
func (p *Prover) split(s *shape, a set) []set {
	var parts []set
	if s.types&(s.types-1) != 0 && s.types != integerType|fractionType {
		for _, name := range []string{"array", "boolean", "number", "object", "string"} {
			if s.types&typeBits[name] != 0 {
				parts = append(parts, a.and(p.sets.said("type "+name, func() *tree.Value {
					return tree.Obj(tree.Member{Name: "type", Value: tree.Text(name)})
				})))
			}
		}
		return parts
	}
	if s.types != objectType {
		return nil
	}
	for _, name := range s.names() {
		values := p.sets.shape(p.property(s, name).values)
		if !s.required[name] || values.null || len(values.enum) < 2 || len(values.enum) > 32 || len(values.unions) > 0 {
			continue
		}
		for _, v := range values.enum {
			parts = append(parts, a.and(p.sets.said(name+"="+v.Canonical(), func() *tree.Value {
				one := tree.Obj(tree.Member{Name: "enum", Value: tree.List(v)})
				return tree.Obj(tree.Member{Name: "properties", Value: tree.Obj(tree.Member{Name: name, Value: one})})
			})))
		}
		return parts
	}
	return nil
}

// apart reports whether no value of a is allowed by another branch than the given one.
func (p *Prover) apart(a set, s *shape, branches []*tree.Value, but int) bool {
	for i, branch := range branches {
		if i != but && !p.disjoint(s, branch, 0) && !p.excluded(a, branch) {
			return false
		}
	}
	return true
}

// understood are the keywords that are proven elsewhere, and those that say nothing of
// which values are allowed.
var understood = map[string]bool{
	"title": true, "description": true, "default": true, "example": true, "examples": true, "externalDocs": true, "deprecated": true, "xml": true,
	"readOnly": true, "writeOnly": true, "discriminator": true, "nullable": true,
	"type": true, "enum": true, "format": true, "pattern": true, "minLength": true, "maxLength": true,
	"minimum": true, "maximum": true, "exclusiveMinimum": true, "exclusiveMaximum": true, "multipleOf": true,
	"items": true, "minItems": true, "maxItems": true, "uniqueItems": true,
	"properties": true, "required": true, "additionalProperties": true, "minProperties": true, "maxProperties": true,
	"allOf": true, "anyOf": true, "oneOf": true, "not": true,
}

// not proves that no value of a set is one that b rules out: they have nothing in
// common, or a rules out all of these as well.
func (p *Prover) not(s *shape, b *tree.Value, place string) []Failure {
	refused := b.Get("not")
	if refused == nil || p.disjoint(s, refused, 0) {
		return nil
	}
	back := p.back()
	wasRefused := func(part *tree.Value) bool {
		return part.Get("not") != nil && back.allows(back.sets.of(refused), part.Get("not"))
	}
	if slices.ContainsFunc(s.parts, wasRefused) {
		return nil
	}
	return fail(place, "not", "values that it rules out with not are %s, as far as can be told", p.was("allowed", "possible"))
}

// opaque proves keywords that nothing is known of, not among them, by their being the same.
func (p *Prover) opaque(s *shape, b *tree.Value, place string) []Failure {
	var failures []Failure
	for _, m := range b.Fields() {
		if !understood[m.Name] && !strings.HasPrefix(m.Name, "x-") {
			failures = append(failures, p.same(s, b, place, m.Name)...)
		}
	}
	return failures
}
