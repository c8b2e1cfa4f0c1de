package contract

import (
	"context"
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

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
