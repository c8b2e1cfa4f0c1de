package wire

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/runtime"

	"attributed/contract/spec"
)

// WithParameter returns a call with a parameter's value, in the form that the spec says.
func (one Call) WithParameter(p *openapi3.Parameter, value any) Call {
	one = one.WithoutParameter(p)
	if len(p.Content) > 0 {
		text, _ := spec.EncodeJSON(value) // made of maps, slices, texts and numbers
		return one.WithText(p, string(text))
	}
	method, err := p.SerializationMethod()
	if err != nil {
		return one
	}
	switch value.(type) {
	case []any, map[string]any:
	default:
		return one.WithText(p, fmt.Sprint(value))
	}
	explode := method.Explode
	if p.In == openapi3.ParameterInCookie {
		explode = false // of several values that is the only form that a cookie has
	}
	styled, err := runtime.StyleParamWithOptions(method.Style, explode, p.Name, plainValues(value), runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery})
	if err != nil {
		return one
	}
	if p.In == openapi3.ParameterInQuery {
		values, err := url.ParseQuery(styled)
		for name, texts := range values {
			one.Query[name] = texts
		}
		if err != nil {
			return one
		}
		return one
	}
	plain, err := url.QueryUnescape(strings.TrimPrefix(styled, p.Name+"="))
	if err != nil {
		return one
	}
	return one.WithText(p, plain)
}

// plainValues has numbers in a form that the styles know.
func plainValues(value any) any {
	switch v := value.(type) {
	case json.Number:
		return v.String()
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = plainValues(v[i])
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for name := range v {
			all[name] = plainValues(v[name])
		}
		return all
	}
	return value
}

// WithText returns a call with a parameter's text as it is.
func (one Call) WithText(p *openapi3.Parameter, text string) Call {
	one = one.WithoutParameter(p)
	switch p.In {
	case openapi3.ParameterInQuery:
		one.Query.Set(p.Name, text)
	case openapi3.ParameterInHeader:
		one.header[http.CanonicalHeaderKey(p.Name)] = []string{text}
	case openapi3.ParameterInCookie:
		one.cookies = append(one.cookies, &http.Cookie{Name: p.Name, Value: text})
	}
	return one
}

// WithoutParameter returns a call without a parameter, on maps of its own.
func (one Call) WithoutParameter(p *openapi3.Parameter) Call {
	query, header := url.Values{}, http.Header{}
	for name, values := range one.Query {
		if p.In != openapi3.ParameterInQuery || name != p.Name {
			query[name] = values
		}
	}
	for name, values := range one.header {
		if p.In != openapi3.ParameterInHeader || !strings.EqualFold(name, p.Name) {
			header[name] = values
		}
	}
	one.Query, one.header = query, header
	one.cookies = slices.DeleteFunc(slices.Clone(one.cookies), func(c *http.Cookie) bool {
		return p.In == openapi3.ParameterInCookie && c.Name == p.Name
	})
	return one
}

// WithHeader returns a call with a header, on a map of its own.
func (one Call) WithHeader(name, value string) Call {
	return one.WithText(&openapi3.Parameter{In: openapi3.ParameterInHeader, Name: name}, value)
}

// HasHeader reports whether a call has a header that was set with [Call.WithHeader].
func (one Call) HasHeader(name string) bool { return one.header.Get(name) != "" }
