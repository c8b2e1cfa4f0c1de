// Package difftest has specs that differ, and what is to be said of that, for the tests of
// package diff and of what builds on it.
package difftest

import (
	"encoding/json"
	"maps"
	"testing"

	"attributed/openapi"
)

// Object is a part of a spec.
type Object = map[string]any

// Spec returns a spec with one operation, "do", at POST /do/{id}.
func Spec(t testing.TB, operation, components Object) []byte {
	t.Helper()
	if operation["operationId"] == nil {
		operation["operationId"] = "do"
	}
	data, err := json.Marshal(Object{
		"openapi": "3.0.0", "info": Object{"title": "test", "version": "1"},
		"paths": Object{"/do/{id}": Object{
			"parameters": []any{Object{"in": "path", "name": "id", "required": true, "schema": Object{"type": "string"}}},
			"post":       operation,
		}},
		"components": components,
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Served is the operation of [Spec].
var Served = []openapi.ServedOperation{{OperationID: "do", Method: "POST", Path: "/do/{id}", From: openapi.Upstream}}

// Content is JSON of a schema.
func Content(schema any) Object { return Object{"application/json": Object{"schema": schema}} }

// Answering is an operation that answers values of a schema.
func Answering(schema any) Object {
	return Object{"responses": Object{"200": Object{"description": "ok", "content": Content(schema)}}}
}

// Asking is an operation that asks for values of a schema.
func Asking(schema any) Object {
	operation := Answering(Object{"type": "string"})
	operation["requestBody"] = Object{"required": true, "content": Content(schema)}
	return operation
}

// Schemes are components with two security schemes, "key" and "other".
func Schemes() Object {
	return Object{"securitySchemes": Object{
		"key":   Object{"type": "apiKey", "in": "header", "name": "Authorization"},
		"other": Object{"type": "oauth2", "flows": Object{"implicit": Object{"authorizationUrl": "https://login.example", "scopes": Object{"write": "to write"}}}},
	}}
}

// Over puts the members of a change over those of base; one that is null is taken away.
func Over(base, change Object) Object {
	result := maps.Clone(base)
	for name, value := range change {
		if value == nil {
			delete(result, name)
		} else {
			result[name] = value
		}
	}
	return result
}

// RefTo refers to a schema among the components.
func RefTo(name string) Object { return Object{"$ref": "#/components/schemas/" + name} }

// AllOf puts schemas together.
func AllOf(parts ...any) Object { return Object{"allOf": parts} }

// WithProperties is a schema of objects.
func WithProperties(properties Object) Object {
	return Object{"type": "object", "properties": properties}
}
