package contract

import (
	"context"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// stale is a request that must be refused, since it is bound to another version.
var stale = expectation{refuse: true, class: Precondition}

// preconditions checks versions (ETag) and the conditions that name them (If-Match),
// where the spec has both: RFC 9110, 8.8.3 and 13.1.1.
func (r *run) preconditions(ctx context.Context, res *resource) {
	t := r.some(res, 0)
	if t == nil || res.get == nil || res.update == nil || res.update.parameter(openapi3.ParameterInHeader, "If-Match") == nil || r.client.deaf(res.update) {
		return
	}
	read, _ := r.call(res.get, t.values())
	version := func() string { a, _ := r.send(ctx, read, taken, t.made); return a.head.Get("ETag") }
	find := func(key, fault, expected, got string, before ...call) {
		r.find(problem{class: Precondition, key: key, fault: fault, expected: expected, got: got, place: read.op.place}, read, append([]call{t.made}, before...)...)
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
		if one, ok := r.updateIf(ctx, t, was, taken, "an update of the version that is current"); ok {
			if now := version(); now == was {
				find("same", "tells the same version after an update", "another than "+was, now, one)
			}
			r.updateIf(ctx, t, was, stale, "an update of a version that is no longer current")
		}
	}
	r.updateIf(ctx, t, "*", taken, "an update of whatever version there is")
	r.removeIf(ctx, t, `"no-such-version"`)
}

// sameVersion wants a thing that was just written to have, when it is read, the version
// that was told then: with it the writer goes on. Weak ones, and those of which the spec
// says nothing, may be anything.
func (r *run) sameVersion(t *thing, read *answer, write call) {
	was, is := t.version, read.head.Get("ETag")
	if !strings.HasPrefix(was, `"`) || !strings.HasPrefix(is, `"`) || was == is || !write.op.tellsVersion() || !read.op.tellsVersion() {
		return
	}
	before := []call{t.made}
	if write.op != t.made.op {
		before = append(before, write)
	}
	r.find(problem{
		class: Precondition, key: "version of " + write.op.id, fault: "tells another version than " + write.op.id + " did, although nothing changed",
		expected: was, got: is, place: read.op.place,
	}, read.call, before...)
}

func (op *operation) tellsVersion() bool {
	p := op.success()
	return p != nil && p.response.Headers["ETag"] != nil
}

// updateIf updates a thing on a condition. It tells whether that was done.
func (r *run) updateIf(ctx context.Context, t *thing, condition string, want expectation, what string) (one call, done bool) {
	one, ok := r.call(t.of.update, t.values())
	made, err := r.gen.value(t.of.update.body, "", full)
	if !ok || err != nil {
		return one, false
	}
	one = withCase(one, newBody(what, "precondition", want, made))
	one = one.withHeader("If-Match", condition)
	a, value := r.send(ctx, one, want, t.made)
	if a.ok() {
		r.refresh(ctx, t, dig(value, t.of.updateAt))
	} else if a.err == nil {
		r.unchanged(ctx, t, one)
	}
	return one, a.ok()
}

// removeIf removes a thing on a condition that it does not fulfill.
func (r *run) removeIf(ctx context.Context, t *thing, condition string) {
	op := t.of.remove
	if op == nil || op.parameter(openapi3.ParameterInHeader, "If-Match") == nil {
		return
	}
	one, _ := r.call(op, t.values())
	one = one.withHeader("If-Match", condition)
	one.what, one.kind = "a removal of a version that never was", "precondition"
	if a, _ := r.send(ctx, one, stale, t.made); a.ok() {
		t.removed = true
	} else if a.err == nil {
		r.unchanged(ctx, t, one)
	}
}
