package spec

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/openapi/merged"
)

// ElementsOf is the list in an operation's answers: of things with ids where there is
// one, else of any objects.
func ElementsOf(op *Operation) (at []string, element *openapi3.Schema) {
	if at, element = ObjectIn(op.Answered(), "", true); element != nil {
		return at, element
	}
	return ListIn(op.Answered())
}

// ListIn is the nearest array of objects in an answer.
func ListIn(ref *openapi3.SchemaRef) (path []string, element *openapi3.Schema) {
	path, list := nearest(ref, func(s *openapi3.Schema) bool { return IsArray(s) && IsObject(Outline(s.Items)) })
	if list == nil {
		return nil, nil
	}
	return path, Outline(list.Items)
}

// MaxDepth bounds how deep schemas are followed: they may contain themselves.
const MaxDepth = merged.MaxDepth

// Merged is a schema with its allOf folded in, so that it can be told by its
// members. It returns nil for nil.
func Merged(ref *openapi3.SchemaRef) *openapi3.Schema { return merged.Of(ref) }

// IsObject reports whether a schema is one of objects.
func IsObject(s *openapi3.Schema) bool {
	return s != nil && (s.Type.Is(openapi3.TypeObject) || s.Type == nil && len(s.Properties) > 0)
}

// TakesNull reports whether null may be sent: an enum that lacks it says no, whatever nullable
// says (OpenAPI 3.0.3's proposal on nullable), and not all who write it so mean that.
func TakesNull(s *openapi3.Schema) bool {
	return s.Nullable && (len(s.Enum) == 0 || slices.Contains(s.Enum, nil))
}

// IsArray reports whether a schema is one of arrays.
func IsArray(s *openapi3.Schema) bool { return s != nil && s.Type.Is(openapi3.TypeArray) }

// IsText reports whether a schema is one of strings.
func IsText(s *openapi3.Schema) bool { return s != nil && s.Type.Is(openapi3.TypeString) }

// IsFree reports whether a schema is of strings that a client may choose.
func IsFree(s *openapi3.Schema) bool {
	return IsText(s) && len(s.Enum) == 0 && s.Format == "" && s.Pattern == ""
}

// StatesBounds reports whether whoever wrote the schema thought of lengths anywhere in
// it: only then is a length that it does not name truly free.
func StatesBounds(ref *openapi3.SchemaRef, depth int) bool {
	s := Merged(ref)
	if s == nil || depth == 0 {
		return false
	}
	if s.MinLength > 0 || s.MaxLength != nil || s.MinItems > 0 || s.MaxItems != nil {
		return true
	}
	for _, property := range s.Properties {
		if StatesBounds(property, depth-1) {
			return true
		}
	}
	return StatesBounds(s.Items, depth-1)
}

var referenceName = regexp.MustCompile(`(?:Uuid|UUID|Id|ID|_uuid|_id)$`)

// IsReference reports whether the name of a property or parameter says that its value
// is something else's id.
func IsReference(name string) bool { return referenceName.MatchString(name) }

// Stem is what a reference refers to: user for userUuid.
func Stem(reference string) string {
	return strings.ToLower(referenceName.ReplaceAllString(reference, ""))
}

// IDNames are the properties of an object by which it may tell the id that a path parameter
// takes, the surest first: that of its name, one that its name ends in (id for thingId), and
// what ids are called elsewhere.
func IDNames(object *openapi3.Schema, parameter string) []string {
	letters := func(name string) string { return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name)) }
	var ending []string
	for _, name := range slices.Sorted(maps.Keys(object.Properties)) {
		if len(name) > 1 && strings.HasSuffix(letters(parameter), letters(name)) {
			ending = append(ending, name)
		}
	}
	slices.SortStableFunc(ending, func(a, b string) int { return len(b) - len(a) })
	var names []string
	for _, name := range slices.Concat([]string{parameter}, ending, []string{"id", "uuid"}) {
		s := Merged(object.Properties[name])
		if !slices.Contains(names, name) && (IsText(s) || s != nil && s.Type.Is(openapi3.TypeInteger)) {
			names = append(names, name)
		}
	}
	return names
}

// IDOf is the property of an object that tells its id, "" if there is none.
func IDOf(object *openapi3.Schema, parameter string) string {
	if !IsObject(object) {
		return ""
	}
	if names := IDNames(object, parameter); len(names) > 0 {
		return names[0]
	}
	return ""
}

// IDIn is the id in an object, as a path has it; "" if it has none.
func IDIn(object any, name string) string {
	switch id := Dig(object, []string{name}).(type) {
	case string:
		return id
	case json.Number:
		return id.String()
	}
	return ""
}

// ObjectIn finds, nearest first, the object within an answer that has an id, and the
// members that lead to it. With list it is the element of the nearest array.
func ObjectIn(ref *openapi3.SchemaRef, parameter string, list bool) (path []string, object *openapi3.Schema) {
	path, found := nearest(ref, func(s *openapi3.Schema) bool {
		if list {
			return IsArray(s) && IDOf(Outline(s.Items), parameter) != ""
		}
		return IDOf(s, parameter) != ""
	})
	if found != nil && list {
		found = Outline(found.Items)
	}
	return path, found
}

// nearest finds, outer ones first, the schema within a schema's members that passes a
// test, and the members that lead to it. The branches of a union stand where it does: a
// list of groups may be one of groups or one of groups with their members.
func nearest(ref *openapi3.SchemaRef, test func(*openapi3.Schema) bool) (path []string, found *openapi3.Schema) {
	type step struct {
		ref    *openapi3.SchemaRef
		path   []string
		unions int // gone into on the way: one may contain itself
	}
	for queue := []step{{ref: ref}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		s := Outline(at.ref)
		if test(s) {
			return at.path, s
		}
		if IsObject(s) && len(at.path) < 4 {
			for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
				queue = append(queue, step{s.Properties[name], append(slices.Clone(at.path), name), at.unions})
			}
		}
		if s != nil && at.unions < 4 {
			for _, branch := range slices.Concat(s.AnyOf, s.OneOf) {
				queue = append(queue, step{branch, at.path, at.unions + 1})
			}
		}
	}
	return nil, nil
}

// Dig follows members into a value.
func Dig(value any, path []string) any {
	for _, name := range path {
		if value == (any)(Unjudged{}) {
			return value
		}
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}
