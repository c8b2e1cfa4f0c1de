package contract

import (
	"context"
	"crypto/rand"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
)

const (
	keyHeader = "Idempotency-Key"

	// keyed is the kind of the cases about it.
	keyed = "idempotency"
)

// idempotency makes calls that come again.
type idempotency struct {
	*run
	states *states
}

// comesAgain makes a call twice with one idempotency key, where the spec has that parameter: it
// must not be carried out twice, though it may be refused. Then another call comes with that key,
// which must be refused.
func (r *idempotency) comesAgain(ctx context.Context, res *resource) {
	op := res.create
	if op.Parameter(openapi3.ParameterInHeader, keyHeader) == nil || r.client.Deaf(op) {
		return
	}
	c, err := r.bodyFor(op)
	if err != nil {
		return
	}
	c.What, c.Kind = "a valid request with an Idempotency-Key", "valid"
	key := rand.Text() // not of the seed: the server still knows the key of an earlier run
	one, _ := r.call(op, nil)
	one = withCase(one, c).WithHeader(keyHeader, key)
	first, _ := r.added(ctx, res, one, cases.Taken)
	if first == nil {
		return
	}
	again := one
	again.What, again.Kind = "the same request again, with its Idempotency-Key", keyed
	if second, a := r.added(ctx, res, again, cases.Either); second != nil && second.id != first.id {
		r.find(spec.Problem{
			Class: report.Idempotency, Key: "again", Fault: "makes another thing of " + again.What,
			Expected: "the thing that was made before, " + first.id, Got: second.id, Place: op.Place,
		}, a.Call, one)
	}
	if other, err := r.bodyFor(op); err == nil {
		other.What, other.Kind = "another request with an Idempotency-Key that was used", keyed
		r.added(ctx, res, withCase(one, other), cases.Expectation{Refuse: true, Class: report.Idempotency}, one)
	}
}

// otherAgain changes a thing with an idempotency key, by each operation that takes one and has a
// body, and then in another way with that key, which must be refused.
func (r *idempotency) otherAgain(ctx context.Context, res *resource) {
	for _, op := range append(res.changes(), res.update) {
		t := r.things.anyOf(res, 0)
		if t == nil || op == nil || op.Body == nil || op.Parameter(openapi3.ParameterInHeader, keyHeader) == nil || r.client.Deaf(op) {
			continue
		}
		one, ok := r.call(op, t.values())
		first, err := r.bodyFor(op)
		second, failed := r.bodyFor(op)
		if !ok || err != nil || failed != nil || string(first.Raw) == string(second.Raw) {
			continue
		}
		first.What, first.Kind = "a valid request with an Idempotency-Key", "valid"
		second.What, second.Kind = "another request with an Idempotency-Key that was used", keyed
		one = one.WithHeader(keyHeader, rand.Text())
		a, _ := r.send(ctx, withCase(one, first), cases.Taken, t.made)
		r.refresh(ctx, t, nil)
		if !a.OK() {
			continue
		}
		again := withCase(one, second)
		if b, _ := r.send(ctx, again, cases.Expectation{Refuse: true, Class: report.Idempotency}, t.made, a.Call); b.OK() {
			r.refresh(ctx, t, nil)
		} else if b.Err == nil {
			r.states.unchanged(ctx, t, again)
		}
	}
}
