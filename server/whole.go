package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"

	"attributed/openapi/sample"
	"attributed/server/rest"
	"attributed/store"
)

// mountRest routes the operations of a whole spec that are not ours. It returns an error if one of them is
// where we serve something without a token.
func (s *Server) mountRest(e *echo.Echo) error {
	if s.rest == nil {
		return nil
	}
	public := s.public()
	for _, hosted := range s.rest.Operations {
		route := hosted.Route
		op := operationAt(route)
		if public[route.Path] != nil {
			return fmt.Errorf("%s: this server answers there itself", route.Path)
		}
		if route.Method == http.MethodGet {
			getAndHead{e}.GET(op.path, s.answerRest(hosted, op))
		} else {
			e.Add(route.Method, op.path, s.answerRest(hosted, op))
		}
	}
	return nil
}

// answerRest answers an operation that is not ours, after the checks that ours have, but for the role: what
// that must be, the spec does not say.
func (s *Server) answerRest(hosted rest.Operation, op *operation) echo.HandlerFunc {
	compiled := sync.OnceValue(func() *operation { // when it is first called: most never are
		compiled := *op
		compiled.body = restBodyOf(hosted)
		return &compiled
	})
	return func(c echo.Context) error {
		if _, err := s.identify(c, (*store.Store).Authenticate); err != nil {
			return err
		}
		checkedAs := op
		if sendsJSON(hosted, c.Request()) {
			checkedAs = compiled()
		}
		sent := keepBody(c, s.rest.How == rest.Proxy && checkedAs.body != nil, s.maxBody)
		return s.letIn(checkedAs, c, func(checked) error {
			switch s.rest.How {
			case rest.Mock:
				return s.answerMocked(hosted, c)
			case rest.Proxy:
				return s.rest.Upstream.Pass(c.Response(), sent(c.Request()), s.log)
			}
			return notImplemented(hosted, nil)
		})
	}
}

// keepBody returns what makes a request again of one whose body was read to be checked: with the same bytes. A
// body that is not checked is bounded, and passes as it comes.
func keepBody(c echo.Context, isChecked bool, limit int64) func(*http.Request) *http.Request {
	received := c.Request()
	if !isChecked {
		return func(r *http.Request) *http.Request {
			again := r.WithContext(r.Context())
			again.Body = http.MaxBytesReader(connectionOf(c.Response().Writer), r.Body, limit)
			return again
		}
	}
	var read bytes.Buffer
	kept := received.WithContext(received.Context())
	kept.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(received.Body, &read), received.Body}
	c.SetRequest(kept)
	return func(r *http.Request) *http.Request {
		again := r.WithContext(r.Context())
		again.Body, again.ContentLength, again.TransferEncoding = io.NopCloser(&read), int64(read.Len()), nil
		return again
	}
}

// answerMocked answers with what is made up from the spec.
func (s *Server) answerMocked(hosted rest.Operation, c echo.Context) error {
	made, err := s.rest.Mock(hosted, c.Request(), pathOf(c))
	if unmade, ok := errors.AsType[*sample.Unmade](err); ok {
		return notImplemented(hosted, unmade)
	} else if err != nil {
		return err
	}
	c.Response().Header().Del(echo.HeaderContentType) // of what has no body
	maps.Copy(c.Response().Header(), made.Header)
	c.Response().WriteHeader(made.Status)
	if _, err := c.Response().Write(made.Body); err != nil {
		return fmt.Errorf("%w: %w", errNotWritten, err)
	}
	return nil
}

// restBodyOf is the shape of a JSON body, nil where the operation takes none.
func restBodyOf(hosted rest.Operation) *shape {
	if body := hosted.Route.Operation.RequestBody; body != nil && body.Value != nil {
		if media := body.Value.Content["application/json"]; media != nil && media.Schema != nil {
			return shapeOf(media.Schema.Value)
		}
	}
	return nil
}

// sendsJSON reports whether a request's body is to be checked: not where it has none and need not have one,
// or is of another media type that the operation takes, of which nothing is read.
func sendsJSON(hosted rest.Operation, r *http.Request) bool {
	body := hosted.Route.Operation.RequestBody
	if body == nil || body.Value == nil {
		return false
	}
	if !body.Value.Required && r.ContentLength == 0 {
		return false
	}
	return len(body.Value.Content) == 1 || isJSON(r.Header.Values("Content-Type"))
}
