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
)

// isPage tells a web page.
func isPage(a *answer) bool {
	body := bytes.TrimSpace(a.body)
	return strings.HasPrefix(a.head.Get("Content-Type"), "text/html") && bytes.HasPrefix(body, []byte("<"))
}

// find records a finding about the answer to a call; before are the calls that led to
// it, of which the first may have made the thing that it is about.
func (r *run) find(p problem, one call, before ...call) {
	if !one.op.selected {
		return
	}
	r.record.add(p.key, Finding{
		Class:     p.class,
		Operation: one.op.id,
		Fault:     p.fault,
		Expected:  p.expected,
		Got:       p.got,
		Place:     p.place,
		Sent:      beyond(one.body, maxShown, len(one.body)),
		Answer:    beyond(one.answered, maxExcerpt, 1<<20),
	}, func() string { return r.shellLine(append(before, one)) })
}

// shellLine shows calls again. Of a thing that the first of them makes the others get
// the new id.
func (r *run) shellLine(calls []call) string {
	if len(calls) > 1 {
		for _, t := range r.things {
			if string(t.made.body) == string(calls[0].body) && t.made.path == calls[0].path {
				return replay(r.cfg.URL, calls, t.id, t.of.idName)
			}
		}
	}
	return replay(r.cfg.URL, calls, "", "")
}

// judge holds an answer against the spec and against what was expected. It gives the
// decoded body, with what is not as its schema says blotted out: nothing is to be concluded
// from that.
func (r *run) judge(ctx context.Context, a *answer, want expectation, before []call) any {
	if errors.Is(a.err, errDeaf) {
		return nil
	}
	if a.op.selected {
		r.record.answered(a.op.id)
	}
	find := func(p problem) {
		p.place = cmp.Or(p.place, a.place, a.op.place)
		told := a.call
		told.answered = a.body
		r.find(p, told, before...)
	}
	if a.err != nil {
		find(problem{class: a.broken, fault: "gives no whole answer to " + a.what, expected: "a whole answer", got: a.err.Error()})
		return nil
	}
	if a.status >= 500 {
		find(problem{
			class: ServerError, key: a.kind, fault: fmt.Sprintf("answers %d to %s", a.status, a.what),
			expected: r.expected(a.op, want), got: statusText(a.status) + excerptAfter(a.body),
		})
		return nil
	}
	if a.ok() && want.refuse {
		find(wronglyTaken(a, want, r.expected(a.op, want)))
		value, _ := decodeJSON(a.body)
		return value
	}
	if a.ok() && isErrorBody(a.op, a.body) {
		find(problem{class: ErrorAsSuccess, key: a.kind, fault: fmt.Sprintf("answers %s with an error's body under the status %d", a.what, a.status), expected: "a status of 400 or more", got: statusText(a.status) + excerptAfter(a.body)})
		return nil
	}
	if a.status >= 400 && !want.refuse && !want.either && !r.byRule(ctx, a) {
		class := ValidRefused
		if a.kind == "precondition" {
			class = Precondition
		}
		find(problem{class: class, key: a.kind, fault: "refuses " + a.what, expected: r.expected(a.op, want), got: statusText(a.status) + excerptAfter(a.body)})
	}
	if a.status == http.StatusUnauthorized && a.as == r.good && want.refuse {
		find(problem{class: ValidRefused, key: "token " + a.kind, fault: "refuses a good token with " + a.what, expected: "another error than 401", got: statusText(a.status)})
	}
	if media := a.op.unjudged(a.status, a.head.Get("Content-Type"), a.body); media != "" && a.op.selected {
		r.record.leave(a.op.id, media)
	}
	value, problems := a.op.problemsOf(a.status, a.head, a.body)
	if schema := a.op.promised(a.status).schemaOf(); a.ok() && schema != nil && value != nil {
		var places []string
		value, places = spare(schema, value)
		for _, place := range places {
			if a.op.selected {
				r.note("%s: %s is not as its schema says, and was not held against what is stored", a.op.id, place)
			}
		}
	}
	for _, p := range problems {
		p.fault += ", to " + a.what
		find(p)
	}
	return value
}

// wronglyTaken is the problem of an answer that says yes where it must not.
func wronglyTaken(a *answer, want expectation, expected string) problem {
	p := problem{class: want.class, key: a.kind + " " + a.what, expected: expected, got: statusText(a.status) + excerptAfter(a.body)}
	switch {
	case isErrorBody(a.op, a.body):
		p.class = ErrorAsSuccess
		p.key = a.kind
		p.fault = fmt.Sprintf("answers %s with an error's body under the status %d", a.what, a.status)
	case want.class == TokenUnchecked:
		p.key, p.fault = a.what, "answers "+a.what
	case want.class == ForeignData:
		p.key, p.fault = a.what, "lets another organization "+a.what
	default:
		p.fault = "takes " + a.what
	}
	return p
}

func (r *run) expected(op *operation, want expectation) string {
	switch {
	case want.either:
		return op.documented() + ", or 4xx"
	case want.class == TokenUnchecked && want.refuse:
		return "401"
	case want.refuse:
		return "4xx"
	}
	return op.documented()
}

// isErrorBody tells the body of an error from that of a success, where the spec has
// one for errors and the two cannot be taken for each other.
func isErrorBody(op *operation, body []byte) bool {
	failure := op.promised(http.StatusTeapot).schemaOf()
	value, err := decodeJSON(body)
	if failure == nil || err != nil {
		return false
	}
	good := op.answered()
	return accepts(failure.Value, value, openapi3.VisitAsResponse()) &&
		len(merged(failure).Required) > 0 && (good == nil || !accepts(good.Value, value, openapi3.VisitAsResponse()))
}
