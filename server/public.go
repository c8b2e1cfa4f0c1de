package server

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// live answers that the process runs; the database has no part in it.
func (s *Server) live(c echo.Context) error {
	return c.JSONBlob(http.StatusOK, []byte(`{"status":"ok"}`))
}

// readyTimeout is less than the patience of the usual load balancer.
const readyTimeout = time.Second

// ready answers whether the database answers and this server is to go on, so that requests
// can be sent here.
func (s *Server) ready(c echo.Context) error {
	select {
	case <-s.stopping:
		return errStopping
	default:
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), min(s.timeout, readyTimeout))
	defer cancel()
	if err := s.store.Ping(ctx); err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, []byte(`{"status":"ok"}`))
}

// openAPI answers with the effective spec: what is generated from, validated against
// and tested against.
func (s *Server) openAPI(c echo.Context) error {
	return c.JSONBlob(http.StatusOK, s.spec)
}
