package openapi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"attributed/openapi/tree"
)

// kinds lists the kinds of value that OpenAPI 3.0 allows for a keyword. A value of another
// kind would be read as if it were absent, so that a limit or a parameter would be overlooked.
var kinds = map[string][]tree.Kind{
	"parameters": {tree.Array}, "requestBody": {tree.Object}, "responses": {tree.Object}, "content": {tree.Object}, "schema": {tree.Object},
	"headers": {tree.Object}, "security": {tree.Array}, "callbacks": {tree.Object}, "encoding": {tree.Object}, "servers": {tree.Array},
	"explode": {tree.Bool}, "style": {tree.String},
	"type": {tree.String}, "nullable": {tree.Bool}, "enum": {tree.Array}, "format": {tree.String}, "pattern": {tree.String},
	"minimum": {tree.Number}, "maximum": {tree.Number}, "exclusiveMinimum": {tree.Bool}, "exclusiveMaximum": {tree.Bool}, "multipleOf": {tree.Number},
	"minLength": {tree.Number}, "maxLength": {tree.Number}, "minItems": {tree.Number}, "maxItems": {tree.Number}, "uniqueItems": {tree.Bool},
	"minProperties": {tree.Number}, "maxProperties": {tree.Number},
	"properties": {tree.Object}, "additionalProperties": {tree.Bool, tree.Object}, "required": {tree.Array, tree.Bool}, "items": {tree.Object},
	"allOf": {tree.Array}, "anyOf": {tree.Array}, "oneOf": {tree.Array}, "not": {tree.Object}, "discriminator": {tree.Object},
	"readOnly": {tree.Bool}, "writeOnly": {tree.Bool},
}

// holders are the keywords whose members or items are objects all.
var holders = []string{"parameters", "responses", "content", "headers", "properties", "allOf", "anyOf", "oneOf"}

var kindNames = map[tree.Kind]string{
	tree.Null: "null", tree.Bool: "true or false", tree.Number: "a number", tree.String: "a text", tree.Array: "an array", tree.Object: "an object",
}

// wrongKind returns an error for the first member of v, an object of the description, that is
// of a kind which OpenAPI 3.0 does not have there.
func wrongKind(v *tree.Value, names []string) error {
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
			if inside.Value.Kind != tree.Object && !strings.HasPrefix(inside.Name, "x-") {
				return wrong(append(slices.Clone(names), m.Name, inside.Name), inside.Value, kinds["schema"])
			}
		}
		for i, item := range m.Value.Items {
			if item.Kind != tree.Object {
				return wrong(append(slices.Clone(names), m.Name, strconv.Itoa(i)), item, kinds["schema"])
			}
		}
	}
	return nil
}

func wrong(names []string, v *tree.Value, allowed []tree.Kind) error {
	var words []string
	for _, kind := range allowed {
		words = append(words, kindNames[kind])
	}
	return fmt.Errorf("%s is %s, where OpenAPI 3.0 has %s", pointer(names), kindNames[v.Kind], strings.Join(words, " or "))
}
