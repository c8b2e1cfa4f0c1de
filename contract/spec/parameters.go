package spec

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"attributed/contract/report"
)

// ParameterSchema is what its value must be, nil if nothing is said.
func ParameterSchema(p *openapi3.Parameter) *openapi3.SchemaRef {
	if p.Schema != nil {
		return p.Schema
	}
	for _, media := range p.Content {
		return media.Schema
	}
	return nil
}

// PathParameter is what the spec says of a parameter of an operation's path, nil if nothing.
func (op *Operation) PathParameter(name string) *openapi3.Parameter {
	for _, ref := range slices.Concat(op.Route.Operation.Parameters, op.Route.PathItem.Parameters) {
		if p := ref.Value; p != nil && p.In == openapi3.ParameterInPath && p.Name == name {
			return p
		}
	}
	return nil
}

// Given is the value that the spec itself gives for a parameter: an example, the default or the first of an
// enum, if its schema allows that.
func Given(p *openapi3.Parameter) (value any, ok bool) {
	if p == nil || ParameterSchema(p) == nil || ParameterSchema(p).Value == nil {
		return nil, false
	}
	s := ParameterSchema(p).Value
	all := []any{p.Example}
	for _, name := range slices.Sorted(maps.Keys(p.Examples)) {
		if p.Examples[name] != nil && p.Examples[name].Value != nil {
			all = append(all, p.Examples[name].Value.Value)
		}
	}
	for _, value := range append(append(all, s.Example, s.Default), s.Enum...) {
		if value != nil && value != "" && Accepts(s, value, openapi3.VisitAsRequest()) {
			return value, true
		}
	}
	return nil, false
}

// RequestBodyProblems holds the body of a client's request against the spec.
func RequestBodyProblems(op *Operation, header http.Header, body []byte) []Problem {
	described := op.Route.Operation.RequestBody
	if described == nil || described.Value == nil {
		return nil
	}
	place := op.Place + "/requestBody"
	invalid := func(key, fault, expected, got, place string) []Problem {
		return []Problem{{report.RequestInvalid, key, fault, expected, got, place}}
	}
	if len(body) == 0 {
		if described.Value.Required {
			return invalid("none", "a request without a body", "a body", "none", place)
		}
		return nil
	}
	media, given := Listed(described.Value.Content, header.Get("Content-Type"))
	if media == nil {
		all := strings.Join(slices.Sorted(maps.Keys(described.Value.Content)), " or ")
		return invalid("content type", "a request of a content type that the spec does not list", all, fmt.Sprintf("%q", header.Get("Content-Type")), place+"/content")
	}
	if media.Schema == nil || !given.IsJSON() {
		return nil
	}
	value, err := DecodeJSON(body)
	if err != nil {
		return invalid("json", "a request whose body is not JSON", "JSON", err.Error(), place)
	}
	var found []Problem
	if Accepts(media.Schema.Value, value, openapi3.VisitAsRequest()) {
		return nil
	}
	place = BodyPlace(op)
	for _, e := range schemaErrors(media.Schema.Value.VisitJSON(value, append(options, openapi3.VisitAsRequest())...)) {
		found = append(found, e.problem(report.RequestInvalid, "a request", media.Schema, place))
	}
	return found
}

// ParameterProblems holds path, query and headers of a client's request against the spec.
func ParameterProblems(op *Operation, r *http.Request, values map[string]string) []Problem {
	bare := r.WithContext(r.Context())
	bare.Body = http.NoBody // else kin-openapi reads it whole, however large it is, to look at the token
	err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request:    bare,
		PathParams: values,
		Route:      op.Route,
		Options: &openapi3filter.Options{
			ExcludeRequestBody:      true,
			MultiError:              true,
			AuthenticationFunc:      openapi3filter.NoopAuthenticationFunc, // a server's to judge
			SchemaValidationOptions: options,
		},
	})
	var found []Problem
	all, ok := err.(openapi3.MultiError)
	if !ok && err != nil {
		all = openapi3.MultiError{err}
	}
	for _, e := range all {
		request, ok := errors.AsType[*openapi3filter.RequestError](e)
		if !ok || request.Parameter == nil {
			continue
		}
		name := request.Parameter.In + " parameter " + request.Parameter.Name
		reason := parameterReason(request.Err)
		found = append(found, Problem{report.RequestInvalid, name, fmt.Sprintf("a request whose %s is wrong: %s", name, reason), reason, Short(r.URL.Query().Get(request.Parameter.Name)), op.Place + "/parameters"})
	}
	return found
}
