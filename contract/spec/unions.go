package spec

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/openapi/merged"
)

// MergedFor is a schema with its allOf folded in, and of its oneOf and anyOf the branches
// that a value is of. It returns nil for nil, and where the value is of no branch.
func MergedFor(ref *openapi3.SchemaRef, value any, as openapi3.SchemaValidationOption) *openapi3.Schema {
	return mergedForAt(ref, value, as, MaxDepth)
}

func mergedForAt(ref *openapi3.SchemaRef, value any, as openapi3.SchemaValidationOption, depth int) *openapi3.Schema {
	if ref == nil || ref.Value == nil || depth == 0 {
		return nil
	}
	s := ref.Value
	branches, ok := branchesFor(s, value, as)
	if !ok {
		return nil
	}
	parts := slices.Concat(s.AllOf, branches)
	if len(parts) == 0 {
		return s
	}
	whole := merged.Bare(s)
	for i, part := range parts {
		p := mergedForAt(part, value, as, depth-1)
		if p == nil {
			return nil
		}
		merged.Fold(whole, p, i == 0 && whole.Type == nil)
	}
	return whole
}

// branchesFor are the branches of a schema that a value is of; not ok if it has some and the
// value is of none.
func branchesFor(s *openapi3.Schema, value any, as openapi3.SchemaValidationOption) (found openapi3.SchemaRefs, ok bool) {
	for i, branches := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf} {
		var of openapi3.SchemaRefs
		for _, branch := range branches {
			name := Discriminating(s, branch)
			told, _ := Dig(value, []string{PropertyName(s)}).(string)
			switch {
			case branch == nil || branch.Value == nil:
			case name != "" && told != "" && told != name:
			case Accepts(branch.Value, value, as):
				of = append(of, branch)
			}
		}
		if len(branches) > 0 && len(of) == 0 {
			return nil, false
		}
		if i == 0 && len(of) > 1 {
			of = of[:1] // a value is of one alone: which, does not matter where several would do
		}
		found = append(found, of...)
	}
	return found, true
}

func PropertyName(s *openapi3.Schema) string {
	if s.Discriminator == nil {
		return ""
	}
	return s.Discriminator.PropertyName
}

// Discriminating is the value of the discriminator that stands for a branch, "" if nothing
// does (OpenAPI 3.0.3, Discriminator Object).
func Discriminating(s *openapi3.Schema, branch *openapi3.SchemaRef) string {
	if s.Discriminator == nil || branch == nil || branch.Ref == "" {
		return ""
	}
	own := branch.Ref[strings.LastIndexByte(branch.Ref, '/')+1:]
	for name, mapped := range s.Discriminator.Mapping {
		if mapped.Ref == branch.Ref || mapped.Ref == own {
			return name
		}
	}
	return own
}

// Outline is a schema as far as it can be told without a value: with its allOf folded in, and
// the properties of all its branches, of which each may be absent.
func Outline(ref *openapi3.SchemaRef) *openapi3.Schema { return outlineAt(ref, MaxDepth) }

func outlineAt(ref *openapi3.SchemaRef, depth int) *openapi3.Schema {
	whole := Merged(ref)
	if whole == nil || depth == 0 || len(whole.OneOf)+len(whole.AnyOf) == 0 {
		return whole
	}
	branches := slices.Concat(whole.OneOf, whole.AnyOf)
	whole = merged.Bare(whole)
	for i, branch := range branches {
		b := outlineAt(branch, depth-1)
		if b == nil {
			continue
		}
		one := *b
		one.Required = nil
		merged.Fold(whole, &one, i == 0 && whole.Type == nil)
	}
	return whole
}

// BranchesOf are the branches of a body that is a union, none if it is no such.
func BranchesOf(ref *openapi3.SchemaRef) openapi3.SchemaRefs {
	s := Merged(ref)
	if s == nil {
		return nil
	}
	return slices.Concat(s.OneOf, s.AnyOf)
}

// OrNone is one round without a branch where there are none.
func OrNone(branches openapi3.SchemaRefs) openapi3.SchemaRefs {
	if len(branches) == 0 {
		return openapi3.SchemaRefs{nil}
	}
	return branches
}
