package server

import (
	"context"

	"github.com/labstack/echo/v4"

	"attributed/store"
)

// positionHeader is where in the database's log a change is, in its answer and in the reads that are to see it.
const positionHeader = "X-Attributed-Position"

// withPosition has what a call asks of the store see the change that it names, and its answer name the change that it
// makes. Where nothing is read from replicas there are no positions. A caller who is only believed gets what they have.
func (s *Server) withPosition(ctx context.Context, c echo.Context, caller store.Caller) context.Context {
	if !s.store.HasReplicas() {
		return ctx
	}
	positions := &store.Positions{After: c.Request().Header.Get(positionHeader), OnlyReplicas: caller.Believed}
	response := c.Response()
	response.Before(func() { // what comes after the last change, that of an idempotency key
		if positions.Left != "" {
			response.Header().Set(positionHeader, positions.Left)
		}
	})
	return store.WithPositions(ctx, positions)
}
