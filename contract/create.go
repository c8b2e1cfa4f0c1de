package contract

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// creation makes things, with good bodies and bad ones, and follows up on what came of it.
type creation struct {
	*run
	scope  *scope
	people *people
	states *states
	lists  *lists
}

// steps creates things with bodies, good or bad.
func (r *creation) steps(res *resource, bodies []cases.Case) []step {
	var steps []step
	for _, c := range bodies {
		steps = append(steps, step{"create", func(ctx context.Context) { r.create(ctx, res, c) }})
	}
	return steps
}

// create sends a body to be created, good or bad, and follows up on what came of it.
func (r *creation) create(ctx context.Context, res *resource, c cases.Case) *instance {
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
	if r.things.named(res, t.id) != nil {
		r.find(spec.Problem{Class: report.ValueChanged, Key: "id", Fault: "gives the id of another thing to a new one", Expected: "an id of its own", Got: t.id, Place: res.create.Place}, one)
		return nil
	}
	r.things.all = append(r.things.all, t)
	if c.Want.Refuse || c.Value == nil || c.Kind == "malformed" || c.Kind == "repeated-reference" {
		t.stray = !r.drop(ctx, t) // it should not be there, or nobody can say what it should be
		return nil
	}
	ok := r.states.echo(res.create, report.ValueChanged, one, c.Value, t.value, res.created())
	r.scope.sameScope(res.create, t.value, one)
	r.people.sameEmails(res.create, t.value, one)
	r.madeNow(res, t.value, a)
	r.readBack(ctx, t, ok, c.Value)
	if n := len(r.things.alive(res)); n <= 3 || n%5 == 0 {
		r.lists.list(ctx, res)
	}
	return t
}

// readBack reads a thing on its own, and holds it against what was told of it and, if
// that was true, against what was sent.
func (r *creation) readBack(ctx context.Context, t *instance, told bool, sent any) {
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
	r.scope.sameScope(res.get, got, one)
	if told && sent != nil && !r.states.echo(res.get, report.ValueChanged, one, sent, got, res.got(), t.made) {
		return
	}
	if r.states.sameState(report.ValueChanged, "differs from what create answered", t, got, res.created(), res.got(), one, t.made) {
		r.states.sameVersion(t, a, t.made)
	}
	t.value, t.version = got, a.Head.Get("ETag")
}

// settleID finds out, with the first thing that is made, which of its members the path of one
// thing takes: the spec has names for them, and no more.
func (r *creation) settleID(ctx context.Context, res *resource, object any) {
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
func (r *creation) madeNow(res *resource, value any, a *wire.Answer) {
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

// twice creates the same thing again. Whether that may be is not the spec's to say;
// that it must be answered is.
func (r *creation) twice(ctx context.Context, res *resource) {
	c, ok := r.createFull(ctx, res, cases.Text{})
	if !ok {
		return
	}
	c.What, c.Kind, c.Want = "the same valid request again", "repeated", cases.Either
	r.create(ctx, res, c)
}

// createFull creates a thing with everything that it may have, its texts of a kind, and returns
// what was sent. It is not ok if that could not be made, or was refused.
func (r *creation) createFull(ctx context.Context, res *resource, kind cases.Text) (c cases.Case, ok bool) {
	r.gen.Text = kind
	made, err := r.gen.Value(res.create.Body, "", cases.Full)
	r.gen.Text = cases.Text{}
	if err != nil {
		return cases.Case{}, false
	}
	c = cases.NewCase("a valid request", "valid", cases.Taken, made)
	return c, r.create(ctx, res, c) != nil
}
