package contract

import (
	"context"
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// requests calls each operation by itself, whatever was made.
type requests struct {
	*run
	scope *scope
	pages *pages
}

// reads calls an operation that only reads, with each good and each bad value of its
// parameters.
func (r *requests) reads(ctx context.Context, op *spec.Operation) {
	one, sure, ok := r.reading(op)
	if !ok {
		r.note("%s: not called with good requests, since nothing is known that its path could name", op.ID)
		return
	}
	if !sure {
		r.send(ctx, one, cases.Either)
		return
	}
	r.readOnce(ctx, one)
	for _, p := range op.Others {
		if p.In != openapi3.ParameterInQuery {
			continue
		}
		for _, v := range parameterValues(r.gen, p) {
			c := one.WithText(p, v.value)
			c.What, c.Kind, c.Place = fmt.Sprintf("a request with %s %s", p.Name, v.what), "parameter", op.Place+"/parameters"
			if v.good {
				r.readOnce(ctx, c)
			} else {
				r.send(ctx, c, cases.Refused)
			}
		}
	}
	r.pages.check(ctx, one)
}

// reading is a good call of an operation that only reads: of a thing that the check made, if it is about one, of
// what lists have, or of what the spec has as an example. That need not be there: then it is not sure.
func (r *requests) reading(op *spec.Operation) (one wire.Call, sure, ok bool) {
	values, sure := map[string]string{}, true
	for _, res := range r.resources {
		if t := r.things.anyOf(res, 0); t != nil && res.owns(op) {
			values = t.values()
		}
	}
	for _, name := range op.Params {
		_, known := r.named(op, name)
		if given, told := spec.Given(op.PathParameter(name)); told && !known && values[name] == "" {
			values[name], sure = fmt.Sprint(given), false
		}
	}
	for _, p := range op.Others {
		_, told := spec.Given(p)
		sure = sure && (told || !p.Required || !r.picks || !spec.IsReference(p.Name) || len(r.gen.Known[p.Name]) > 0)
	}
	one, ok = r.call(op, values)
	return one, sure, ok
}

// readOnce sends one good request. Nothing of another organization may be shown, and no list may
// have a thing twice.
func (r *requests) readOnce(ctx context.Context, one wire.Call) {
	_, value := r.send(ctx, one, cases.Taken)
	at, element := spec.ElementsOf(one.Op)
	all, _ := spec.Dig(value, at).([]any)
	id := r.elementID(element, one.Op)
	seen := map[string]bool{}
	for _, e := range all {
		r.scope.sameScope(one.Op, e, one)
		told := spec.IDIn(e, id)
		if id != "" && told != "" && seen[told] {
			r.find(spec.Problem{Class: report.List, Key: "twice", Fault: "lists one thing twice", Expected: "each thing once", Got: id + " " + told + " twice", Place: one.Op.Place}, one)
		}
		seen[told] = true
	}
}

// strange sends requests about what is not there: for each parameter of the path an
// id that names nothing, and one that is no id.
func (r *requests) strange(op *spec.Operation) []step {
	var steps []step
	for i, name := range op.Params {
		for _, c := range []struct{ what, value string }{
			{"names nothing", r.gen.UUID()},
			{"is no id", "no-such-id"},
		} {
			steps = append(steps, step{"call about what is not there", func(ctx context.Context) {
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
			}})
		}
	}
	return steps
}

// aside is a call that is good but for the values given. What it may not change is
// named by nothing.
func (r *requests) aside(op *spec.Operation, values map[string]string) (wire.Call, bool) {
	for _, res := range r.resources {
		if t := r.things.anyOf(res, 0); t != nil && values[res.param] == "" && (!r.picks || res.owns(op)) {
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
func (r *requests) wrongMethods() []step {
	var steps []step
	tried := map[string]bool{}
	for _, op := range r.operations {
		if !op.Selected || tried[op.Route.Path] {
			continue
		}
		tried[op.Route.Path] = true
		for _, method := range []string{http.MethodPatch, http.MethodTrace} {
			if method == http.MethodPatch && r.picks {
				continue // which a server may have, unsaid, and which may do something
			}
			if op.Route.PathItem.Operations()[method] == nil {
				steps = append(steps, step{"call with another method", func(ctx context.Context) { r.wrongMethod(ctx, op, method) }})
				break
			}
		}
	}
	return steps
}

// wrongMethod takes any refusal for right: the spec has no words for what is not in it.
func (r *requests) wrongMethod(ctx context.Context, op *spec.Operation, method string) {
	one, ok := r.call(op, nowhere(r.cfg.Seed, op))
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
