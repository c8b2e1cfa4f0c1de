package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"attributed/store"
)

const keyHeader = "Idempotency-Key"

// takesKey reports whether a call of op may come with an idempotency key: whether the spec has
// that parameter.
func (op *operation) takesKey() bool {
	return slices.ContainsFunc(op.parameters, func(p *openapi3.ParameterRef) bool {
		return p.Value.In == openapi3.ParameterInHeader && p.Value.Name == keyHeader
	})
}

// requestOf is a hash of what a request with an idempotency key asks for beside its path: two of
// one key that differ in it are not the same call. Others have none, and pay for none.
func requestOf(h http.Header, body []byte) (hash [sha256.Size]byte) {
	if h.Get(keyHeader) == "" {
		return hash
	}
	condition := h.Get("If-Match")
	return sha256.Sum256(fmt.Appendf(nil, "%d %s%s", len(condition), condition, body))
}

// once carries out a call that has an idempotency key, or answers it as it was answered when
// it came before. A refused call leaves nothing behind, and so may come again.
func (s *Server) once(op *operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			key := c.Request().Header.Get(keyHeader)
			if key == "" {
				return next(c)
			}
			ctx := c.Request().Context()
			caller, _ := ctx.Value(callerKey{}).(store.Caller)
			request, _ := c.Get(checkedKey).(checked)
			call := store.Call{Operation: op.route.Operation.OperationID, Path: c.Request().URL.EscapedPath(), Key: key, Request: request.hash}
			answer, replayed, err := s.store.Once(ctx, caller, call, func(ctx context.Context) (store.Answer, error) {
				c.SetRequest(c.Request().WithContext(ctx))
				return answerOf(c, next)
			})
			if err != nil {
				return err
			}
			header := c.Response().Header()
			if answer.ETag != "" {
				header.Set("ETag", answer.ETag)
			}
			if replayed {
				header.Set("Idempotency-Replayed", "true")
			}
			c.Response().WriteHeader(answer.Status)
			_, err = c.Response().Write(answer.Body)
			return err
		}
	}
}

// answerOf returns what next answers, which is not sent.
func answerOf(c echo.Context, next echo.HandlerFunc) (store.Answer, error) {
	response := c.Response()
	held := &unsentResponse{header: http.Header{}}
	c.SetResponse(echo.NewResponse(held, c.Echo()))
	defer c.SetResponse(response)
	if err := next(c); err != nil {
		return store.Answer{}, err
	}
	return store.Answer{Status: held.status, ETag: held.header.Get("ETag"), Body: held.body.Bytes()}, nil
}

// unsentResponse keeps an answer.
type unsentResponse struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (u *unsentResponse) Header() http.Header         { return u.header }
func (u *unsentResponse) WriteHeader(status int)      { u.status = status }
func (u *unsentResponse) Write(p []byte) (int, error) { return u.body.Write(p) }
