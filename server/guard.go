package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/oapi-codegen/runtime"

	"attributed/gen"
	"attributed/store"
)

// guard stands before one operation. It is the order of the checks: the first
// that fails answers, and nothing is read from the body of a stranger.
func (s *Server) guard(op *operation) echo.MiddlewareFunc {
	as := authentication((*store.Store).Authenticate)
	if op.route.Method == http.MethodGet { // which changes nothing
		as = (*store.Store).AuthenticateRead
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			caller, err := s.identify(c, as)
			if err != nil {
				return err
			}
			if err := authorize(caller); err != nil {
				return err
			}
			return s.letIn(op, c, func(request checked) error {
				c.Set(checkedKey, request)

				received := c.Request()
				ctx := context.WithValue(received.Context(), callerKey{}, caller)
				ctx = store.WithOrigin(ctx, store.Origin{UserUUID: caller.UserUUID, Operation: op.route.Operation.OperationID, RequestID: requestID(c)})
				ctx = s.withPosition(ctx, c, caller)
				ctx, cancel := context.WithTimeout(ctx, s.timeout)
				defer cancel()
				c.SetRequest(received.WithContext(ctx))
				defer c.SetRequest(received) // whose context tells of the client alone
				return next(c)
			})
		}
	}
}

// identify returns who sends the request, and leaves that for the log.
func (s *Server) identify(c echo.Context, as authentication) (store.Caller, error) {
	caller, err := s.authenticate(c, as)
	if err == nil {
		c.Set(whoKey, caller)
	}
	return caller, err
}

// letIn calls next with what the request brings to op, once there is nothing wrong with it.
func (s *Server) letIn(op *operation, c echo.Context, next func(checked) error) error {
	var held *holding
	if op.body != nil {
		held = s.bodies.hold(func() { endReading(c) })
		defer held.release()
	}
	request, err := s.check(op, c, held)
	if err != nil {
		return err
	}
	return next(request)
}

// check returns what the request brings to op, or all that is wrong with the request.
// The body's memory is held until the request is answered.
func (s *Server) check(op *operation, c echo.Context, held *holding) (checked, error) {
	var f faults
	header := c.Request().Header
	joinConditions(header)
	if err := op.checkParameters(c, &f); err != nil {
		return checked{}, err
	}
	if op.body == nil {
		return checked{nil, requestOf(header, nil)}, f.err()
	}
	data, err := readBody(connectionOf(c.Response().Writer), c.Request(), s.maxBody, held)
	if err != nil {
		return checked{}, err
	}
	held.whole()
	if err := held.grow(c.Request().Context(), int64(len(data))*decodedCost); err != nil {
		return checked{}, err
	}
	body, err := decode(data, op.body, &f)
	if err != nil {
		return checked{}, err
	}
	op.body.check(body, &f)
	op.rules.check(body, &f)
	return checked{body, requestOf(header, data)}, f.err()
}

// Keys of what the guard leaves on Echo's context.
const (
	whoKey     = "who"    // the caller, a store.Caller, for the log
	reasonKey  = "reason" // why there is none, a string, for the log
	checkedKey = "checked"
)

// checked marks a request that its operation's guard has let through. Without
// the mark nothing gets further, whatever route it came by.
type checked struct {
	body any
	hash [sha256.Size]byte // of the request, where it has an idempotency key
}

var errUnchecked = errors.New("an operation was reached past its guard")

// onlyChecked refuses what no guard has let through, so that an operation
// without one is closed.
func onlyChecked(next gen.StrictHandlerFunc, _ string) gen.StrictHandlerFunc {
	return func(c echo.Context, request any) (any, error) {
		if _, ok := c.Get(checkedKey).(checked); !ok {
			return nil, errUnchecked
		}
		return next(c, request)
	}
}

// checkedBinder gives the generated code the very value that was checked, where
// Echo's own would decode the body a second time, by other rules: encoding/json
// matches the names of members in any case.
type checkedBinder struct{}

func (checkedBinder) Bind(into any, c echo.Context) error {
	request, ok := c.Get(checkedKey).(checked)
	if !ok {
		return errUnchecked
	}
	if err := runtime.BindJSONValue(request.body, into); err != nil {
		return unbindable()
	}
	return nil
}
