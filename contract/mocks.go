package contract

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// mocks asks the operations whose answers are made up. Nothing is kept there, so that all may be called, with
// ids that nobody has given out; of the answers the status, the headers, the schema and an error's shape are judged.
type mocks struct {
	*run
	silent []string // operations of which the spec says nothing about errors
}

// steps asks each operation well, and in each of the ways in which it must refuse.
func (r *mocks) steps() []step {
	var steps []step
	for _, op := range r.elsewhere {
		if op.Selected {
			steps = append(steps, about(op, "ask a mock", r.good), about(op, "ask a mock for what is wrong", r.bad))
		}
	}
	if len(steps) == 0 {
		return nil
	}
	r.notes = append(r.notes, fmt.Sprintf("%d operations are mocks (x-attributed: mock): judged by status, headers, schema and an error's shape, not by what they keep", len(steps)/2))
	return append(steps, step{"tell of what mocks are not asked", r.tell})
}

// good sends one good request.
func (r *mocks) good(ctx context.Context, op *spec.Operation) {
	one, ok := r.made(op)
	if !ok {
		return
	}
	a := r.client.Send(ctx, one)
	if a.Status == http.StatusNotImplemented {
		r.note("%s: not judged, since no answer of it can be made up: %s", op.ID, spec.Excerpt(string(a.Body)))
		return
	}
	if ctx.Err() == nil {
		r.judge(ctx, a, cases.Taken, nil)
	}
}

// bad sends a request without a token, one without each parameter that is required, and a bad body of each kind.
func (r *mocks) bad(ctx context.Context, op *spec.Operation) {
	one, ok := r.made(op)
	if !ok {
		return
	}
	if op.Promised(http.StatusUnauthorized) == nil {
		r.silent = append(r.silent, op.ID)
		return
	}
	if r.cfg.Token != "" {
		nobody := one
		nobody.As, nobody.What, nobody.Kind = wire.Credential{}, "a request with no token", "token"
		want := cases.Denied
		if !op.Secured {
			want = cases.Either
		}
		r.send(ctx, nobody, want)
	}
	for _, p := range op.Others {
		if p.Required {
			lacking := one.WithoutParameter(p)
			lacking.What, lacking.Kind, lacking.Place = "a request without the "+p.In+" parameter "+p.Name, "missing", op.Place+"/parameters"
			r.send(ctx, lacking, cases.Refused)
		}
	}
	if op.Body == nil {
		return
	}
	tried := map[string]bool{"format": true, "unknown-reference": true} // not to be looked at where nothing is kept
	for _, c := range r.badBodies(op) {
		if !c.Want.Refuse || tried[c.Kind] {
			continue
		}
		if c.Value == nil || !spec.Accepts(op.Body.Value, c.Value, openapi3.VisitAsRequest()) {
			tried[c.Kind] = true
			r.send(ctx, withCase(one, c), c.Want)
		}
	}
}

// tell notes of which operations no error was judged, since the spec says nothing of any.
func (r *mocks) tell(context.Context) {
	if len(r.silent) > 0 {
		r.note("%d operations were not called with bad requests, since the spec has no answer to these: %s", len(r.silent), strings.Join(r.silent, ", "))
	}
}

// made is a good request with whatever its parameters and its body may be; not ok, with a note, if none can be made.
func (r *mocks) made(op *spec.Operation) (one wire.Call, ok bool) {
	values := map[string]string{}
	for _, name := range op.Params {
		value, made := r.pathText(op.PathParameter(name))
		if !made {
			r.note("%s: not called, since no value can be made for %s of its path", op.ID, name)
			return wire.Call{}, false
		}
		values[name] = value
	}
	if one, ok = r.call(op, values); !ok {
		return wire.Call{}, false
	}
	described := op.Route.Operation.RequestBody
	switch {
	case op.Body != nil:
		gen := r.gen.KnowingAll(op.Body)
		made, err := gen.Value(op.Body, "", cases.Full)
		if err != nil {
			made, err = gen.Value(op.Body, "", cases.Minimal)
		}
		r.gen.Made = gen.Made
		if err != nil {
			r.note("%s: not called, since no good body can be made: %v", op.ID, err)
			return wire.Call{}, false
		}
		return withCase(one, cases.NewCase("a valid request", "valid", cases.Taken, made)), true
	case described != nil && described.Value != nil && described.Value.Required:
		r.note("%s: not called, since its body is not JSON", op.ID)
		return wire.Call{}, false
	}
	return one, true
}
