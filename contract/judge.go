package contract

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// beyond returns a body that is not shown whole, cut to a limit; "" where all of it is shown.
func beyond(body []byte, shown, limit int) string {
	if len(body) <= shown {
		return ""
	}
	return string(body[:min(len(body), limit)])
}

// isPage reports whether an answer is a web page.
func isPage(a *wire.Answer) bool {
	body := bytes.TrimSpace(a.Body)
	return strings.HasPrefix(a.Head.Get("Content-Type"), "text/html") && bytes.HasPrefix(body, []byte("<"))
}

// find records a finding about the answer to a call; before are the calls that led to
// it, of which the first may have made the thing that it is about.
func (r *run) find(p spec.Problem, one wire.Call, before ...wire.Call) {
	if !one.Op.Selected {
		return
	}
	r.record.Add(p.Key, report.Finding{
		Class:     p.Class,
		Operation: one.Op.ID,
		Fault:     p.Fault,
		Expected:  p.Expected,
		Got:       p.Got,
		Place:     p.Place,
		Sent:      beyond(one.Body, wire.MaxShown, len(one.Body)),
		Answer:    beyond(one.Answered, spec.MaxExcerpt, 1<<20),
	}, func() string { return r.shellLine(append(before, one)) })
}

// shellLine shows calls again. Of a thing that the first of them makes the others get
// the new id.
func (r *run) shellLine(calls []wire.Call) string {
	if len(calls) > 1 {
		for _, t := range r.things.all {
			if string(t.made.Body) == string(calls[0].Body) && t.made.Path == calls[0].Path {
				return wire.Replay(r.cfg.URL, calls, t.id, t.of.idName)
			}
		}
	}
	return wire.Replay(r.cfg.URL, calls, "", "")
}

// judge holds an answer against the spec and against what was expected. It returns the
// decoded body, with what is not as its schema says blotted out: nothing is to be concluded
// from that.
func (r *run) judge(ctx context.Context, a *wire.Answer, want cases.Expectation, before []wire.Call) any {
	if errors.Is(a.Err, wire.ErrDeaf) {
		return nil
	}
	if a.Op.Selected {
		r.record.Answered(a.Op.ID)
	}
	find := func(p spec.Problem) {
		p.Place = cmp.Or(p.Place, a.Place, a.Op.Place)
		told := a.Call
		told.Answered = a.Body
		r.find(p, told, before...)
	}
	if a.Err != nil {
		find(spec.Problem{Class: a.Broken, Fault: "gives no whole answer to " + a.What, Expected: "a whole answer", Got: a.Err.Error()})
		return nil
	}
	if a.Status >= 500 {
		find(spec.Problem{
			Class: report.ServerError, Key: a.Kind, Fault: fmt.Sprintf("answers %d to %s", a.Status, a.What),
			Expected: expected(a.Op, want), Got: spec.StatusText(a.Status) + spec.ExcerptAfter(a.Body),
		})
		return nil
	}
	if a.OK() && want.Refuse {
		find(wronglyTaken(a, want, expected(a.Op, want)))
		value, _ := spec.DecodeJSON(a.Body)
		return value
	}
	if a.OK() && isErrorBody(a.Op, a.Body) {
		find(spec.Problem{Class: report.ErrorAsSuccess, Key: a.Kind, Fault: fmt.Sprintf("answers %s with an error's body under the status %d", a.What, a.Status), Expected: "a status of 400 or more", Got: spec.StatusText(a.Status) + spec.ExcerptAfter(a.Body)})
		return nil
	}
	if a.Status >= 400 && !want.Refuse && !want.Either && !r.rules.byRule(ctx, a) {
		class := report.ValidRefused
		if a.Kind == "precondition" {
			class = report.Precondition
		}
		find(spec.Problem{Class: class, Key: a.Kind, Fault: "refuses " + a.What, Expected: expected(a.Op, want), Got: spec.StatusText(a.Status) + spec.ExcerptAfter(a.Body)})
	}
	if a.Status == http.StatusUnauthorized && a.As == r.good && want.Refuse {
		find(spec.Problem{Class: report.ValidRefused, Key: "token " + a.Kind, Fault: "refuses a good token with " + a.What, Expected: "another error than 401", Got: spec.StatusText(a.Status)})
	}
	if media := a.Op.Unjudged(a.Status, a.Head.Get("Content-Type"), a.Body); media != "" && a.Op.Selected {
		r.record.Leave(a.Op.ID, media)
	}
	value, problems := a.Op.ProblemsOf(a.Status, a.Head, a.Body)
	if schema := a.Op.Promised(a.Status).SchemaOf(); a.OK() && schema != nil && value != nil {
		var places []string
		value, places = spec.Spare(schema, value)
		for _, place := range places {
			if a.Op.Selected {
				r.note("%s: %s is not as its schema says, and was not held against what is stored", a.Op.ID, place)
			}
		}
	}
	for _, p := range problems {
		p.Fault += ", to " + a.What
		find(p)
	}
	if a.Op.Elsewhere != "" {
		return value // of which nothing is kept
	}
	if p := r.versions.problem(a, value); p != nil {
		find(*p)
	}
	if a.OK() {
		for _, p := range r.pairs.agreement(a.Op.Promised(a.Status).SchemaOf(), value) {
			find(p)
		}
	}
	return value
}

// wronglyTaken is the problem of an answer that says yes where it must not.
func wronglyTaken(a *wire.Answer, want cases.Expectation, expected string) spec.Problem {
	p := spec.Problem{Class: want.Class, Key: a.Kind + " " + a.What, Expected: expected, Got: spec.StatusText(a.Status) + spec.ExcerptAfter(a.Body)}
	switch {
	case isErrorBody(a.Op, a.Body):
		p.Class = report.ErrorAsSuccess
		p.Key = a.Kind
		p.Fault = fmt.Sprintf("answers %s with an error's body under the status %d", a.What, a.Status)
	case want.Class == report.TokenUnchecked:
		p.Key, p.Fault = a.What, "answers "+a.What
	case want.Class == report.ForeignData:
		p.Key, p.Fault = a.What, "lets another organization "+a.What
	default:
		p.Fault = "takes " + a.What
	}
	return p
}

func expected(op *spec.Operation, want cases.Expectation) string {
	switch {
	case want.Either:
		return op.Documented() + ", or 4xx"
	case want.Class == report.TokenUnchecked && want.Refuse:
		return "401"
	case want.Refuse:
		return "4xx"
	}
	return op.Documented()
}

// isErrorBody reports whether a body is that of an error and of no success, where the spec has
// one for errors and the two cannot be taken for each other.
func isErrorBody(op *spec.Operation, body []byte) bool {
	failure := op.Promised(http.StatusTeapot).SchemaOf()
	value, err := spec.DecodeJSON(body)
	if failure == nil || err != nil {
		return false
	}
	good := op.Answered()
	return spec.Accepts(failure.Value, value, openapi3.VisitAsResponse()) &&
		len(spec.Merged(failure).Required) > 0 && (good == nil || !spec.Accepts(good.Value, value, openapi3.VisitAsResponse()))
}

// send sends a call and judges the answer. It returns the decoded body, and whether the
// request was taken.
func (r *run) send(ctx context.Context, one wire.Call, want cases.Expectation, before ...wire.Call) (a *wire.Answer, value any) {
	a = r.client.Send(ctx, one)
	if ctx.Err() != nil {
		a.Err, a.Status = ctx.Err(), 0 // what was cut off by us says nothing of the server
		return a, nil
	}
	return a, r.judge(ctx, a, want, before)
}

// added sends a call that creates a thing, judges the answer, and keeps what was made; nil is
// nothing. What was made before it is not kept again.
func (r *run) added(ctx context.Context, res *resource, one wire.Call, want cases.Expectation, before ...wire.Call) (*instance, *wire.Answer) {
	one.Whole = true
	a := r.client.Send(ctx, one)
	value := spec.Dig(r.judge(ctx, a, want, before), res.createdAt)
	id := spec.IDIn(value, res.idName)
	if !a.OK() || id == "" {
		return nil, a
	}
	t := r.things.named(res, id)
	if t == nil {
		t = &instance{of: res, id: id, made: one, value: value}
		r.things.all = append(r.things.all, t)
	}
	return t, a
}
