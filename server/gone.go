package server

import (
	"context"

	"github.com/labstack/echo/v4"
)

// answerAnyway has a request carried out to its end whatever its client does. net/http ends the
// context of a request when the client sends nothing more on the connection; but one may close its
// own side after the request, and read the answer. Who has really gone costs what the call costs,
// and no more time than a call may take.
func answerAnyway(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		received := c.Request()
		c.SetRequest(received.WithContext(context.WithoutCancel(received.Context())))
		return next(c)
	}
}
