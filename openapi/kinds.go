package openapi

import (
	"fmt"
	"slices"
	"strings"
)

// kinds says which kinds of value OpenAPI 3.0 has for a keyword. What is of another kind
// would be read as if it were not there, and a limit or a parameter be overlooked.
var kinds = map[string][]Kind{
	"parameters": {Array}, "requestBody": {Object}, "responses": {Object}, "content": {Object}, "schema": {Object},
	"headers": {Object}, "security": {Array}, "callbacks": {Object}, "encoding": {Object}, "servers": {Array},
	"explode": {Bool}, "style": {String},
	"type": {String}, "nullable": {Bool}, "enum": {Array}, "format": {String}, "pattern": {String},
	"minimum": {Number}, "maximum": {Number}, "exclusiveMinimum": {Bool}, "exclusiveMaximum": {Bool}, "multipleOf": {Number},
	"minLength": {Number}, "maxLength": {Number}, "minItems": {Number}, "maxItems": {Number}, "uniqueItems": {Bool},
	"minProperties": {Number}, "maxProperties": {Number},
	"properties": {Object}, "additionalProperties": {Bool, Object}, "required": {Array, Bool}, "items": {Object},
	"allOf": {Array}, "anyOf": {Array}, "oneOf": {Array}, "not": {Object}, "discriminator": {Object},
	"readOnly": {Bool}, "writeOnly": {Bool},
}

// holders are the keywords whose members or items are objects all.
var holders = []string{"parameters", "responses", "content", "headers", "properties", "allOf", "anyOf", "oneOf"}

var kindNames = map[Kind]string{
	Null: "null", Bool: "true or false", Number: "a number", String: "a text", Array: "an array", Object: "an object",
}

// wrongKind returns an error for the first member of v, an object of the description, that is
// of a kind which OpenAPI 3.0 does not have there.
func wrongKind(v *Value, names []string) error {
	if v.Ref() != "" || slices.Contains(names, "links") { // a link's parameters are an object
		return nil
	}
	for _, m := range v.Members {
		allowed := kinds[m.Name]
		if allowed != nil && !slices.Contains(allowed, m.Value.Kind) {
			return wrong(append(slices.Clone(names), m.Name), m.Value, allowed)
		}
		if !slices.Contains(holders, m.Name) {
			continue
		}
		for _, inside := range m.Value.Members {
			if inside.Value.Kind != Object && !strings.HasPrefix(inside.Name, "x-") {
				return wrong(append(slices.Clone(names), m.Name, inside.Name), inside.Value, kinds["schema"])
			}
		}
		for i, item := range m.Value.Items {
			if item.Kind != Object {
				return wrong(append(slices.Clone(names), m.Name, itoa(i)), item, kinds["schema"])
			}
		}
	}
	return nil
}

func wrong(names []string, v *Value, allowed []Kind) error {
	var words []string
	for _, kind := range allowed {
		words = append(words, kindNames[kind])
	}
	return fmt.Errorf("%s is %s, where OpenAPI 3.0 has %s", pointer(names), kindNames[v.Kind], strings.Join(words, " or "))
}
