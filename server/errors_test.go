package server

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"attributed/store"
)

func TestAnswerTo(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want answer // its data apart
	}{
		{"no use of a token", &store.Error{Kind: store.Unauthenticated, Message: "x"}, answer{401, "AuthorizationError", "Failed to authorize user", nil, 0, ""}},
		{"not an admin", errForbidden, answer{403, "ForbiddenError", "You don't have access to this resource or action", nil, 0, ""}},
		{"not there", &store.Error{Kind: store.NotFound, Message: "It is not there."}, answer{404, "NotFoundError", "It is not there.", nil, 0, ""}},
		{"no such path", echo.ErrNotFound, answer{404, "NotFoundError", "There is nothing at this path.", nil, 0, ""}},
		{"no such method", echo.ErrMethodNotAllowed, answer{405, "MethodNotAllowedError", "This path does not take this method; see the Allow header.", nil, 0, ""}},
		{"conflict", &store.Error{Kind: store.Conflict, Message: "It is taken."}, answer{409, "AlreadyExistsError", "It is taken.", nil, 0, ""}},
		{"another version", &store.Error{Kind: store.Stale, Message: "It has changed."}, answer{412, "PreconditionFailedError", "It has changed.", nil, 0, ""}},
		{"too large", tooLarge(2048), answer{413, "PayloadTooLargeError", "The request body must have at most 2.0 KiB (2,048 bytes).", nil, 0, ""}},
		{"content type", errContentType, answer{415, "UnsupportedMediaTypeError", "The Content-Type must be application/json, in UTF-8.", nil, 0, ""}},
		{"content encoding", errContentEncoding, answer{415, "UnsupportedMediaTypeError", "The Content-Encoding must be gzip or identity, or absent.", nil, 0, ""}},
		{"not read", errNotRead, answer{400, "ParameterError", "The request body could not be read to its end.", nil, 0, ""}},
		{"not unzipped", errNotUnzipped, answer{400, "ParameterError", "The request body is not the gzip that its Content-Encoding promises.", nil, 0, ""}},
		{"a query that cannot be read", errQuery, answer{400, "ParameterError", "The query of the URL is not percent-encoded as it must be.", nil, 0, ""}},
		{"not JSON", notJSON("is empty"), answer{400, "ParameterError", "The request body is empty.", nil, 0, ""}},
		{"a parameter that the generated code refuses", echo.NewHTTPError(400, "Invalid format for parameter x: secret"), answer{400, "ParameterError", "A parameter of the request cannot be read.", nil, 0, ""}},
		{"a fault", unprocessable([]fault{{"body.name", "is missing"}}), answer{422, "ValidateError", "body.name is missing.", nil, 0, ""}},
		{"a value that Go's types cannot hold", unbindable(), answer{422, "ValidateError", "body has a value that is out of range.", nil, 0, ""}},
		{"unknown references", &store.Error{Kind: store.UnknownReference, Users: []int{2}, Groups: []int{0}}, answer{422, "ValidateError",
			"body.groups[0].groupUuid is not a group of this organization. body.users[2].userUuid is not a user of this organization.", nil, 0, ""}},
		{"unknown references without any", &store.Error{Kind: store.UnknownReference}, errUnexpected},
		{"no database", &store.Error{Kind: store.Unavailable, Message: "Its disk is full."}, answer{503, "ServiceUnavailableError", "Its disk is full.", nil, time.Second, ""}},
		{"time is up", fmt.Errorf("create: %w", context.DeadlineExceeded), errUnavailable},
		{"client gone", fmt.Errorf("create: %w", context.Canceled), errUnavailable},
		{"what only an operator can do", &store.Error{Kind: store.Invalid, Message: "x"}, errUnexpected},
		{"a kind of tomorrow", &store.Error{Kind: "new", Message: "x"}, errUnexpected},
		{"an HTTP error of tomorrow", echo.NewHTTPError(418, "x"), errUnexpected},
		{"past the guard", errUnchecked, errUnexpected},
		{"a bug", errors.New("pq: secret"), answer{500, "UnexpectedServerError", "Something went wrong.", nil, 0, ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, err := range []error{tt.err, fmt.Errorf("wrapped: %w", tt.err)} {
				got := answerTo(err)
				if got.status != tt.want.status || got.name != tt.want.name || got.message != tt.want.message {
					t.Errorf("%d %s %q, want %d %s %q", got.status, got.name, got.message, tt.want.status, tt.want.name, tt.want.message)
				}
			}
		})
	}
}

func TestNaturalOrder(t *testing.T) {
	ordered := []string{"body", "body.a", "body.users[2]", "body.users[2].value", "body.users[10]", "body.users[010]", "body.users[100]", "query.page"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := compareNatural(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("compareNatural(%q, %q) = %d", a, b, got)
			}
		}
	}
}
