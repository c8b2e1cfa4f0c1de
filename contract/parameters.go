package contract

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// withRequired returns a call with the query, headers and cookies that it must have: for each
// parameter the same value in the whole run, since it may say whose things are meant.
func (r *run) withRequired(one wire.Call) wire.Call {
	for _, p := range one.Op.Others {
		if !p.Required {
			continue
		}
		value, ok := r.parameter(p)
		if !ok {
			r.note("%s: sent without its %s parameter %s, for which no value can be made", one.Op.ID, p.In, p.Name)
			continue
		}
		one = one.WithParameter(p, value)
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
	if value, ok = r.parameters[key]; ok && !ofOneRequest.MatchString(p.Name) && spec.Accepts(spec.ParameterSchema(p).Value, value, openapi3.VisitAsRequest()) {
		return value, true
	}
	schema := spec.ParameterSchema(p)
	if schema == nil || schema.Value == nil {
		return nil, false
	}
	plain := *r.gen
	plain.Plain, plain.Text, plain.Length = true, cases.Text{}, nil
	if spec.IsReference(p.Name) && len(plain.Known[p.Name]) == 0 {
		plain.Known = map[string][]string{p.Name: {cmp.Or(given(r.cfg.References, p.Name), plain.UUID())}}
	}
	made, err := plain.Value(schema, p.Name, cases.Full)
	r.gen.Made = plain.Made
	if err != nil {
		return nil, false
	}
	value = cases.NewCase("", "", cases.Taken, made).Value
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

// badParameters sends an operation without each parameter that it requires, and with bad
// values of it. What is wrongly done then is taken back.
func (r *run) badParameters(op *spec.Operation) []step {
	var steps []step
	for _, p := range op.Others {
		if !p.Required {
			continue
		}
		name := p.In + " parameter " + p.Name
		add := func(what, kind string, edit func(wire.Call) wire.Call) {
			steps = append(steps, func(ctx context.Context) {
				one, t, ok := r.sample(op)
				if !ok {
					return
				}
				one = edit(one)
				one.What, one.Kind, one.Place = what, kind, op.Place+"/parameters"
				r.sendAs(ctx, one, t, cases.Refused)
			})
		}
		add("a request without the "+name, "missing", func(one wire.Call) wire.Call { return one.WithoutParameter(p) })
		for _, v := range r.parameterValues(p) {
			if !v.good && (p.In != openapi3.ParameterInQuery || op.Method() != http.MethodGet) { // reads have them already
				add(fmt.Sprintf("a request with a %s %s", name, v.what), "parameter", func(one wire.Call) wire.Call { return one.WithText(p, v.value) })
			}
		}
	}
	return steps
}
