package contract

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// parameters leaves out what an operation requires beside its body, or gives it bad values.
type parameters struct {
	*run
	access *access
}

// steps sends an operation without each parameter that it requires, and with bad
// values of it. What is wrongly done then is taken back.
func (r *parameters) steps(op *spec.Operation) []step {
	var steps []step
	for _, p := range op.Others {
		if !p.Required {
			continue
		}
		name := p.In + " parameter " + p.Name
		add := func(what, kind string, edit func(wire.Call) wire.Call) {
			steps = append(steps, step{"call with a bad parameter", func(ctx context.Context) {
				one, t, ok := r.sample(op)
				if !ok {
					return
				}
				one = edit(one)
				one.What, one.Kind, one.Place = what, kind, op.Place+"/parameters"
				r.access.sendAs(ctx, one, t, cases.Refused)
			}})
		}
		add("a request without the "+name, "missing", func(one wire.Call) wire.Call { return one.WithoutParameter(p) })
		for _, v := range parameterValues(r.gen, p) {
			if !v.good && (p.In != openapi3.ParameterInQuery || op.Method() != http.MethodGet) { // reads have them already
				add(fmt.Sprintf("a request with a %s %s", name, v.what), "parameter", func(one wire.Call) wire.Call { return one.WithText(p, v.value) })
			}
		}
	}
	return steps
}

type parameterValue struct {
	value, what string
	good        bool
}

// parameterValues are good and bad values of a parameter.
func parameterValues(gen *cases.Generator, p *openapi3.Parameter) []parameterValue {
	if p.Schema == nil {
		return nil
	}
	s := spec.Merged(p.Schema)
	var all []parameterValue
	add := func(value, what string, good bool) { all = append(all, parameterValue{value, what, good}) }
	switch {
	case len(s.Enum) > 0:
		for _, value := range s.Enum {
			add(fmt.Sprint(value), fmt.Sprintf("%v", value), true)
		}
		add(gen.Unique(), "that is none of the listed values", false)
	case s.Type.Is(openapi3.TypeInteger) || s.Type.Is(openapi3.TypeNumber):
		add("abc", "that is no number", false)
		if s.Min != nil {
			add(fmt.Sprintf("%.0f", math.Ceil(*s.Min)), "at its minimum", spec.Accepts(s, math.Ceil(*s.Min), openapi3.VisitAsRequest()))
			add(fmt.Sprintf("%.0f", math.Floor(*s.Min)-1), "below its minimum", false)
		}
		if s.Max != nil {
			add(fmt.Sprintf("%.0f", math.Floor(*s.Max)), "at its maximum", spec.Accepts(s, math.Floor(*s.Max), openapi3.VisitAsRequest()))
			add(fmt.Sprintf("%.0f", math.Ceil(*s.Max)+1), "above its maximum", false)
		}
		if s.Type.Is(openapi3.TypeInteger) {
			add("1.5", "that is no whole number", false)
		}
	case s.Type.Is(openapi3.TypeBoolean):
		add("true", "true", true)
		add("maybe", "that is neither true nor false", false)
	case spec.IsText(s) && p.Required && (s.Format == "uuid" || s.Format == "date-time" || s.Format == "date" || s.Format == "ipv4"):
		add("no "+s.Format, "that is no "+s.Format, false)
	case spec.IsText(s) && s.Pattern != "":
		for _, text := range []string{"", "-", "no such", "0", "zzzzzzzz"} {
			if !spec.Accepts(s, text, openapi3.VisitAsRequest()) {
				add(text, fmt.Sprintf("%q, which its pattern rules out", text), false)
				break
			}
		}
	case spec.IsFree(s) && !spec.IsReference(p.Name) && p.In != openapi3.ParameterInQuery: // headers and cookies hold but few characters
		if s.MaxLength != nil {
			add(strings.Repeat("x", int(*s.MaxLength)+1), fmt.Sprintf("of %d characters", *s.MaxLength+1), false)
		}
		if s.MinLength > 1 {
			add(strings.Repeat("x", int(s.MinLength)-1), fmt.Sprintf("of %d characters", s.MinLength-1), false)
		}
	case spec.IsFree(s) && !spec.IsReference(p.Name):
		if s.MaxLength != nil {
			add(gen.TextOf(int(*s.MaxLength)), "of the greatest length", true)
			add(gen.TextOf(int(*s.MaxLength)+1), fmt.Sprintf("of %d characters", *s.MaxLength+1), false)
		}
		add(`é'"%_\&=#+ 👩`, "with unusual characters", true)
	}
	return all
}
