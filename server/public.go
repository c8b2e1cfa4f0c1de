package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"attributed/web"
)

// live answers that the process runs; the database has no part in it.
func (s *Server) live(c echo.Context) error {
	return c.JSONBlob(http.StatusOK, []byte(`{"status":"ok"}`))
}

// ready answers whether the database answers and this server is to go on, so that requests can be sent here; with for=reads, whether those
// that only read can, which may go on without the primary.
func (s *Server) ready(c echo.Context) error {
	select {
	case <-s.stopping:
		return errStopping
	default:
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), s.timeout)
	defer cancel()
	ping := s.store.Ping
	if c.QueryParam("for") == "reads" {
		ping = s.store.PingReads
	}
	if err := ping(ctx); err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, []byte(`{"status":"ok"}`))
}

// openAPI answers with the effective spec: what is generated from, validated against
// and tested against.
func (s *Server) openAPI(c echo.Context) error {
	return echo.WrapHandler(s.spec)(c)
}

// browsersToDocs sends a person who opens the server's address to the docs page. To all other
// clients the address is a path outside the spec.
func browsersToDocs(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		if r.URL.Path == "/" && reads && strings.Contains(strings.Join(r.Header.Values("Accept"), ","), "text/html") {
			return c.Redirect(http.StatusSeeOther, web.DocsPath)
		}
		return next(c)
	}
}
