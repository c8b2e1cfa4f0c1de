package contract

import (
	"context"
	"strings"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"
)

// sample is a good call of an operation, on a thing that the check made where it is
// about one; not ok if there is none.
func (r *run) sample(op *operation) (one call, t *thing, ok bool) {
	values := map[string]string{}
	for _, res := range r.resources {
		own := res.param != "" && strings.Contains(op.route.Path, "{"+res.param+"}")
		if !own || t != nil {
			continue
		}
		for _, made := range r.things {
			if made.of.param == res.param && !made.removed {
				t, values = made, made.values()
				break
			}
		}
		if t == nil {
			return call{}, nil, false
		}
	}
	if t == nil && op.method() != "GET" && len(op.params) > 0 {
		return call{}, nil, false // what it would change is not the check's own
	}
	if one, ok = r.call(op, values); !ok {
		return call{}, nil, false
	}
	if op.body != nil {
		made, err := r.gen.value(op.body, "", full)
		if err != nil {
			return call{}, nil, false
		}
		one = withCase(one, newBody("a valid request", "valid", taken, made))
	}
	return one, t, true
}

// withoutToken sends a good request without a good token. Where the spec asks for no
// token it may be answered or not, but as the spec says.
func (r *run) withoutToken(ctx context.Context, op *operation) {
	if r.cfg.Token == "" {
		return
	}
	for _, as := range []struct {
		what string
		credential
	}{
		{"a request with no token", credential{}},
		{"a request with an unknown token", credential{token: unknownLike(r.cfg.Token), name: "UNKNOWN_TOKEN"}},
	} {
		one, t, ok := r.sample(op)
		if !ok {
			return
		}
		one.as, one.what, one.kind = as.credential, as.what, "token"
		want := denied
		if !op.secured {
			want = either
		}
		r.sendAs(ctx, one, t, want)
	}
}

// sendAs sends a call of somebody who must not be let in, and looks whether it did
// anything. What it made is removed.
func (r *run) sendAs(ctx context.Context, one call, t *thing, want expectation) {
	a, value := r.send(ctx, one, want)
	switch {
	case a.err != nil:
	case a.ok():
		r.takeBack(ctx, one.op, t, value)
	case t != nil && one.op.method() != "GET":
		r.unchanged(ctx, t, one)
	case t == nil && one.body != nil:
		for _, res := range r.resources {
			if res.create == one.op {
				r.list(ctx, res)
			}
		}
	}
}

// takeBack undoes what a call did that should have done nothing.
func (r *run) takeBack(ctx context.Context, op *operation, t *thing, value any) {
	if t != nil {
		if op == t.of.remove {
			t.removed = true
			return
		}
		r.refresh(ctx, t, nil)
		return
	}
	for _, res := range r.resources {
		if id := idIn(dig(value, res.createdAt), res.idName); res.create == op && id != "" {
			r.drop(ctx, &thing{of: res, id: id})
		}
	}
}

// almostToken tries what is nearly the token, at one operation.
func (r *run) almostToken(ctx context.Context) {
	token := r.cfg.Token
	if len(token) < 8 {
		return
	}
	for _, op := range r.operations {
		if !op.selected || !op.secured || op.method() != "GET" {
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
			{"a request with a token whose letters are in the other case", strings.Map(otherCase, token)},
		} {
			if as.token == token {
				continue // it has no letters
			}
			one.as, one.what, one.kind = credential{token: as.token, name: "ALMOST_TOKEN"}, as.what, "token"
			r.send(ctx, one, denied)
		}
		r.otherScheme(ctx, one)
		return
	}
}

// otherScheme sends the good token under the name of another scheme (RFC 9110, 11.4),
// where the scheme is a part of what is to be sent.
func (r *run) otherScheme(ctx context.Context, one call) {
	in, _, value := one.op.tokenPlace(r.cfg.Token)
	if in != openapi3.ParameterInHeader || value == r.cfg.Token {
		return
	}
	one.as = r.good
	one.as.scheme = "Unknown"
	one.what, one.kind = "a request with a good token of another scheme", "token"
	r.send(ctx, one, denied)
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
func (r *run) asOther(ctx context.Context, res *resource) {
	them := credential{token: r.cfg.OtherToken, name: "OTHER_TOKEN"}
	t := r.some(res, 0)
	if t == nil {
		return
	}
	if res.list != nil {
		if one, ok := r.call(res.list, nil); ok {
			one.as, one.what = them, "a valid request of another organization"
			_, value := r.sendOther(ctx, one)
			all, _ := dig(value, res.listAt).([]any)
			for _, element := range all {
				if id := idIn(element, res.idName); r.thing(res, id) != nil {
					r.find(problem{class: ForeignData, key: "list", fault: "shows another organization what is not its own", expected: "none of it", got: excerpt(element), place: res.list.place}, one, t.made)
				}
			}
		}
	}
	for _, op := range []*operation{res.get, res.update, res.remove} {
		if op == nil {
			continue
		}
		one, ok := r.call(op, t.values())
		if made, err := r.bodyFor(op); err == nil && ok {
			one.body, one.contentType = made.raw, made.contentType
			one.as, one.kind = them, "other organization"
			one.what = map[bool]string{true: "read what is not its own", false: "change what is not its own"}[op == res.get]
			r.sendAs(ctx, one, t, foreign)
		}
	}
}

func (r *run) sendOther(ctx context.Context, one call) (*answer, any) {
	a := r.client.send(ctx, one)
	value, _ := decodeJSON(a.body)
	return a, value
}

// bodyFor is a good body for an operation, none if it takes none.
func (r *run) bodyFor(op *operation) (bodyCase, error) {
	if op.body == nil {
		return bodyCase{}, nil
	}
	made, err := r.gen.value(op.body, "", full)
	return newBody("", "", taken, made), err
}
