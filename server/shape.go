package server

import (
	"math"
	"reflect"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/openapi/alternatives"
)

// shape is what a schema can have an opinion on: which members, how many
// elements, how deep. What lies outside of it is neither kept nor judged, so that
// a hostile body costs no more than an honest one. It is compiled from a schema
// once, at start.
type shape struct {
	schema   *openapi3.Schema // all that a value here must satisfy
	skeleton *openapi3.Schema // the same, but for the elements of arrays

	// opaque is a place where what the schema says cannot be judged member by member
	// (oneOf, additionalProperties, …): the whole value is kept and judged.
	opaque bool

	object   bool              // the schema allows an object here
	members  map[string]member // its members; others are ignored
	array    bool              // the schema allows an array here
	elements *shape            // of its elements
	maxItems int               // of them
}

// member is a shape with its name, which is so allocated once for all requests.
type member struct {
	name  string
	shape *shape
}

func shapeOf(schema *openapi3.Schema) *shape { return compile(nil, schema) }

// compile makes the shape of a value that must satisfy all schemas. within are
// the schemas of the objects and arrays around it: one that contains itself is
// opaque, since shapes have an end.
func compile(within []*openapi3.Schema, schemas ...*openapi3.Schema) *shape {
	var parts []*openapi3.Schema
	for _, s := range schemas {
		parts = flatten(parts, s)
	}
	sh := &shape{schema: allOf(schemas), maxItems: math.MaxInt}
	if !transparent(parts, within) {
		sh.opaque, sh.skeleton = true, allOf(nil)
		return sh
	}
	within = slices.Concat(within, parts)
	sh.object = permit(parts, openapi3.TypeObject)
	sh.array = permit(parts, openapi3.TypeArray)
	sh.members = compileMembers(within, parts)
	if sh.array {
		sh.elements, sh.maxItems = compileElements(within, parts)
	}
	sh.skeleton = sh.skeletonOf(parts)
	return sh
}

func compileMembers(within, parts []*openapi3.Schema) map[string]member {
	schemas := map[string][]*openapi3.Schema{}
	for _, part := range parts {
		for name, property := range part.Properties {
			schemas[name] = append(schemas[name], property.Value)
		}
	}
	members := make(map[string]member, len(schemas))
	for name, all := range schemas {
		members[name] = member{name, compile(within, all...)}
	}
	return members
}

func compileElements(within, parts []*openapi3.Schema) (elements *shape, maxItems int) {
	maxItems = math.MaxInt
	var schemas []*openapi3.Schema
	for _, part := range parts {
		if part.Items != nil {
			schemas = append(schemas, part.Items.Value)
		}
		if part.MaxItems != nil {
			maxItems = int(min(uint64(maxItems), *part.MaxItems))
		}
	}
	return compile(within, schemas...), maxItems
}

// skeletonOf puts the parts together again, without the elements of arrays here
// or further down.
func (sh *shape) skeletonOf(parts []*openapi3.Schema) *openapi3.Schema {
	var bare []*openapi3.Schema
	for _, part := range parts {
		s := *part
		if s.Not != nil { // on its own, since kin-openapi tells nothing else of a schema that fails by it
			bare = append(bare, &openapi3.Schema{Nullable: true, Not: s.Not})
			s.Not = nil
		}
		s.AllOf, s.Items, s.Properties = nil, nil, make(openapi3.Schemas, len(part.Properties))
		for name := range part.Properties {
			s.Properties[name] = sh.members[name].shape.skeleton.NewRef()
		}
		bare = append(bare, &s)
	}
	return allOf(bare)
}

// allOf returns one schema that says what all schemas say; of none, one that
// accepts everything.
func allOf(schemas []*openapi3.Schema) *openapi3.Schema {
	if len(schemas) == 1 {
		return schemas[0]
	}
	one := &openapi3.Schema{Nullable: len(schemas) == 0}
	for _, s := range schemas {
		one.AllOf = append(one.AllOf, s.NewRef())
	}
	return one
}

// flatten adds schema and all that it is composed of by allOf to parts.
func flatten(parts []*openapi3.Schema, schema *openapi3.Schema) []*openapi3.Schema {
	if slices.Contains(parts, schema) {
		return parts
	}
	parts = append(parts, schema)
	for _, part := range schema.AllOf {
		parts = flatten(parts, part.Value)
	}
	return parts
}

// permit reports whether all parts let a value of this type pass.
func permit(parts []*openapi3.Schema, kind string) bool {
	return !slices.ContainsFunc(parts, func(s *openapi3.Schema) bool { return !s.Type.Permits(kind) })
}

// transparent reports whether what the parts say can be judged member by member and
// element by element.
func transparent(parts, within []*openapi3.Schema) bool {
	typed := false
	for _, part := range parts {
		if slices.Contains(within, part) || !understood(*part) {
			return false
		}
		typed = typed || part.Type != nil
	}
	return typed
}

// understood reports whether a schema says nothing but what shapes know of. What
// is not in this list makes its place opaque: safe, at worst slower.
func understood(s openapi3.Schema) bool {
	if s.Type == nil || !s.Type.Permits(openapi3.TypeObject) && !s.Type.Permits(openapi3.TypeArray) {
		s.Enum = nil // of scalars, which are kept as they are
	}
	s.Type, s.Nullable, s.AllOf = nil, false, nil
	s.Required, s.Properties = nil, nil
	s.Items, s.MinItems, s.MaxItems, s.UniqueItems = nil, 0, nil, false
	s.MinLength, s.MaxLength, s.Pattern, s.Format = 0, nil, "", ""
	s.Min, s.Max, s.MultipleOf = nil, nil, nil
	s.ExclusiveMin, s.ExclusiveMax = openapi3.ExclusiveBound{}, openapi3.ExclusiveBound{}
	s.ReadOnly, s.WriteOnly, s.AllowEmptyValue, s.Default = false, false, false, nil
	s.Title, s.Description, s.Example, s.ExternalDocs = "", "", nil, nil
	s.Deprecated, s.XML, s.Extensions, s.Origin = false, nil, nil, nil
	if len(alternatives.Of(&s)) > 0 {
		s.Not = nil
	}
	return reflect.ValueOf(s).IsZero()
}
