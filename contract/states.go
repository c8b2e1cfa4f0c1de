package contract

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// states holds what is read of a thing against what was sent, and what was told of it before.
type states struct{ *run }

// echo finds where the answer to a body, or what is read later, is not what was sent.
func (r *states) echo(op *spec.Operation, class report.Class, one wire.Call, sent, got any, schema *openapi3.SchemaRef, before ...wire.Call) bool {
	if schema == nil || got == nil {
		return true
	}
	r.pairs.agreement(schema, got) // which was judged, if its status is one of the spec's
	found := comparison{sent: true, paired: r.pairs.paired}.differences(sent, got, bodyOf(before, one).Op.Body, schema)
	for _, d := range found {
		r.find(spec.Problem{
			Class:    class,
			Key:      op.ID + " " + spec.Dotted([]string{d.place}),
			Fault:    fmt.Sprintf("%s is not what was sent (%s)", d.place, one.What),
			Expected: spec.Excerpt(d.want),
			Got:      spec.Excerpt(d.got),
			Place:    bodyOf(before, one).Op.Place + "/requestBody",
		}, one, before...)
	}
	return len(found) == 0
}

// bodyOf is the call of a chain that sent the body: the last one that has any.
func bodyOf(before []wire.Call, last wire.Call) wire.Call {
	if last.Op.Body != nil {
		return last
	}
	for _, one := range slices.Backward(before) {
		if one.Op.Body != nil {
			return one
		}
	}
	return last
}

// sameState finds where a thing, as it is read, is not as it was told before.
func (r *states) sameState(class report.Class, fault string, t *instance, got any, wantSchema, gotSchema *openapi3.SchemaRef, one wire.Call, before ...wire.Call) bool {
	if t.value == nil || wantSchema == nil || gotSchema == nil {
		return true
	}
	found := comparison{}.differences(t.value, got, wantSchema, gotSchema)
	for _, d := range found {
		r.find(spec.Problem{
			Class:    class,
			Key:      fault + " " + d.place,
			Fault:    d.place + " " + fault,
			Expected: spec.Excerpt(d.want),
			Got:      spec.Excerpt(d.got),
			Place:    one.Op.Place,
		}, one, before...)
	}
	return len(found) == 0
}

// sameVersion checks that a thing that was just written has, when it is read, the version
// that was told then: with it the writer goes on. Weak ones, and those of which the spec
// says nothing, may be anything.
func (r *states) sameVersion(t *instance, read *wire.Answer, write wire.Call) {
	was, is := t.version, read.Head.Get("ETag")
	if !strings.HasPrefix(was, `"`) || !strings.HasPrefix(is, `"`) || was == is || !write.Op.TellsVersion() || !read.Op.TellsVersion() {
		return
	}
	before := []wire.Call{t.made}
	if write.Op != t.made.Op {
		before = append(before, write)
	}
	r.find(spec.Problem{
		Class: report.Precondition, Key: "version of " + write.Op.ID, Fault: "tells another version than " + write.Op.ID + " did, although nothing changed",
		Expected: was, Got: is, Place: read.Op.Place,
	}, read.Call, before...)
}

// untouched finds what changed of a thing, before and after without what a call was about.
func (r *states) untouched(t *instance, before, after any, schema *openapi3.SchemaRef, when string, one wire.Call) {
	for _, d := range (comparison{}).differences(before, after, schema, schema) {
		if !changing.MatchString(d.place) {
			r.find(spec.Problem{
				Class: report.SideEffect, Key: "other " + d.place, Fault: d.place + " changed when " + when,
				Expected: spec.Excerpt(d.want), Got: spec.Excerpt(d.got), Place: one.Op.Place,
			}, one, t.made)
		}
	}
}

// unchanged finds where a refused call changed a thing after all.
func (r *states) unchanged(ctx context.Context, t *instance, one wire.Call) {
	res := t.of
	if res.get == nil || t.value == nil || r.client.Deaf(res.get) {
		return // the list will show it
	}
	a, got := r.peek(ctx, t)
	if got == nil {
		if a.Gone() {
			t.removed = true
			r.find(spec.Problem{Class: report.SideEffect, Key: "gone", Fault: "is gone after a request that was refused: " + one.What, Expected: "the thing as before", Got: spec.StatusText(a.Status), Place: one.Op.Place}, one, t.made)
		}
		return
	}
	for _, d := range (comparison{}).differences(t.value, got, res.got(), res.got()) {
		r.find(spec.Problem{
			Class: report.SideEffect, Key: "changed " + d.place, Fault: fmt.Sprintf("%s was changed by a request that was refused: %s", d.place, one.What),
			Expected: spec.Excerpt(d.want), Got: spec.Excerpt(d.got), Place: one.Op.Place,
		}, one, t.made)
	}
	t.value = got
}
