package server

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"
)

// live tells that the process runs; the database has no part in it.
func (s *Server) live(c echo.Context) error {
	return c.JSONBlob(http.StatusOK, []byte(`{"status":"ok"}`))
}

// ready tells that the database answers, so that requests can be sent here.
func (s *Server) ready(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), s.timeout)
	defer cancel()
	if err := s.store.Ping(ctx); err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, []byte(`{"status":"ok"}`))
}

// openAPI gives the effective spec: what is generated from, validated against
// and tested against.
func (s *Server) openAPI(c echo.Context) error {
	return c.JSONBlob(http.StatusOK, s.spec)
}
