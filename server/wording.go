package server

import (
	"encoding/json"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/getkin/kin-openapi/openapi3"

	"attributed/openapi/alternatives"
)

// wording returns what a schema has against a value, in words that follow the
// place: neither the value nor the schema is quoted.
func wording(e *openapi3.SchemaError) string {
	s := e.Schema
	switch e.SchemaField {
	case "required":
		return "is missing"
	case "not":
		if len(alternatives.Of(s)) > 0 {
			return "is missing"
		}
	case "nullable":
		return "must not be null"
	case "type":
		_, isNumber := e.Value.(json.Number)
		if isNumber && (s.Type.Permits(openapi3.TypeNumber) || s.Type.Permits(openapi3.TypeInteger)) && e.Origin != nil {
			return "is out of range"
		}
		return typeWording(s)
	case "enum", "const":
		return "is not one of the allowed values"
	case "pattern", "format":
		return "does not have the required form"
	case "minLength":
		if s.MinLength == 1 {
			return "must not be empty"
		}
		return "must have at least " + counted(int64(s.MinLength), "characters")
	case "maxLength":
		return "must have at most " + counted(int64(*s.MaxLength), "characters")
	case "minItems":
		return "must have at least " + counted(int64(s.MinItems), "elements")
	case "maxItems":
		return "must have at most " + counted(int64(*s.MaxItems), "elements")
	case "uniqueItems":
		return "must not have the same element twice"
	case "minProperties":
		return "must have at least " + counted(int64(s.MinProps), "members")
	case "maxProperties":
		return "must have at most " + counted(int64(*s.MaxProps), "members")
	case "properties":
		return "has a member that is not allowed"
	case "readOnly":
		return "must not be sent"
	case "minimum":
		return "must be at least " + humanize.Commaf(*s.Min)
	case "maximum":
		return "must be at most " + humanize.Commaf(*s.Max)
	case "multipleOf":
		return "must be a multiple of " + humanize.Commaf(*s.MultipleOf)
	}
	return "does not have the required shape" // oneOf, anyOf, not, exclusive bounds, …
}

// counted is a number of things.
func counted(n int64, things string) string {
	if n == 1 {
		things = strings.TrimSuffix(things, "s")
	}
	return humanize.Comma(n) + " " + things
}

// typeWording names the types that a schema allows.
func typeWording(s *openapi3.Schema) string {
	names := map[string]string{
		openapi3.TypeString:  "a string",
		openapi3.TypeNumber:  "a number",
		openapi3.TypeInteger: "a whole number",
		openapi3.TypeBoolean: "true or false",
		openapi3.TypeArray:   "an array",
		openapi3.TypeObject:  "an object",
		openapi3.TypeNull:    "null",
	}
	var allowed []string
	for _, t := range s.Type.Slice() {
		allowed = append(allowed, names[t])
	}
	if s.Nullable {
		allowed = append(allowed, "null")
	}
	if len(allowed) == 0 { // a union, as a spec that is hosted may have
		return "is none of what is allowed here"
	}
	return "must be " + strings.Join(allowed, " or ")
}
