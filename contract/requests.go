package contract

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// reads calls an operation that only reads, with each good and each bad value of its
// parameters.
func (r *run) reads(ctx context.Context, op *spec.Operation) {
	one, ok := r.call(op, nil)
	if !ok {
		r.note("%s: not called with good requests, since nothing is known that its path could name", op.ID)
		return
	}
	r.readOnce(ctx, one)
	for _, p := range op.Others {
		if p.In != openapi3.ParameterInQuery {
			continue
		}
		for _, v := range r.parameterValues(p) {
			c := one.WithText(p, v.value)
			c.What, c.Kind, c.Place = fmt.Sprintf("a request with %s %s", p.Name, v.what), "parameter", op.Place+"/parameters"
			if v.good {
				r.readOnce(ctx, c)
			} else {
				r.send(ctx, c, cases.Refused)
			}
		}
	}
	r.pages(ctx, one)
}

// readOnce sends one good request. Nothing of another organization may be shown, and no list may
// have a thing twice.
func (r *run) readOnce(ctx context.Context, one wire.Call) {
	_, value := r.send(ctx, one, cases.Taken)
	at, element := spec.ElementsOf(one.Op)
	all, _ := spec.Dig(value, at).([]any)
	id := r.elementID(element, one.Op)
	seen := map[string]bool{}
	for _, e := range all {
		r.sameScope(one.Op, e, one)
		told := spec.IDIn(e, id)
		if id != "" && told != "" && seen[told] {
			r.find(spec.Problem{Class: report.List, Key: "twice", Fault: "lists one thing twice", Expected: "each thing once", Got: id + " " + told + " twice", Place: one.Op.Place}, one)
		}
		seen[told] = true
	}
}

type parameterValue struct {
	value, what string
	good        bool
}

// parameterValues are good and bad values of a parameter.
func (r *run) parameterValues(p *openapi3.Parameter) []parameterValue {
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
		add(r.gen.Unique(), "that is none of the listed values", false)
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
			add(r.gen.TextOf(int(*s.MaxLength)), "of the greatest length", true)
			add(r.gen.TextOf(int(*s.MaxLength)+1), fmt.Sprintf("of %d characters", *s.MaxLength+1), false)
		}
		add(`é'"%_\&=#+ 👩`, "with unusual characters", true)
	}
	return all
}

// strange sends requests about what is not there: for each parameter of the path an
// id that names nothing, and one that is no id.
func (r *run) strange(op *spec.Operation) []step {
	var steps []step
	for i, name := range op.Params {
		for _, c := range []struct{ what, value string }{
			{"names nothing", r.gen.UUID()},
			{"is no id", "no-such-id"},
		} {
			steps = append(steps, func(ctx context.Context) {
				one, ok := r.aside(op, map[string]string{name: c.value})
				if !ok {
					return
				}
				one.What, one.Kind = fmt.Sprintf("a request with a %s that %s", name, c.what), "unknown-id"
				want := cases.Refused
				if op.Method() == http.MethodDelete && i > 0 {
					want = cases.Either // what is to be cleared is not there
				}
				r.send(ctx, one, want)
			})
		}
	}
	return steps
}

// aside is a call that is good but for the values given. What it may not change is
// named by nothing.
func (r *run) aside(op *spec.Operation, values map[string]string) (wire.Call, bool) {
	for _, res := range r.resources {
		if t := r.anyOf(res, 0); t != nil && values[res.param] == "" {
			values[res.param] = t.id
		}
	}
	for _, name := range op.Params {
		if values[name] == "" && len(r.gen.Known[name]) == 0 {
			values[name] = r.gen.UUID()
		}
	}
	one, ok := r.call(op, values)
	if ok && op.Body != nil {
		c, err := r.bodyFor(op)
		if err != nil {
			return wire.Call{}, false
		}
		one.Body, one.ContentType = c.Raw, spec.Sendable(op.MediaKey)
	}
	return one, ok
}

// wrongMethods tries, at each path, a method that the spec does not have there.
func (r *run) wrongMethods() []step {
	var steps []step
	tried := map[string]bool{}
	for _, op := range r.operations {
		if !op.Selected || tried[op.Route.Path] {
			continue
		}
		tried[op.Route.Path] = true
		for _, method := range []string{http.MethodPatch, http.MethodTrace} {
			if op.Route.PathItem.Operations()[method] == nil {
				steps = append(steps, func(ctx context.Context) { r.wrongMethod(ctx, op, method) })
				break
			}
		}
	}
	return steps
}

// wrongMethod takes any refusal for right: the spec has no words for what is not in it.
func (r *run) wrongMethod(ctx context.Context, op *spec.Operation, method string) {
	one, ok := r.call(op, r.nowhere(op))
	if !ok || r.client.Deaf(op) {
		return
	}
	one.Method, one.What, one.Kind = method, "a request with the method "+method+", which the spec does not have there", "method"
	a := r.client.Send(ctx, one)
	if ctx.Err() != nil || a.Err == nil && a.Status >= 300 && (a.Status < 500 || a.Status == http.StatusNotImplemented) {
		return
	}
	r.judge(ctx, a, cases.Refused, nil)
}

// readOnly looks at a resource that nothing can be made of.
func (r *run) readOnly(ctx context.Context, res *resource) {
	if res.list.Selected || res.get != nil && res.get.Selected {
		r.list(ctx, res)
		if res.get != nil {
			r.strangers(ctx, res)
		}
	}
}
