package contract

import (
	"context"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// stale is a request that must be refused, since it is bound to another version.
var stale = cases.Expectation{Refuse: true, Class: report.Precondition}

// preconditions changes things on conditions.
type preconditions struct {
	*run
	states *states
}

// check checks versions (ETag) and the conditions that name them (If-Match),
// where the spec has both: RFC 9110, 8.8.3 and 13.1.1.
func (r *preconditions) check(ctx context.Context, res *resource) {
	t := r.things.anyOf(res, 0)
	if t == nil || res.get == nil || res.update == nil || res.update.Parameter(openapi3.ParameterInHeader, "If-Match") == nil || r.client.Deaf(res.update) {
		return
	}
	read, _ := r.call(res.get, t.values())
	version := func() string { a, _ := r.send(ctx, read, cases.Taken, t.made); return a.Head.Get("ETag") }
	find := func(key, fault, expected, got string, before ...wire.Call) {
		r.find(spec.Problem{Class: report.Precondition, Key: key, Fault: fault, Expected: expected, Got: got, Place: read.Op.Place}, read, append([]wire.Call{t.made}, before...)...)
	}
	r.refresh(ctx, t, t.value)
	was := version()
	if was == "" {
		return // where it is required, its lack has been told
	}
	if again := version(); again != was && again != "" {
		find("unstable", "tells another version although nothing changed", was, again)
		return
	}
	r.updateIf(ctx, t, `"no-such-version"`, stale, "an update of a version that never was")
	if !strings.HasPrefix(was, "W/") { // a weak one fulfills no condition
		if one, ok := r.updateIf(ctx, t, was, cases.Taken, "an update of the version that is current"); ok {
			if now := version(); now == was {
				find("same", "tells the same version after an update", "another than "+was, now, one)
			}
			r.readUnless(ctx, read, was, "a version that is no longer current", t.made, one)
			r.updateIf(ctx, t, was, stale, "an update of a version that is no longer current")
		}
	}
	r.updateIf(ctx, t, "*", cases.Taken, "an update of whatever version there is")
	for _, op := range res.changes() {
		r.refuseIf(ctx, t, op)
	}
	if res.remove != nil {
		r.refuseIf(ctx, t, res.remove)
	}
}

// reads reads on conditions that the version does and does not fulfill, where the spec has those:
// RFC 9110, 13.1.2.
func (r *preconditions) reads(ctx context.Context, op *spec.Operation) {
	one, t, ok := r.sample(op)
	if !ok {
		return
	}
	var before []wire.Call
	if t != nil {
		before = append(before, t.made)
	}
	a, _ := r.send(ctx, one, cases.Taken, before...)
	if tag := a.Head.Get("ETag"); a.OK() && tag != "" {
		r.readUnless(ctx, one, `"no-such-version"`, "a version that never was", before...)
		same := one.WithHeader(unless, tag)
		same.What, same.Kind = "a read by who has the current version", "precondition"
		r.send(ctx, same, cases.Either, before...)
	}
}

// unless names the condition on which a read has an answer.
const unless = "If-None-Match"

// readUnless reads what must be answered, since the version that is known is not the current one.
func (r *preconditions) readUnless(ctx context.Context, one wire.Call, version, what string, before ...wire.Call) {
	if one.Op.Parameter(openapi3.ParameterInHeader, unless) == nil {
		return
	}
	one = one.WithHeader(unless, version)
	one.What, one.Kind = "a read by who has "+what, "precondition"
	if a, _ := r.send(ctx, one, cases.Taken, before...); a.Status == http.StatusNotModified {
		r.find(spec.Problem{Class: report.Precondition, Key: "304", Fault: "answers 304 to " + one.What, Expected: "200", Got: spec.StatusText(a.Status), Place: one.Op.Place}, one, before...)
	}
}

// updateIf updates a thing on a condition, and reports whether that was done.
func (r *preconditions) updateIf(ctx context.Context, t *instance, condition string, want cases.Expectation, what string) (one wire.Call, done bool) {
	one, ok := r.call(t.of.update, t.values())
	made, err := r.gen.Value(t.of.update.Body, "", cases.Full)
	if !ok || err != nil {
		return one, false
	}
	one = withCase(one, cases.NewCase(what, "precondition", want, made))
	one = one.WithHeader("If-Match", condition)
	a, value := r.send(ctx, one, want, t.made)
	if a.OK() {
		r.refresh(ctx, t, spec.Dig(value, t.of.updateAt))
	} else if a.Err == nil {
		r.states.unchanged(ctx, t, one)
	}
	return one, a.OK()
}

// refuseIf changes or removes a thing on a condition that it does not fulfill.
func (r *preconditions) refuseIf(ctx context.Context, t *instance, op *spec.Operation) {
	one, ok := r.call(op, t.values())
	c, err := r.bodyFor(op)
	if op.Parameter(openapi3.ParameterInHeader, "If-Match") == nil || !ok || err != nil {
		return
	}
	if op.Body != nil {
		one = withCase(one, c)
	}
	one = one.WithHeader("If-Match", `"no-such-version"`)
	one.What, one.Kind = "a change of a version that never was", "precondition"
	if op == t.of.remove {
		one.What = "a removal of a version that never was"
	}
	a, _ := r.send(ctx, one, stale, t.made)
	switch {
	case a.OK() && op == t.of.remove:
		t.removed = true
	case a.OK():
		r.refresh(ctx, t, nil)
	case a.Err == nil:
		r.states.unchanged(ctx, t, one)
	}
}
