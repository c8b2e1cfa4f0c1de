package contract

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// elements reads a list without judging it.
func (r *run) elements(ctx context.Context, res *resource) []any {
	if res.list == nil || r.client.Deaf(res.list) {
		return nil
	}
	one, ok := r.call(res.list, nil)
	if !ok {
		return nil
	}
	a := r.client.Send(ctx, one)
	value, err := spec.DecodeJSON(a.Body)
	if !a.OK() || err != nil {
		return nil
	}
	all, _ := spec.Dig(value, res.listAt).([]any)
	return all
}

func (r *run) thing(res *resource, id string) *instance {
	for _, t := range r.instances {
		if t.of == res && t.id == id {
			return t
		}
	}
	return nil
}

// sameVersion checks that a thing that was just written has, when it is read, the version
// that was told then: with it the writer goes on. Weak ones, and those of which the spec
// says nothing, may be anything.
func (r *run) sameVersion(t *instance, read *wire.Answer, write wire.Call) {
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

// drop removes a thing without judging the answer, and reports whether it is gone.
func (r *run) drop(ctx context.Context, t *instance) bool {
	if t.of.remove == nil || r.client.Deaf(t.of.remove) {
		return false
	}
	one, _ := r.call(t.of.remove, t.values())
	a := r.client.Send(ctx, one)
	t.removed = a.OK() || a.Gone()
	return t.removed
}

// alive lists the things of a resource that are still to be there.
func (r *run) alive(res *resource) []*instance {
	var all []*instance
	for _, t := range r.instances {
		if t.of == res && !t.removed && !t.stray {
			all = append(all, t)
		}
	}
	return all
}

// create sends a body to be created, good or bad, and follows up on what came of it.
func (r *run) create(ctx context.Context, res *resource, c cases.Case) *instance {
	if ctx.Err() != nil {
		return nil
	}
	one, _ := r.call(res.create, nil)
	one = withCase(one, c)
	one.Whole = true // whoever interrupts it must know what came of it
	a := r.client.Send(ctx, one)
	if a.Status == http.StatusConflict && !c.Want.Refuse && r.conflicts(ctx, res, c) {
		r.judge(ctx, a, cases.Either, nil)
		if !c.Want.Either {
			r.note("%s: %s was not checked: the server already has a thing like it", res.create.ID, c.What)
		}
		return nil
	}
	value := r.judge(ctx, a, c.Want, nil)
	if !a.OK() {
		return nil
	}
	t := &instance{of: res, made: one, value: spec.Dig(value, res.createdAt), version: a.Head.Get("ETag")}
	raw, _ := spec.DecodeJSON(a.Body)
	r.settleID(ctx, res, spec.Dig(raw, res.createdAt))
	t.id = spec.IDIn(spec.Dig(raw, res.createdAt), res.idName)
	if t.id == "" {
		return nil // the schema's finding has told it; what there is has no name
	}
	if r.thing(res, t.id) != nil {
		r.find(spec.Problem{Class: report.ValueChanged, Key: "id", Fault: "gives the id of another thing to a new one", Expected: "an id of its own", Got: t.id, Place: res.create.Place}, one)
		return nil
	}
	r.instances = append(r.instances, t)
	if c.Want.Refuse || c.Value == nil || c.Kind == "malformed" || c.Kind == "repeated-reference" {
		t.stray = !r.drop(ctx, t) // it should not be there, or nobody can say what it should be
		return nil
	}
	ok := r.echo(res.create, report.ValueChanged, one, c.Value, t.value, res.created())
	r.sameScope(res.create, t.value, one)
	r.sameEmails(res.create, t.value, one)
	r.madeNow(res, t.value, a)
	r.readBack(ctx, t, ok, c.Value)
	if n := len(r.alive(res)); n <= 3 || n%5 == 0 {
		r.list(ctx, res)
	}
	return t
}

// echo finds where the answer to a body, or what is read later, is not what was sent.
func (r *run) echo(op *spec.Operation, class report.Class, one wire.Call, sent, got any, schema *openapi3.SchemaRef, before ...wire.Call) bool {
	if schema == nil || got == nil {
		return true
	}
	r.agreement(schema, got) // which was judged, if its status is one of the spec's
	found := comparison{sent: true, paired: r.paired}.differences(sent, got, bodyOf(before, one).Op.Body, schema)
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

// readBack reads a thing on its own, and holds it against what was told of it and, if
// that was true, against what was sent.
func (r *run) readBack(ctx context.Context, t *instance, told bool, sent any) {
	res := t.of
	if res.get == nil {
		return
	}
	one, _ := r.call(res.get, t.values())
	one.What, one.Kind = "what was created", "created"
	a := r.client.Send(ctx, one)
	if ctx.Err() != nil {
		return
	}
	if a.Gone() {
		r.find(spec.Problem{Class: report.NotStored, Key: "get", Fault: fmt.Sprintf("answers %d to the id of what was just created", a.Status), Expected: "the thing", Got: spec.StatusText(a.Status), Place: res.get.Place}, one, t.made)
		return
	}
	value := r.judge(ctx, a, cases.Taken, []wire.Call{t.made})
	got := spec.Dig(value, res.getAt)
	if !a.OK() || got == nil {
		return
	}
	r.sameScope(res.get, got, one)
	if told && sent != nil && !r.echo(res.get, report.ValueChanged, one, sent, got, res.got(), t.made) {
		return
	}
	if r.sameState(report.ValueChanged, "differs from what create answered", t, got, res.created(), res.got(), one, t.made) {
		r.sameVersion(t, a, t.made)
	}
	t.value, t.version = got, a.Head.Get("ETag")
}

// sameState finds where a thing, as it is read, is not as it was told before.
func (r *run) sameState(class report.Class, fault string, t *instance, got any, wantSchema, gotSchema *openapi3.SchemaRef, one wire.Call, before ...wire.Call) bool {
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

// values are those of a thing's path.
func (t *instance) values() map[string]string {
	values := map[string]string{t.of.param: t.id}
	for name, value := range t.path {
		values[name] = value
	}
	return values
}

// conflicts reports whether a refusal as a conflict can be right: the list has a thing
// with one of the texts, or there is no list, or the texts are too short to be the
// check's own.
func (r *run) conflicts(ctx context.Context, res *resource, c cases.Case) bool {
	if !r.gen.HoldsMark(c.Raw) || res.list == nil {
		return true
	}
	sent, _ := c.Value.(map[string]any)
	all := r.elements(ctx, res)
	if all == nil {
		return true // it was not told
	}
	for _, element := range all {
		object, _ := element.(map[string]any)
		for name, value := range sent {
			if text, ok := value.(string); ok && text != "" && object[name] == text {
				return true
			}
		}
	}
	return false
}

// settleID finds out, with the first thing that is made, which of its members the path of one
// thing takes: the spec has names for them, and no more.
func (r *run) settleID(ctx context.Context, res *resource, object any) {
	if res.get == nil || res.idSure || r.client.Deaf(res.get) {
		return
	}
	for _, name := range spec.IDNames(spec.Outline(res.created()), res.param) {
		id := spec.IDIn(object, name)
		if id == "" {
			continue
		}
		one, ok := r.call(res.get, map[string]string{res.param: id})
		if !ok {
			return
		}
		if a := r.client.Send(ctx, one); a.OK() {
			res.idName, res.idSure = name, true
			return
		}
	}
	res.idSure = true // by its name, since nothing else is known
}

// madeNames are the properties that tell when a thing was made.
var madeNames = regexp.MustCompile(`(?i)^(created|creation|inserted)_?(at|on|time|date|timestamp)?$`)

// madeNow checks that the time at which a thing was made, where it tells one that no client sends,
// is now, by its own clock or by ours.
func (r *run) madeNow(res *resource, value any, a *wire.Answer) {
	object, _ := value.(map[string]any)
	answered := spec.Outline(res.created())
	for name, member := range object {
		text, _ := member.(string)
		at, err := spec.Instant(text)
		s := spec.Merged(answered.Properties[name])
		if err != nil || !madeNames.MatchString(name) || s == nil || s.Format != "date-time" || spec.Outline(res.create.Body).Properties[name] != nil {
			continue
		}
		const most = time.Hour
		theirs, err := http.ParseTime(a.Head.Get("Date"))
		if time.Since(at).Abs() > most && (err != nil || theirs.Sub(at).Abs() > most) {
			r.find(spec.Problem{Class: report.ValueChanged, Key: "made " + name, Fault: name + " of what was just created is far from now", Expected: "about " + time.Now().UTC().Format(time.RFC3339), Got: text, Place: res.create.Place}, a.Call)
		}
	}
}
