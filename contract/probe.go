package contract

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"attributed/contract/spec"
	"attributed/contract/wire"
)

// probe finds out whether there is a server, and where.
type probe struct{ *calls }

// best sends the first requests: whether there is a server that can be tested, and
// under which of the base paths that may be meant.
func (r *probe) best(ctx context.Context) error {
	address, bases := r.cfg.URL, spec.BasePaths(r.cfg.BasePath, r.cfg.Spec)
	best, answers := 0, []*wire.Answer(nil)
	for i, base := range bases {
		r.at(address + base)
		got, err := r.firstAnswers(ctx)
		if err != nil {
			return err
		}
		// A tie goes to the one before: the spec's own.
		if n := known(got); answers == nil || n > known(answers) {
			best, answers = i, got
		}
		if known(answers) == len(answers)*whole {
			break
		}
	}
	r.client.Forget()
	r.at(address + bases[best])
	if err := read(r.cfg.Token, r.cfg.URL, answers, address, bases); err != nil {
		return err
	}
	if best > 0 {
		r.notes = append(r.notes, fmt.Sprintf("checked at %s, where the server answers; at %s, as the spec's servers have it, it does not (--base-path says which is meant)", address+bases[best], address+bases[0]))
	}
	return nil
}

// at sets where the spec's paths begin.
func (r *probe) at(url string) { r.cfg.URL, r.client.Base = url, url }

func orRoot(base string) string {
	if base == "" {
		return "/"
	}
	return base
}

// firstAnswers sends the first requests to one address.
func (r *probe) firstAnswers(ctx context.Context) ([]*wire.Answer, error) {
	var answers []*wire.Answer
	for _, op := range r.probes() {
		one, ok := r.call(op, nil)
		if !ok {
			one, _ = r.call(op, nowhere(r.cfg.Seed, op))
		}
		if op.Body != nil {
			one.Body, one.ContentType = []byte("{}"), spec.Sendable(op.MediaKey) // refused, or a thing of no content
			if op.Method() != http.MethodGet {
				one.Body = []byte("[")
			}
		}
		a := r.client.Send(ctx, one)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case a.Err != nil && len(answers) == 0:
			return nil, untestable("%s does not answer: %v", r.cfg.URL, a.Err)
		case r.client.Throttled:
			return nil, untestable("%s limits the rate of requests (429), and asks to wait too long", r.cfg.URL)
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// whole is what an answer counts that only one who knows the operation gives. One that
// wants a token first counts half: it may come before any look at the path.
const whole = 2

// known counts how well the operations are known, by the answers to them.
func known(answers []*wire.Answer) (n int) {
	for _, a := range answers {
		switch {
		case a.Err != nil, isUnknown(a), isRedirect(a), isPage(a):
		case isClosed(a):
			n++
		default:
			n += whole
		}
	}
	return n
}

func isUnknown(a *wire.Answer) bool {
	return a.Status == http.StatusNotFound || a.Status == http.StatusMethodNotAllowed
}

func isRedirect(a *wire.Answer) bool { return a.Status >= 300 && a.Status < 400 }

func isClosed(a *wire.Answer) bool {
	return a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden
}

// read returns what is wrong with a server all of whose first answers are of no use.
// Those were the best of what came under each of bases.
func read(token, url string, answers []*wire.Answer, address string, bases []string) error {
	all := func(test func(a *wire.Answer) bool) bool {
		return !slices.ContainsFunc(answers, func(a *wire.Answer) bool { return !test(a) })
	}
	first := answers[0]
	switch {
	case all(isClosed):
		if token == "" {
			return untestable("%s wants a token (%s): give one that may call the operations", url, spec.StatusText(first.Status))
		}
		return untestable("%s refuses the token (%s): give one that may call the operations", url, spec.StatusText(first.Status))
	case all(isRedirect):
		return untestable("%s redirects to %q, which is not followed: give the address itself", url, first.Head.Get("Location"))
	case all(isPage):
		return untestable("%s answers web pages, not JSON (%s, %s): is it the address of the API?", url, spec.StatusText(first.Status), first.Head.Get("Content-Type"))
	case all(isUnknown):
		return untestable("%s knows none of the operations (%s)%s: is it the address of the API? Where its paths begin elsewhere, say so with --base-path", address, spec.StatusText(first.Status), tried(bases))
	}
	return nil
}

// tried lists the base paths under which a server was looked for.
func tried(bases []string) string {
	var told []string
	for _, base := range bases {
		told = append(told, orRoot(base))
	}
	if len(told) == 1 && bases[0] == "" {
		return ""
	}
	return fmt.Sprintf(" under %s", strings.Join(told, " or "))
}

// probes are up to four of the operations to check, that change nothing: lists, else reads, else one
// whose body will be refused.
func (r *probe) probes() []*spec.Operation {
	var found []*spec.Operation
	for _, wanted := range []func(*spec.Operation) bool{
		func(op *spec.Operation) bool { return op.Method() == http.MethodGet && len(op.Params) == 0 },
		func(op *spec.Operation) bool { return op.Body != nil },
		func(op *spec.Operation) bool { return true },
	} {
		for _, op := range slices.Concat(r.operations, r.elsewhere) { // there may be nothing but mocks
			if op.Selected && wanted(op) && len(found) < 4 {
				found = append(found, op)
			}
		}
		if len(found) > 0 {
			break
		}
	}
	return found
}
