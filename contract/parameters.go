package contract

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/runtime"
)

// parametersOf lists an operation's parameters beside those of its path. Its own stand before
// those of the same name that the whole path has, and three headers are described elsewhere
// (OpenAPI 3.0.3, Parameter Object).
func parametersOf(item *openapi3.PathItem, described *openapi3.Operation) []*openapi3.Parameter {
	var all []*openapi3.Parameter
	for _, ref := range slices.Concat(described.Parameters, item.Parameters) {
		p := ref.Value
		if p == nil || p.In == openapi3.ParameterInPath {
			continue
		}
		isHeader := p.In == openapi3.ParameterInHeader
		if isHeader && slices.Contains([]string{"accept", "content-type", "authorization"}, strings.ToLower(p.Name)) {
			continue
		}
		if !slices.ContainsFunc(all, func(other *openapi3.Parameter) bool {
			return other.In == p.In && (other.Name == p.Name || isHeader && strings.EqualFold(other.Name, p.Name))
		}) {
			all = append(all, p)
		}
	}
	return all
}

// schemaOfParameter is what its value must be, nil if nothing is said.
func schemaOfParameter(p *openapi3.Parameter) *openapi3.SchemaRef {
	if p.Schema != nil {
		return p.Schema
	}
	for _, media := range p.Content {
		return media.Schema
	}
	return nil
}

// withRequired gives a call the query, headers and cookies that it must have: for each
// parameter the same value in the whole run, since it may say whose things are meant.
func (r *run) withRequired(one call) call {
	for _, p := range one.op.others {
		if !p.Required {
			continue
		}
		value, ok := r.parameter(p)
		if !ok {
			r.note("%s: sent without its %s parameter %s, for which no value can be made", one.op.id, p.In, p.Name)
			continue
		}
		one = one.withParameter(p, value)
	}
	return one
}

// ofOneRequest are the names of parameters that tell one request from all others.
var ofOneRequest = regexp.MustCompile(`(?i)idempot|nonce|correlation|trace|request[-_]?(id|uuid|key)$`)

// parameter makes a value for a parameter.
func (r *run) parameter(p *openapi3.Parameter) (value any, ok bool) {
	if p.In == openapi3.ParameterInHeader && strings.EqualFold(p.Name, "If-Match") {
		return "*", true // whatever there is
	}
	key := p.In + " " + p.Name
	if value, ok = r.parameters[key]; ok && !ofOneRequest.MatchString(p.Name) && accepts(schemaOfParameter(p).Value, value, openapi3.VisitAsRequest()) {
		return value, true
	}
	schema := schemaOfParameter(p)
	if schema == nil || schema.Value == nil {
		return nil, false
	}
	plain := *r.gen
	plain.plain, plain.text, plain.length = true, text{}, nil
	if isReference(p.Name) && len(plain.known[p.Name]) == 0 {
		plain.known = map[string][]string{p.Name: {cmp.Or(given(r.cfg.References, p.Name), plain.uuid())}}
	}
	made, err := plain.value(schema, p.Name, full)
	r.gen.made = plain.made
	if err != nil {
		return nil, false
	}
	value = newBody("", "", taken, made).value
	r.parameters[key] = value
	return value, true
}

// given is a value that whoever runs the check has given for a name, "" if none.
func given(references map[string][]string, name string) string {
	for referring, values := range references {
		if strings.EqualFold(referring, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// withParameter gives a call a parameter's value, in the form that the spec says.
func (one call) withParameter(p *openapi3.Parameter, value any) call {
	one = one.withoutParameter(p)
	if len(p.Content) > 0 {
		text, _ := encodeJSON(value) // made of maps, slices, texts and numbers
		return one.withText(p, string(text))
	}
	method, err := p.SerializationMethod()
	if err != nil {
		return one
	}
	switch value.(type) {
	case []any, map[string]any:
	default:
		return one.withText(p, fmt.Sprint(value))
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
			one.query[name] = texts
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
	return one.withText(p, plain)
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

// withText gives a call a parameter's text as it is.
func (one call) withText(p *openapi3.Parameter, text string) call {
	one = one.withoutParameter(p)
	switch p.In {
	case openapi3.ParameterInQuery:
		one.query.Set(p.Name, text)
	case openapi3.ParameterInHeader:
		one.header[http.CanonicalHeaderKey(p.Name)] = []string{text}
	case openapi3.ParameterInCookie:
		one.cookies = append(one.cookies, &http.Cookie{Name: p.Name, Value: text})
	}
	return one
}

// withoutParameter is the call without a parameter, on maps of its own.
func (one call) withoutParameter(p *openapi3.Parameter) call {
	query, header := url.Values{}, http.Header{}
	for name, values := range one.query {
		if p.In != openapi3.ParameterInQuery || name != p.Name {
			query[name] = values
		}
	}
	for name, values := range one.header {
		if p.In != openapi3.ParameterInHeader || !strings.EqualFold(name, p.Name) {
			header[name] = values
		}
	}
	one.query, one.header = query, header
	one.cookies = slices.DeleteFunc(slices.Clone(one.cookies), func(c *http.Cookie) bool {
		return p.In == openapi3.ParameterInCookie && c.Name == p.Name
	})
	return one
}

// badParameters sends an operation without each parameter that it requires, and with bad
// values of it. What is wrongly done then is taken back.
func (r *run) badParameters(op *operation) []step {
	var steps []step
	for _, p := range op.others {
		if !p.Required {
			continue
		}
		name := p.In + " parameter " + p.Name
		add := func(what, kind string, edit func(call) call) {
			steps = append(steps, func(ctx context.Context) {
				one, t, ok := r.sample(op)
				if !ok {
					return
				}
				one = edit(one)
				one.what, one.kind, one.place = what, kind, op.place+"/parameters"
				r.sendAs(ctx, one, t, refused)
			})
		}
		add("a request without the "+name, "missing", func(one call) call { return one.withoutParameter(p) })
		for _, v := range r.parameterValues(p) {
			if !v.good && (p.In != openapi3.ParameterInQuery || op.method() != http.MethodGet) { // reads have them already
				add(fmt.Sprintf("a request with a %s %s", name, v.what), "parameter", func(one call) call { return one.withText(p, v.value) })
			}
		}
	}
	return steps
}

// withHeader gives a call a header, on a map of its own.
func (one call) withHeader(name, value string) call {
	return one.withText(&openapi3.Parameter{In: openapi3.ParameterInHeader, Name: name}, value)
}
