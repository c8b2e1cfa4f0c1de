package contract

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// addBulk finds the operations that change many parts of a thing in one call: those with a
// body at a path below the thing's that names nothing more.
func (r *resource) addBulk(all []*operation, path string) {
	if r.create == nil || r.param == "" || r.get == nil {
		return
	}
	prefix := path + "/{" + r.param + "}/"
	for _, op := range all {
		rest, below := strings.CutPrefix(op.route.Path, prefix)
		if below && op.method() == http.MethodPut && op.body != nil && !strings.ContainsAny(rest, "/{") {
			r.bulk = append(r.bulk, op)
		}
	}
}

// bulkSteps changes many parts of things in every good way, and in every bad one, which must
// leave them as they are.
func (r *run) bulkSteps(res *resource, op *operation) []step {
	good, err := r.gen.goodBodies(op.body, max(r.cfg.Cases, 0))
	if err != nil {
		r.note("%s: no good request can be made: %v", op.id, err)
	}
	var steps []step
	for i, c := range append(good, r.badBodies(op)...) {
		steps = append(steps, func(ctx context.Context) {
			if t := r.some(res, i); t != nil {
				r.changeMany(ctx, t, op, c)
			}
		})
	}
	return steps
}

// changeMany sends a body that changes many parts of a thing, and reads what became of them.
func (r *run) changeMany(ctx context.Context, t *thing, op *operation, c bodyCase) {
	one, ok := r.call(op, t.values())
	if !ok {
		return
	}
	one = withCase(one, c)
	a, _ := r.send(ctx, one, c.want, t.made)
	if !a.ok() {
		if a.err == nil {
			r.unchanged(ctx, t, one)
		}
		return
	}
	read, _ := r.call(t.of.get, t.values())
	read.what, read.kind = "what was updated", "updated"
	a, value := r.send(ctx, read, taken, t.made, one)
	got := dig(value, t.of.getAt)
	if !a.ok() || !judged(got) {
		t.value = nil // nobody can say what it is now
		return
	}
	t.value, t.version = got, a.head.Get("ETag")
	body, _ := c.value.(map[string]any)
	for _, list := range slices.Sorted(maps.Keys(body)) {
		r.manyKept(list, body[list], got, op, read, t.made, one)
	}
}

// manyKept tells which elements of a list that was sent a thing does not have as they were
// sent. One that has null is to be gone.
func (r *run) manyKept(list string, sent, got any, op *operation, read call, before ...call) {
	elements, _ := sent.([]any)
	for _, element := range elements {
		object, _ := element.(map[string]any)
		for param, id := range object {
			text, _ := id.(string)
			if !isReference(param) || untold(dig(got, []string{list}), param) {
				continue
			}
			has := of(got, list, param, text)
			value, there := object["value"]
			if there && value == nil && len(has) == 0 || there && len(has) == 1 && equal(value, dig(has[0], []string{"value"}), nil, "value") {
				continue
			}
			r.find(problem{
				class: UpdateLost, key: "many " + list, fault: fmt.Sprintf("%s does not have what was set or cleared with many others", list),
				expected: excerpt(element), got: excerpt(has), place: op.place,
			}, read, before...)
		}
	}
}
