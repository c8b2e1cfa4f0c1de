package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/labstack/echo/v4"

	"attributed/gen"
	"attributed/openapi/sample"
	"attributed/server/rest"
	"attributed/store"
)

// answer is what a client is told of an error. It is an error itself, so that
// checks can return one; all answers to errors are in this file.
type answer struct {
	status  int
	name    string // error.name in the spec: clients match on it, so it never changes
	message string
	data    map[string]explanation // by place; nil when there is nothing to say

	retryAfter time.Duration // told in whole seconds; 0 tells nothing
	limit      string        // that it is given for, for the metrics; "" is none
}

type explanation struct {
	Message string `json:"message"`
}

func (a answer) Error() string { return a.message }

var (
	errUnauthenticated  = answer{status: http.StatusUnauthorized, name: "AuthorizationError", message: "Failed to authorize user"}
	errForbidden        = answer{status: http.StatusForbidden, name: "ForbiddenError", message: "You don't have access to this resource or action"}
	errNotFound         = answer{status: http.StatusNotFound, name: "NotFoundError", message: "There is nothing at this path."}
	errMethodNotAllowed = answer{status: http.StatusMethodNotAllowed, name: "MethodNotAllowedError", message: "This path does not take this method; see the Allow header."}
	errContentType      = answer{status: http.StatusUnsupportedMediaType, name: "UnsupportedMediaTypeError", message: "The Content-Type must be application/json, in UTF-8."}
	errContentEncoding  = answer{status: http.StatusUnsupportedMediaType, name: "UnsupportedMediaTypeError", message: "The Content-Encoding must be gzip or identity, or absent."}
	errParameter        = answer{status: http.StatusBadRequest, name: "ParameterError", message: "A parameter of the request cannot be read."}
	errQuery            = answer{status: http.StatusBadRequest, name: "ParameterError", message: "The query of the URL is not percent-encoded as it must be."}
	errTwoLengths       = answer{status: http.StatusBadRequest, name: "ParameterError", message: "The request must not have both a Transfer-Encoding and a Content-Length."}
	errNotRead          = answer{status: http.StatusBadRequest, name: "ParameterError", message: "The request body could not be read to its end."}
	errNotUnzipped      = answer{status: http.StatusBadRequest, name: "ParameterError", message: "The request body is not the gzip that its Content-Encoding promises."}
	errUnavailable      = answer{status: http.StatusServiceUnavailable, name: "ServiceUnavailableError", message: "The database did not answer in time; try again in a moment.", retryAfter: time.Second}
	errStopping         = answer{status: http.StatusServiceUnavailable, name: "ServiceUnavailableError", message: "This server is about to stop; send requests to another.", retryAfter: time.Second}
	errBusy             = answer{status: http.StatusServiceUnavailable, name: "ServiceUnavailableError", message: "The server holds as many request bodies as it may; try again in a moment.", retryAfter: time.Second, limit: limitBodyMemory}
	errNoKeys           = answer{status: http.StatusNotImplemented, name: "NotImplementedError", message: "This server takes no Idempotency-Key: there is no room in its database for what it answered. Send the request without it."}
	errBadGateway       = answer{status: http.StatusBadGateway, name: "BadGatewayError", message: "The Lightdash behind this server did not answer; try again in a moment."}
	errManyLists        = answer{status: http.StatusServiceUnavailable, name: "ServiceUnavailableError", message: "The server sends as many long lists as it may; try again in a moment.", retryAfter: time.Second, limit: limitLists}
	errUnexpected       = answer{status: http.StatusInternalServerError, name: "UnexpectedServerError", message: "Something went wrong."}
)

// notJSON answers a body that cannot be decoded; problem says why and where.
func notJSON(problem string) answer {
	return answer{status: http.StatusBadRequest, name: "ParameterError", message: "The request body " + problem + "."}
}

func tooLarge(limit int64) answer {
	return answer{
		status:  http.StatusRequestEntityTooLarge,
		name:    "PayloadTooLargeError",
		message: fmt.Sprintf("The request body must have at most %s (%s bytes).", humanize.IBytes(uint64(limit)), humanize.Comma(limit)),
	}
}

// notImplemented answers a call of an operation that is not ours, and has no mock: whyNot says what
// in the spec is in its way, nil where none was asked for.
func notImplemented(op rest.Operation, whyNot *sample.Unmade) answer {
	message := fmt.Sprintf("This server does not implement %s (%s %s).", op.ID, op.Route.Method, op.Route.Path)
	if whyNot != nil {
		message = strings.TrimSuffix(message, ".") + ", and no answer can be made up from the spec: " + whyNot.Error() + "."
	}
	return answer{status: http.StatusNotImplemented, name: "NotImplementedError", message: message}
}

// tooMany answers a client that asks more often than a limit lets it, and may again after some time.
func tooMany(limit, message string, after time.Duration) answer {
	return answer{status: http.StatusTooManyRequests, name: "TooManyRequestsError", message: message, retryAfter: after, limit: limit}
}

// unprocessable answers a request with these faults, at least one, in order.
func unprocessable(list []fault) answer {
	const summed = 3
	a := answer{status: http.StatusUnprocessableEntity, name: "ValidateError", data: map[string]explanation{}}
	var sentences []string
	for i, f := range list {
		a.data[f.place] = explanation{f.message}
		if i < summed {
			sentences = append(sentences, f.place+" "+f.message+".")
		}
	}
	switch more := len(list) - summed; {
	case len(list) >= maxFaults:
		sentences = append(sentences, fmt.Sprintf("At least %d more places are at fault.", more))
	case more == 1:
		sentences = append(sentences, "1 more place is at fault.")
	case more > 1:
		sentences = append(sentences, fmt.Sprintf("%d more places are at fault.", more))
	}
	a.message = strings.Join(sentences, " ")
	return a
}

// unbindable answers a body that the schema accepts and Go's types cannot hold,
// such as a whole number of thirty digits.
func unbindable() answer {
	return unprocessable([]fault{{"body", "has a value that is out of range"}})
}

// unknownReferences answers a body that names users or groups that are not the
// organization's, whether they are another's or nobody's.
func unknownReferences(e *store.Error) error {
	var f faults
	for _, i := range e.Users {
		f.add(userIdentity.place(i), "is not a user of this organization")
	}
	for _, i := range e.Groups {
		f.add(groupIdentity.place(i), "is not a group of this organization")
	}
	return f.err()
}

// isUnauthenticated reports whether a token was looked up and is of no use.
func isUnauthenticated(err error) bool {
	e, ok := errors.AsType[*store.Error](err)
	return ok && e.Kind == store.Unauthenticated
}

// answerTo chooses the answer to err. What nobody gave a kind is ours to fix:
// the client gets a fixed sentence, and fail logs the rest.
func answerTo(err error) answer {
	if a, ok := errors.AsType[answer](err); ok {
		return a
	}
	if e, ok := errors.AsType[*store.Error](err); ok {
		return answerToStore(e)
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok {
		switch e.Code {
		case http.StatusNotFound:
			return errNotFound
		case http.StatusMethodNotAllowed:
			return errMethodNotAllowed
		case http.StatusBadRequest: // the generated code, of a parameter
			return errParameter
		}
	}
	if _, ok := errors.AsType[*rest.UnansweredError](err); ok && !errors.Is(err, context.Canceled) {
		if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return tooLarge(large.Limit)
		}
		return errBadGateway
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errUnavailable
	}
	return errUnexpected
}

func answerToStore(e *store.Error) answer {
	switch e.Kind {
	case store.Unauthenticated:
		return errUnauthenticated
	case store.NotFound:
		return answer{status: http.StatusNotFound, name: "NotFoundError", message: e.Message}
	case store.Conflict:
		return answer{status: http.StatusConflict, name: "AlreadyExistsError", message: e.Message}
	case store.Stale:
		return answer{status: http.StatusPreconditionFailed, name: "PreconditionFailedError", message: e.Message}
	case store.Reused:
		return unprocessable([]fault{{"header." + keyHeader, "was used for another request"}})
	case store.InProgress:
		return answer{status: http.StatusConflict, name: "IdempotencyInProgressError", message: e.Message, retryAfter: time.Second}
	case store.UnknownReference:
		return answerTo(unknownReferences(e))
	case store.Unavailable:
		return answer{status: http.StatusServiceUnavailable, name: "ServiceUnavailableError", message: e.Message, retryAfter: time.Second}
	}
	return errUnexpected
}

// fail is Echo's error handler: it turns any error into an ApiErrorPayload. Once an answer has begun, only ending
// the connection tells the client that the rest will not come.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		defer panic(http.ErrAbortHandler)
	}
	if errors.Is(err, errNotWritten) {
		s.log.InfoContext(c.Request().Context(), "answer not written", "request_id", requestID(c), "error", err)
		return
	}
	a := answerTo(err)
	s.metrics.refuse(a.limit)
	if a.status >= 500 && a.status != http.StatusNotImplemented {
		s.logFailure(a, err, c)
	}
	if c.Response().Committed {
		return
	}
	header := c.Response().Header()
	if a.status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", "ApiKey")
	}
	if a.retryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(a.retryAfter.Seconds()))))
	}
	if err := c.JSON(a.status, a.payload()); err != nil {
		s.log.InfoContext(c.Request().Context(), "answer not written", "request_id", requestID(c), "error", err)
	}
}

// logFailure tells a bug from an outage, and from a stop.
func (s *Server) logFailure(a answer, err error, c echo.Context) {
	facts := []any{"request_id", requestID(c), "route", c.Path(), "error", causeOf(err)}
	ctx := c.Request().Context()
	switch {
	case a.status != http.StatusServiceUnavailable && a.status != http.StatusBadGateway:
		s.log.ErrorContext(ctx, "request failed", facts...)
	case a.message == errStopping.message:
		s.log.InfoContext(ctx, "request failed", facts...)
	case s.outages.first(causeOf(err)):
		s.log.ErrorContext(ctx, "request failed", facts...)
	}
}

// causeOf returns what is logged of err: of a store's error the cause, where it has
// one, and not the words for the client.
func causeOf(err error) error {
	if e, ok := errors.AsType[*store.Error](err); ok {
		return cmp.Or(e.Unwrap(), err)
	}
	return err
}

// payload is the answer as the spec's ApiErrorPayload.
func (a answer) payload() gen.ApiErrorPayload {
	var data gen.AnyType = struct{}{}
	if a.data != nil {
		data = a.data
	}
	body := errorEnvelope{Status: "error"}
	body.Error.StatusCode, body.Error.Name = float32(a.status), a.name
	body.Error.Message, body.Error.Data = &a.message, &data
	return gen.ApiErrorPayload(body)
}
