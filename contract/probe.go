package contract

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
)

// probe sends the first requests: whether there is a server that can be tested, and
// under which of the base paths that may be meant.
func (r *run) probe(ctx context.Context) error {
	address, bases := r.cfg.URL, basePaths(r.cfg.BasePath, r.cfg.Spec)
	best, answers := 0, []*answer(nil)
	for i, base := range bases {
		r.at(address + base)
		got, err := r.first(ctx)
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
	r.client.forget()
	r.at(address + bases[best])
	if err := r.read(answers, address, bases); err != nil {
		return err
	}
	if best > 0 {
		r.notes = append(r.notes, fmt.Sprintf("checked at %s, where the server answers; at %s, as the spec's servers have it, it does not (--base-path says which is meant)", address+bases[best], address+bases[0]))
	}
	return nil
}

// at sets where the spec's paths begin.
func (r *run) at(url string) { r.cfg.URL, r.client.base = url, url }

func orRoot(base string) string {
	if base == "" {
		return "/"
	}
	return base
}

// first sends the first requests to one address.
func (r *run) first(ctx context.Context) ([]*answer, error) {
	var answers []*answer
	for _, op := range r.probes() {
		one, ok := r.call(op, nil)
		if !ok {
			one, _ = r.call(op, r.nowhere(op))
		}
		if op.body != nil {
			one.body, one.contentType = []byte("{}"), sendable(op.mediaKey) // refused, or a thing of no content
			if op.method() != http.MethodGet {
				one.body = []byte("[")
			}
		}
		a := r.client.send(ctx, one)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case a.err != nil && len(answers) == 0:
			return nil, untestable("%s does not answer: %v", r.cfg.URL, a.err)
		case r.client.throttled:
			return nil, untestable("%s limits the rate of requests (429), and asks to wait too long", r.cfg.URL)
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// whole is what an answer counts that only one who knows the operation gives. One that
// wants a token first counts half: it may come before any look at the path.
const whole = 2

// known tells how well the operations are known, by the answers to them.
func known(answers []*answer) (n int) {
	for _, a := range answers {
		switch {
		case a.err != nil, isUnknown(a), isRedirect(a), isPage(a):
		case isClosed(a):
			n++
		default:
			n += whole
		}
	}
	return n
}

func isUnknown(a *answer) bool {
	return a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed
}

func isRedirect(a *answer) bool { return a.status >= 300 && a.status < 400 }

func isClosed(a *answer) bool {
	return a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
}

// read tells what is wrong with a server all of whose first answers are of no use.
// Those were the best of what came under each of bases.
func (r *run) read(answers []*answer, address string, bases []string) error {
	all := func(test func(a *answer) bool) bool {
		return !slices.ContainsFunc(answers, func(a *answer) bool { return !test(a) })
	}
	first := answers[0]
	switch {
	case all(isClosed):
		if r.cfg.Token == "" {
			return untestable("%s wants a token (%s): give one that may call the operations", r.cfg.URL, statusText(first.status))
		}
		return untestable("%s refuses the token (%s): give one that may call the operations", r.cfg.URL, statusText(first.status))
	case all(isRedirect):
		return untestable("%s redirects to %q, which is not followed: give the address itself", r.cfg.URL, first.head.Get("Location"))
	case all(isPage):
		return untestable("%s answers web pages, not JSON (%s, %s): is it the address of the API?", r.cfg.URL, statusText(first.status), first.head.Get("Content-Type"))
	case all(isUnknown):
		return untestable("%s knows none of the operations (%s)%s: is it the address of the API? Where its paths begin elsewhere, say so with --base-path", address, statusText(first.status), tried(bases))
	}
	return nil
}

// tried tells of the base paths under which a server was looked for.
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
func (r *run) probes() []*operation {
	var found []*operation
	for _, wanted := range []func(*operation) bool{
		func(op *operation) bool { return op.method() == http.MethodGet && len(op.params) == 0 },
		func(op *operation) bool { return op.body != nil },
		func(op *operation) bool { return true },
	} {
		for _, op := range r.operations {
			if op.selected && wanted(op) && len(found) < 4 {
				found = append(found, op)
			}
		}
		if len(found) > 0 {
			break
		}
	}
	return found
}

// nowhere are values of an operation's path parameters that name nothing.
func (r *run) nowhere(op *operation) map[string]string {
	rng := rand.New(rand.NewPCG(r.cfg.Seed, 1))
	values := map[string]string{}
	for _, name := range op.params {
		values[name] = (&generator{rand: rng}).uuid()
	}
	return values
}
