package contract

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/spec"
)

// plan lists what the run does. Whatever needs many refused tokens comes last: a
// server may slow down those who send them.
func (r *run) plan() []step {
	var chains, ends, access []step
	var resources []*resource
	for _, res := range r.resources {
		if res.create != nil && res.wanted() {
			resources = append(resources, res)
			chains = append(chains, r.chain(res)...)
			ends = append(ends, r.removal(res)...)
			access = append(access, func(ctx context.Context) { r.bystander(ctx, res) })
		} else if res.list != nil {
			chains = append(chains, func(ctx context.Context) { r.readOnly(ctx, res) })
		}
	}
	var requests, denials []step
	for _, op := range r.operations {
		if !op.Selected {
			continue
		}
		if described := op.Route.Operation.RequestBody; described != nil && described.Value != nil && op.Body == nil && len(described.Value.Content) > 0 {
			r.note("%s: not called with good requests, since only JSON is made, and its body is %s", op.ID, strings.Join(slices.Sorted(maps.Keys(described.Value.Content)), " or "))
		}
		if op.Method() == http.MethodGet && len(op.Params) == 0 || isView(resources, op) {
			requests = append(requests, func(ctx context.Context) { r.reads(ctx, op) })
		}
		if !isCovered(resources, op) && (op.Method() != http.MethodGet || len(op.Params) > 0) {
			r.note("%s: called with bad requests only, since it changes, or is about, what the check has not made", op.ID)
		}
		requests = append(requests, r.strange(op)...)
		requests = append(requests, r.badParameters(op)...)
		denials = append(denials, func(ctx context.Context) { r.withoutToken(ctx, op) })
	}
	requests = append(requests, r.wrongMethods()...)
	if r.cfg.OtherToken != "" {
		for _, res := range resources {
			requests = append(requests, func(ctx context.Context) { r.asOther(ctx, res) })
		}
	}
	denials = append(denials, r.almostToken)
	return slices.Concat(chains, requests, ends, denials, access)
}

func isView(resources []*resource, op *spec.Operation) bool {
	return slices.ContainsFunc(resources, func(res *resource) bool {
		return slices.ContainsFunc(res.views, func(v *view) bool { return v.get == op })
	})
}

func isCovered(resources []*resource, op *spec.Operation) bool {
	return slices.ContainsFunc(resources, func(res *resource) bool { return slices.Contains(res.operations(), op) })
}

// references lists all names by which operations refer to things.
func (r *run) references() []string {
	found := names{}
	for _, op := range r.operations {
		for _, name := range op.Params {
			found[name] = true
		}
		found.collect(op.Body, "", spec.MaxDepth)
	}
	for _, res := range r.resources {
		if res.create != nil {
			delete(found, res.param) // those are made, never taken
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// chain is the life of a resource's things, up to their removal.
func (r *run) chain(res *resource) []step {
	if _, ok := r.call(res.create, nil); !ok {
		r.note("%s: not called with good requests, since nothing is known that its path could name", res.create.ID)
		return nil
	}
	count := max(r.cfg.Cases, 0)
	good, err := r.gen.GoodBodies(res.create.Body, count)
	if err != nil {
		r.note("%s: no good request can be made: %v", res.create.ID, err)
		return nil
	}
	if res.remove == nil {
		const most = 10 // that are left behind
		good = good[:min(len(good), most)]
	}
	var steps []step
	for _, c := range good {
		steps = append(steps, func(ctx context.Context) { r.create(ctx, res, c) })
	}
	steps = append(steps, func(ctx context.Context) { r.list(ctx, res) }, func(ctx context.Context) { r.twice(ctx, res) }, func(ctx context.Context) { r.unique(ctx, res) }, func(ctx context.Context) { r.comesAgain(ctx, res) })
	for _, c := range r.badBodies(res.create) {
		steps = append(steps, func(ctx context.Context) { r.create(ctx, res, c) })
	}
	steps = append(steps, func(ctx context.Context) { r.list(ctx, res) }, func(ctx context.Context) { r.crowd(ctx, res) })
	if res.update != nil {
		steps = append(steps, r.updates(res)...)
	}
	for _, v := range res.values {
		steps = append(steps, r.valueSteps(res, v)...)
	}
	for _, op := range res.bulk {
		steps = append(steps, r.bulkSteps(res, op)...)
	}
	if anySelected(res.update, res.remove) {
		steps = append(steps, func(ctx context.Context) { r.preconditions(ctx, res) })
	}
	return append(steps,
		func(ctx context.Context) { r.views(ctx, res) },
		func(ctx context.Context) { r.list(ctx, res) })
}

// names collects the names in a schema that refer to something.
type names map[string]bool

func (n names) collect(ref *openapi3.SchemaRef, name string, depth int) {
	s := spec.Outline(ref)
	if s == nil || depth == 0 {
		return
	}
	if spec.IsReference(name) && spec.IsText(s) {
		n[name] = true
	}
	for member, property := range s.Properties {
		n.collect(property, member, depth-1)
	}
	n.collect(s.Items, name, depth-1)
}
