package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"attributed/store"
)

// authentication is how the store is asked who is behind a token.
type authentication func(*store.Store, context.Context, string) (store.Caller, error)

// authenticate returns who sends the request. All that is wrong with a token gets
// the same answer: why it is of no use is nobody else's business.
func (s *Server) authenticate(c echo.Context, as authentication) (caller store.Caller, err error) {
	token, problem := tokenOf(c.Request().Header)
	if problem != "" {
		c.Set(reasonKey, problem)
		return store.Caller{}, errUnauthenticated
	}
	done, err := s.limits.admit(c.RealIP(), token)
	if err != nil {
		return store.Caller{}, err
	}
	err = errUnexpected // until it is known
	defer func() { done(err) }()
	ctx, cancel := context.WithTimeout(c.Request().Context(), s.timeout)
	defer cancel()
	caller, err = as(s.store, ctx, token)
	if isUnauthenticated(err) {
		c.Set(reasonKey, causeOf(err).Error())
	}
	return caller, err
}

// tokenOf takes the token from the one Authorization header. Of two it is not
// clear which one a proxy in front has looked at, so neither counts. Where there is none
// it says why.
func tokenOf(h http.Header) (token, problem string) {
	values := h.Values("Authorization")
	switch {
	case len(values) == 0:
		return "", "there is no Authorization header"
	case len(values) > 1:
		return "", "there are several Authorization headers"
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.Trim(token, " ")
	switch {
	case !strings.EqualFold(scheme, "ApiKey"):
		return "", "the Authorization header has another scheme than ApiKey"
	case token == "":
		return "", "the Authorization header has no token"
	}
	return token, ""
}

// authorize lets admins pass: who may write a user attribute decides who sees
// which rows.
func authorize(caller store.Caller) error {
	if caller.Role != "admin" {
		return errForbidden
	}
	return nil
}

type callerKey struct{}

// organizationOf returns the organization that a request is bound to: the caller's.
func organizationOf(ctx context.Context) store.Organization {
	caller, _ := ctx.Value(callerKey{}).(store.Caller)
	return caller.Organization
}
