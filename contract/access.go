package contract

import (
	"context"
	"strings"
	"unicode"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// access calls as somebody who must not be let in.
type access struct {
	*run
	states *states
	lists  *lists
}

// withoutToken sends a good request without a good token. Where the spec asks for no
// token it may be answered or not, but as the spec says.
func (r *access) withoutToken(ctx context.Context, op *spec.Operation) {
	if r.cfg.Token == "" {
		return
	}
	for _, as := range []struct {
		what string
		wire.Credential
	}{
		{"a request with no token", wire.Credential{}},
		{"a request with an unknown token", wire.Credential{Token: unknownLike(r.cfg.Token), Name: "UNKNOWN_TOKEN"}},
	} {
		one, t, ok := r.sample(op)
		if !ok {
			return
		}
		one.As, one.What, one.Kind = as.Credential, as.what, "token"
		want := cases.Denied
		if !op.Secured {
			want = cases.Either
		}
		r.sendAs(ctx, one, t, want)
	}
}

// sendAs sends a call of somebody who must not be let in, and looks whether it did
// anything. What it made is removed.
func (r *access) sendAs(ctx context.Context, one wire.Call, t *instance, want cases.Expectation) {
	a, value := r.send(ctx, one, want)
	switch {
	case a.Err != nil:
	case a.OK():
		r.takeBack(ctx, one.Op, t, value)
	case t != nil && one.Op.Method() != "GET":
		r.states.unchanged(ctx, t, one)
	case t == nil && one.Body != nil:
		for _, res := range r.resources {
			if res.create == one.Op {
				r.lists.list(ctx, res)
			}
		}
	}
}

// takeBack undoes what a call did that should have done nothing.
func (r *access) takeBack(ctx context.Context, op *spec.Operation, t *instance, value any) {
	if t != nil {
		if op == t.of.remove {
			t.removed = true
			return
		}
		r.refresh(ctx, t, nil)
		return
	}
	for _, res := range r.resources {
		if id := spec.IDIn(spec.Dig(value, res.createdAt), res.idName); res.create == op && id != "" {
			r.drop(ctx, &instance{of: res, id: id})
		}
	}
}

// almostToken tries what is nearly the token, at one operation.
func (r *access) almostToken(ctx context.Context) {
	token := r.cfg.Token
	if len(token) < 8 {
		return
	}
	for _, op := range r.operations {
		if !op.Selected || !op.Secured || op.Method() != "GET" {
			continue
		}
		one, _, ok := r.sample(op)
		if !ok {
			continue
		}
		for _, as := range []struct{ what, token string }{
			{"a request with a token without its last character", token[:len(token)-1]},
			{"a request with a token that has a character more", token + "0"},
			{"a request with a token of which one character at the end is another", lastChanged(token)},
			{"a request with an empty token", " "},
			{"a request with a token whose letters are in the other case", strings.Map(otherCase, token)},
		} {
			if as.token == token {
				continue // it has no letters
			}
			one.As, one.What, one.Kind = wire.Credential{Token: as.token, Name: "ALMOST_TOKEN"}, as.what, "token"
			r.send(ctx, one, cases.Denied)
		}
		r.otherScheme(ctx, one)
		return
	}
}

// otherScheme sends the good token under the name of another scheme (RFC 9110, 11.4), and without any,
// where the scheme is a part of what is to be sent and the spec has no other way for it.
func (r *access) otherScheme(ctx context.Context, one wire.Call) {
	scheme := one.Op.TokenPlace().Scheme
	for _, as := range []struct {
		what, scheme string
		taken        bool
	}{
		{"a request with a good token of another scheme", "Unknown", false},
		{"a request with a good token as Bearer", "Bearer", one.Op.Takes("Bearer")},
		{"a request with a good token without its scheme", wire.Bare, one.Op.Takes("")},
	} {
		if scheme == "" || scheme == as.scheme || as.taken {
			continue
		}
		one.As = r.good
		one.As.Scheme = as.scheme
		one.What, one.Kind = as.what, "token"
		r.send(ctx, one, cases.Denied)
	}
}

// otherCase is a letter in the other case.
func otherCase(c rune) rune {
	if unicode.IsUpper(c) {
		return unicode.ToLower(c)
	}
	return unicode.ToUpper(c)
}

// lastChanged is the token with another last character; of a signed one with another
// before it, since not every bit of the last says something there.
func lastChanged(token string) string {
	at := len(token) - 1
	if strings.Contains(token, ".") {
		at--
	}
	return token[:at] + strings.Map(turned, token[at:at+1]) + token[at+1:]
}

// unknownLike is a token of the form of another, that nobody has been given.
func unknownLike(token string) string {
	at := 0
	if i := strings.LastIndexAny(token, "_-."); i >= 0 && i < len(token)-1 {
		at = i + 1
	}
	if unknown := token[:at] + strings.Map(turned, token[at:]); unknown != token {
		return unknown
	}
	return token + "x"
}

// turned is another character of the same kind.
func turned(c rune) rune {
	for _, kind := range []string{"0123456789", "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} {
		if i := strings.IndexRune(kind, c); i >= 0 {
			return rune(kind[(i+1)%len(kind)])
		}
	}
	return c
}

// asOther is somebody of another organization, who must see and change nothing of what
// the check made.
func (r *access) asOther(ctx context.Context, res *resource) {
	them := wire.Credential{Token: r.cfg.OtherToken, Name: "OTHER_TOKEN"}
	t := r.things.anyOf(res, 0)
	if t == nil {
		return
	}
	if res.list != nil {
		if one, ok := r.call(res.list, nil); ok {
			one.As, one.What = them, "a valid request of another organization"
			_, value := r.sendOther(ctx, one)
			all, _ := spec.Dig(value, res.listAt).([]any)
			for _, element := range all {
				if id := spec.IDIn(element, res.idName); r.things.named(res, id) != nil {
					r.find(spec.Problem{Class: report.ForeignData, Key: "list", Fault: "shows another organization what is not its own", Expected: "none of it", Got: spec.Excerpt(element), Place: res.list.Place}, one, t.made)
				}
			}
		}
	}
	for _, op := range []*spec.Operation{res.get, res.update, res.remove} {
		if op == nil {
			continue
		}
		one, ok := r.call(op, t.values())
		if made, err := r.bodyFor(op); err == nil && ok {
			one.Body, one.ContentType = made.Raw, made.ContentType
			one.As, one.Kind = them, "other organization"
			one.What = map[bool]string{true: "read what is not its own", false: "change what is not its own"}[op == res.get]
			r.sendAs(ctx, one, t, cases.Foreign)
		}
	}
}

func (r *access) sendOther(ctx context.Context, one wire.Call) (*wire.Answer, any) {
	a := r.client.Send(ctx, one)
	value, _ := spec.DecodeJSON(a.Body)
	return a, value
}
