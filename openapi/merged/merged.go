// Package merged folds the parts that a schema is composed of by allOf into one schema, so that
// values can be made and told by its members.
package merged

import (
	"maps"
	"reflect"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// MaxDepth bounds how deep schemas are followed: they may contain themselves.
const MaxDepth = 12

// Of is a schema with its allOf folded in, in itself and not in what is below it. It returns nil for nil,
// and a schema without allOf as it is. Of a part's union only the first is kept.
func Of(ref *openapi3.SchemaRef) *openapi3.Schema { return at(ref, MaxDepth) }

func at(ref *openapi3.SchemaRef, depth int) *openapi3.Schema {
	if ref == nil || ref.Value == nil || depth == 0 {
		return nil
	}
	if len(ref.Value.AllOf) == 0 {
		return ref.Value
	}
	whole := Bare(ref.Value)
	whole.OneOf, whole.AnyOf, whole.Discriminator = ref.Value.OneOf, ref.Value.AnyOf, ref.Value.Discriminator
	for i, part := range ref.Value.AllOf {
		if p := at(part, depth-1); p != nil {
			Fold(whole, p, i == 0 && whole.Type == nil)
			if len(whole.OneOf)+len(whole.AnyOf) == 0 {
				whole.OneOf, whole.AnyOf, whole.Discriminator = p.OneOf, p.AnyOf, p.Discriminator
			}
		}
	}
	return whole
}

// Bare is a copy of a schema's own part, without what it is made up of, to be folded into.
func Bare(s *openapi3.Schema) *openapi3.Schema {
	whole := *s
	whole.AllOf, whole.OneOf, whole.AnyOf, whole.Discriminator = nil, nil, nil, nil
	whole.Properties = maps.Clone(whole.Properties)
	whole.Required = slices.Clone(whole.Required)
	return &whole
}

// Fold makes whole as narrow as part is.
func Fold(whole, part *openapi3.Schema, first bool) {
	if whole.Type == nil {
		whole.Type = part.Type
	}
	whole.Nullable = part.Nullable && (first || whole.Nullable)
	whole.ReadOnly = whole.ReadOnly || part.ReadOnly
	whole.WriteOnly = whole.WriteOnly || part.WriteOnly
	for name, property := range part.Properties {
		if whole.Properties == nil {
			whole.Properties = openapi3.Schemas{}
		}
		if there := whole.Properties[name]; there != nil && there != property {
			property = openapi3.NewSchemaRef("", &openapi3.Schema{AllOf: openapi3.SchemaRefs{there, property}})
		}
		whole.Properties[name] = property
	}
	for _, name := range part.Required {
		if !slices.Contains(whole.Required, name) {
			whole.Required = append(whole.Required, name)
		}
	}
	if whole.Not == nil {
		whole.Not = part.Not
	}
	whole.MinLength = max(whole.MinLength, part.MinLength)
	whole.MinItems = max(whole.MinItems, part.MinItems)
	whole.MaxLength = least(whole.MaxLength, part.MaxLength)
	whole.MaxItems = least(whole.MaxItems, part.MaxItems)
	whole.Max = least(whole.Max, part.Max)
	if part.Min != nil && (whole.Min == nil || *part.Min > *whole.Min) {
		whole.Min = part.Min
	}
	if len(whole.Enum) == 0 {
		whole.Enum = part.Enum
	} else if len(part.Enum) > 0 {
		whole.Enum = slices.DeleteFunc(slices.Clone(whole.Enum), func(value any) bool {
			return !slices.ContainsFunc(part.Enum, func(other any) bool { return reflect.DeepEqual(value, other) })
		})
	}
	if whole.Items == nil {
		whole.Items = part.Items
	}
	if whole.Format == "" {
		whole.Format = part.Format
	}
	if whole.Pattern == "" {
		whole.Pattern = part.Pattern
	}
	if part.AdditionalProperties.Has != nil {
		whole.AdditionalProperties = part.AdditionalProperties
	}
}

func least[N uint64 | float64](a, b *N) *N {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}
