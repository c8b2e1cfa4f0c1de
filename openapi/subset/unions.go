package subset

import (
	"maps"
	"slices"
	"strings"

	"attributed/openapi"
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

// discriminator proves that a value names its branch as b wants it.
func (p *Prover) discriminator(s *shape, b *tree.Value, place string) []Failure {
	name := b.At("discriminator", "propertyName").Str()
	if name == "" {
		return nil
	}
	wanted := discriminated(b)
	for _, part := range s.parts {
		if part.At("discriminator", "propertyName").Str() != name {
			continue
		}
		has := discriminated(part)
		for _, key := range slices.Sorted(maps.Keys(has)) {
			switch {
			case wanted[key] == nil:
				return fail(place, "discriminator", "the value %q of %s, which chooses a branch, is %s", key, name, p.was("known", "possible"))
			case !p.allows(p.sets.of(has[key]).withoutNull(), wanted[key]):
				return fail(place, "discriminator", "the value %q of %s chooses another branch now", key, name)
			}
		}
		return nil
	}
	values := p.sets.shape(p.property(s, name).values)
	if s.types != objectType || !s.required[name] || values.enum == nil || values.null {
		return fail(place, "discriminator", "the property %s must choose a branch now, and values without it are %s", name, p.was("allowed", "possible"))
	}
	for _, v := range values.enum {
		if wanted[v.Str()] == nil {
			return fail(place, "discriminator", "the value %q of %s, which chooses a branch, is %s", v.Str(), name, p.was("known", "possible"))
		}
	}
	return nil
}

// discriminated returns the values by which a schema's branches are chosen, and references to
// those: what the mapping says, and the names of the components that it does not mention.
func discriminated(schema *tree.Value) map[string]*tree.Value {
	chosen, mapped := map[string]*tree.Value{}, map[string]bool{}
	for _, entry := range schema.At("discriminator", "mapping").Fields() {
		ref := entry.Value.Str()
		if !strings.Contains(ref, "#") {
			ref = "#/components/schemas/" + ref
		}
		chosen[entry.Name] = tree.Obj(tree.Member{Name: "$ref", Value: tree.Text(ref)})
		mapped[openapi.ComponentName(ref)] = true
	}
	for _, keyword := range []string{"oneOf", "anyOf"} {
		for _, branch := range schema.Get(keyword).Elements() {
			if name := openapi.ComponentName(branch.Ref()); name != "" && !mapped[name] {
				chosen[name] = branch
			}
		}
	}
	return chosen
}
