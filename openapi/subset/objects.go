package subset

import (
	"slices"

	"attributed/openapi/tree"
)

// array proves what b says of arrays.
func (p *Prover) array(s *shape, b *tree.Value, place string) []Failure {
	failures := p.bounds(s, b, place, "minItems", "maxItems", "arrays")
	most := s.bound("maxItems", -1)
	single := most != nil && (most.Sign() == 0 || most.IsInt() && most.Num().Int64() == 1)
	if b.Get("uniqueItems").True() && !single {
		failures = append(failures, p.same(s, b, place, "uniqueItems")...)
	}
	if items := b.Get("items"); items != nil && (most == nil || most.Sign() > 0) {
		failures = append(failures, p.within(p.sets.items(s), items, place+"[]")...)
	}
	return failures
}

// items returns what an item of the arrays of a set can be.
func (x *sets) items(s *shape) set {
	var schemas []*tree.Value
	for _, part := range s.parts {
		if items := part.Get("items"); items != nil {
			schemas = append(schemas, items)
		}
	}
	return x.of(schemas...)
}

// property is what the objects of a set have under a name.
type property struct {
	values set
	named  bool // it is in properties: a client knows of it
	never  bool // no such object has it
}

// property returns what the schemas of a set say of a property.
func (p *Prover) property(s *shape, name string) property {
	var schemas []*tree.Value
	var result property
	for _, part := range s.parts {
		own, others := part.At("properties", name), part.Get("additionalProperties")
		switch {
		case own != nil:
			result.named = true
			result.never = result.never || p.unsent(p.from.Resolved(own))
			schemas = append(schemas, own)
		case others.False():
			result.never = true
		case others.Is(tree.Object):
			schemas = append(schemas, others)
		}
	}
	result.named = result.named || slices.Contains(s.hidden, name)
	result.values = p.sets.of(schemas...)
	return result
}

// unsent reports whether a property is not sent in this direction.
func (p *Prover) unsent(schema *tree.Value) bool {
	if p.request {
		return schema.Get("readOnly").True()
	}
	return schema.Get("writeOnly").True()
}

// others returns what properties that nobody names can be.
func (x *sets) others(s *shape) set {
	var schemas []*tree.Value
	for _, part := range s.parts {
		if others := part.Get("additionalProperties"); others.Is(tree.Object) {
			schemas = append(schemas, others)
		}
	}
	return x.of(schemas...)
}

// object proves what b says of objects.
func (p *Prover) object(a set, s *shape, b *tree.Value, place string) []Failure {
	failures := p.bounds(s, b, place, "minProperties", "maxProperties", "objects")
	for _, name := range s.names() {
		has := p.property(s, name)
		if has.never {
			continue
		}
		at := place + "." + name
		own, others := b.At("properties", name), b.Get("additionalProperties")
		switch {
		case own != nil && p.request && p.unsent(p.to.Resolved(own)):
			failures = append(failures, fail(at, "readOnly", "the property may no longer be sent: it is readOnly now")...)
		case own != nil:
			failures = append(failures, p.within(has.values, own, at)...)
		case others.False():
			failures = append(failures, fail(at, "additionalProperties", "the property is %s, for additionalProperties is false", p.was("allowed", "possible"))...)
		case others.Is(tree.Object):
			failures = append(failures, p.within(has.values, others, at)...)
		}
	}
	if s.closed() {
		return failures
	}
	return append(failures, p.unnamed(s, b, place)...)
}

// unnamed proves what b says of properties that a does not name. Those that b names
// are not there, unless a says what others there are.
func (p *Prover) unnamed(s *shape, b *tree.Value, place string) []Failure {
	var failures []Failure
	others := p.sets.others(s)
	for _, m := range b.Get("properties").Fields() {
		if has := p.property(s, m.Name); !has.named && !has.never && len(others.schemas) > 0 {
			failures = append(failures, p.within(has.values, m.Value, place+"."+m.Name)...)
		}
	}
	switch allowed := b.Get("additionalProperties"); {
	case allowed.False():
		failures = append(failures, fail(place, "additionalProperties", "other properties than those in the spec are %s", p.was("allowed", "possible"))...)
	case allowed.Is(tree.Object):
		failures = append(failures, p.within(others, allowed, place+".*")...)
	}
	return failures
}

// required proves that the objects of a set have what one of the parts of a schema requires.
func (p *Prover) required(s *shape, one *tree.Value, parts []*tree.Value, place string) []Failure {
	var failures []Failure
	for _, item := range one.Get("required").Elements() {
		name := item.Str()
		unsent := func(part *tree.Value) bool { return p.unsent(p.to.Resolved(part.At("properties", name))) }
		if slices.ContainsFunc(parts, unsent) {
			continue // it is required in the other direction only
		}
		has := p.property(s, name)
		if s.required[name] && !has.never {
			continue
		}
		at := place + "." + name
		switch {
		case p.request && has.named:
			failures = append(failures, fail(at, "required", "the property is required now: requests without it are refused; clients must send it")...)
		case p.request:
			failures = append(failures, fail(at, "required", "the request gains this required property: clients that do not know it are refused")...)
		case has.named:
			failures = append(failures, fail(at, "required", "the property may be missing now; clients must do without it")...)
		default:
			failures = append(failures, fail(at, "required", "the answer loses this property, which was required; clients that read it must do without")...)
		}
	}
	return failures
}
