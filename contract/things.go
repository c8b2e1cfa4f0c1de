package contract

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// alive lists the things of a resource that are still to be there.
func (r *run) alive(res *resource) []*thing {
	var all []*thing
	for _, t := range r.things {
		if t.of == res && !t.removed && !t.stray {
			all = append(all, t)
		}
	}
	return all
}

// create sends a body to be created, good or bad, and follows up on what came of it.
func (r *run) create(ctx context.Context, res *resource, c bodyCase) *thing {
	if ctx.Err() != nil {
		return nil
	}
	one, _ := r.call(res.create, nil)
	one = withCase(one, c)
	one.whole = true // whoever interrupts it must know what came of it
	a := r.client.send(ctx, one)
	if a.status == http.StatusConflict && !c.want.refuse && r.conflicts(ctx, res, c) {
		r.judge(ctx, a, either, nil)
		if !c.want.either {
			r.note("%s: %s was not checked: the server already has a thing like it", res.create.id, c.what)
		}
		return nil
	}
	value := r.judge(ctx, a, c.want, nil)
	if !a.ok() {
		return nil
	}
	t := &thing{of: res, made: one, value: dig(value, res.createdAt), version: a.head.Get("ETag")}
	raw, _ := decodeJSON(a.body)
	r.settleID(ctx, res, dig(raw, res.createdAt))
	t.id = idIn(dig(raw, res.createdAt), res.idName)
	if t.id == "" {
		return nil // the schema's finding has told it; what there is has no name
	}
	if r.thing(res, t.id) != nil {
		r.find(problem{class: ValueChanged, key: "id", fault: "gives the id of another thing to a new one", expected: "an id of its own", got: t.id, place: res.create.place}, one)
		return nil
	}
	r.things = append(r.things, t)
	if c.want.refuse || c.value == nil || c.kind == "malformed" || c.kind == "repeated-reference" {
		t.stray = !r.drop(ctx, t) // it should not be there, or nobody can say what it should be
		return nil
	}
	ok := r.echo(res.create, ValueChanged, one, c.value, t.value, res.created())
	r.sameScope(res.create, t.value, one)
	r.sameEmails(res.create, t.value, one)
	r.madeNow(res, t.value, a)
	r.readBack(ctx, t, ok, c.value)
	if n := len(r.alive(res)); n <= 3 || n%5 == 0 {
		r.list(ctx, res)
	}
	return t
}

// echo tells where the answer to a body, or what is read later, is not what was sent.
func (r *run) echo(op *operation, class Class, one call, sent, got any, schema *openapi3.SchemaRef, before ...call) bool {
	if schema == nil || got == nil {
		return true
	}
	found := comparison{sent: true}.differences(sent, got, bodyOf(before, one).op.body, schema)
	for _, d := range found {
		r.find(problem{
			class:    class,
			key:      op.id + " " + dotted([]string{d.place}),
			fault:    fmt.Sprintf("%s is not what was sent (%s)", d.place, one.what),
			expected: excerpt(d.want),
			got:      excerpt(d.got),
			place:    bodyOf(before, one).op.place + "/requestBody",
		}, one, before...)
	}
	return len(found) == 0
}

// bodyOf is the call of a chain that sent the body: the last one that has any.
func bodyOf(before []call, last call) call {
	if last.op.body != nil {
		return last
	}
	for _, one := range slices.Backward(before) {
		if one.op.body != nil {
			return one
		}
	}
	return last
}

// readBack reads a thing on its own, and holds it against what was told of it and, if
// that was true, against what was sent.
func (r *run) readBack(ctx context.Context, t *thing, told bool, sent any) {
	res := t.of
	if res.get == nil {
		return
	}
	one, _ := r.call(res.get, t.values())
	one.what, one.kind = "what was created", "created"
	a := r.client.send(ctx, one)
	if ctx.Err() != nil {
		return
	}
	if a.gone() {
		r.find(problem{class: NotStored, key: "get", fault: fmt.Sprintf("answers %d to the id of what was just created", a.status), expected: "the thing", got: statusText(a.status), place: res.get.place}, one, t.made)
		return
	}
	value := r.judge(ctx, a, taken, []call{t.made})
	got := dig(value, res.getAt)
	if !a.ok() || got == nil {
		return
	}
	r.sameScope(res.get, got, one)
	if told && sent != nil && !r.echo(res.get, ValueChanged, one, sent, got, res.got(), t.made) {
		return
	}
	if r.same(ValueChanged, "differs from what create answered", t, got, res.created(), res.got(), one, t.made) {
		r.sameVersion(t, a, t.made)
	}
	t.value, t.version = got, a.head.Get("ETag")
}

// same tells where a thing as it is read is not as it was told before.
func (r *run) same(class Class, fault string, t *thing, got any, wantSchema, gotSchema *openapi3.SchemaRef, one call, before ...call) bool {
	if t.value == nil || wantSchema == nil || gotSchema == nil {
		return true
	}
	found := comparison{}.differences(t.value, got, wantSchema, gotSchema)
	for _, d := range found {
		r.find(problem{
			class:    class,
			key:      fault + " " + d.place,
			fault:    d.place + " " + fault,
			expected: excerpt(d.want),
			got:      excerpt(d.got),
			place:    one.op.place,
		}, one, before...)
	}
	return len(found) == 0
}

// values are those of a thing's path.
func (t *thing) values() map[string]string {
	values := map[string]string{t.of.param: t.id}
	for name, value := range t.path {
		values[name] = value
	}
	return values
}

// conflicts tells whether a refusal as a conflict can be right: the list has a thing
// with one of the texts, or there is no list, or the texts are too short to be the
// check's own.
func (r *run) conflicts(ctx context.Context, res *resource, c bodyCase) bool {
	if !r.gen.holdsMark(c.raw) || res.list == nil {
		return true
	}
	sent, _ := c.value.(map[string]any)
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

// manyThings is one more than a list is most often cut to.
const manyThings = 101

// crowd wants a list to be whole also when it is long. What it adds for that is removed
// at once.
func (r *run) crowd(ctx context.Context, res *resource) {
	if res.list == nil || res.list.paged() || res.remove == nil || !res.list.selected {
		return
	}
	first := len(r.things)
	for range manyThings - len(r.alive(res)) {
		made, err := r.gen.value(res.create.body, "", minimal)
		if err != nil || ctx.Err() != nil {
			break
		}
		one, _ := r.call(res.create, nil)
		one = withCase(one, newBody("a valid request (one of many)", "valid", taken, made))
		one.whole = true
		a := r.client.send(ctx, one)
		value := dig(r.judge(ctx, a, taken, nil), res.createdAt)
		id := idIn(value, res.idName)
		if !a.ok() || id == "" {
			break
		}
		r.things = append(r.things, &thing{of: res, id: id, made: one, value: value})
	}
	r.list(ctx, res)
	for _, t := range r.things[first:] {
		if ctx.Err() == nil && !r.cfg.Keep {
			r.drop(ctx, t)
		}
	}
}

// twice creates the same thing again. Whether that may be is not the spec's to say;
// that it must be answered is.
func (r *run) twice(ctx context.Context, res *resource) {
	c, ok := r.createFull(ctx, res, text{})
	if !ok {
		return
	}
	c.what, c.kind, c.want = "the same valid request again", "repeated", either
	r.create(ctx, res, c)
}

// createFull creates a thing with everything that it may have, its texts of a kind, and returns
// what was sent. It is not ok if that could not be made, or was refused.
func (r *run) createFull(ctx context.Context, res *resource, kind text) (c bodyCase, ok bool) {
	r.gen.text = kind
	made, err := r.gen.value(res.create.body, "", full)
	r.gen.text = text{}
	if err != nil {
		return bodyCase{}, false
	}
	c = newBody("a valid request", "valid", taken, made)
	return c, r.create(ctx, res, c) != nil
}

// settleID finds out, with the first thing that is made, which of its members the path of one
// thing takes: the spec has names for them, and no more.
func (r *run) settleID(ctx context.Context, res *resource, object any) {
	if res.get == nil || res.idSure || r.client.deaf(res.get) {
		return
	}
	for _, name := range idNames(outline(res.created()), res.param) {
		id := idIn(object, name)
		if id == "" {
			continue
		}
		one, ok := r.call(res.get, map[string]string{res.param: id})
		if !ok {
			return
		}
		if a := r.client.send(ctx, one); a.ok() {
			res.idName, res.idSure = name, true
			return
		}
	}
	res.idSure = true // by its name, since nothing else is known
}

// madeNames are the properties that tell when a thing was made.
var madeNames = regexp.MustCompile(`(?i)^(created|creation|inserted)_?(at|on|time|date|timestamp)?$`)

// madeNow wants the time at which a thing was made, where it tells one that no client sends,
// to be now, by its own clock or by ours.
func (r *run) madeNow(res *resource, value any, a *answer) {
	object, _ := value.(map[string]any)
	answered := outline(res.created())
	for name, member := range object {
		text, _ := member.(string)
		at, err := instant(text)
		s := merged(answered.Properties[name])
		if err != nil || !madeNames.MatchString(name) || s == nil || s.Format != "date-time" || outline(res.create.body).Properties[name] != nil {
			continue
		}
		const most = time.Hour
		theirs, err := http.ParseTime(a.head.Get("Date"))
		if time.Since(at).Abs() > most && (err != nil || theirs.Sub(at).Abs() > most) {
			r.find(problem{class: ValueChanged, key: "made " + name, fault: name + " of what was just created is far from now", expected: "about " + time.Now().UTC().Format(time.RFC3339), got: text, place: res.create.place}, a.call)
		}
	}
}
