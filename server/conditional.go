package server

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// longestVersioned is the size in bytes of the longest answer that is held until its
// version is known. A longer one is sent as it comes, and has no version.
const longestVersioned = 256 << 10

// conditional gives an answer its version, and answers 304 where the client has that
// already (RFC 9110, section 13.1.2). It stands before an operation whose spec has a 304.
func conditional(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		response := c.Response()
		held := &heldResponse{ResponseWriter: response.Writer}
		response.Writer = held
		defer func() { response.Writer = held.ResponseWriter }()
		if err := next(c); err != nil || held.passing {
			return err
		}
		version := response.Header().Get("ETag")
		if version == "" {
			version = entityTag(held.body)
			response.Header().Set("ETag", version)
		}
		if hasVersion(c.Request().Header.Get("If-None-Match"), version) {
			response.Status, response.Size = http.StatusNotModified, 0 // for the log
			held.ResponseWriter.WriteHeader(http.StatusNotModified)
			return nil
		}
		return held.pass()
	}
}

// hasVersion reports whether an If-None-Match header names version: * does, and a weak
// tag counts as a strong one.
func hasVersion(header, version string) bool {
	for named := range strings.SplitSeq(header, ",") {
		named = strings.TrimSpace(named)
		if named == "*" || strings.TrimPrefix(named, "W/") == version {
			return true
		}
	}
	return false
}

// heldResponse holds an answer until pass is called, or until it is too long.
type heldResponse struct {
	http.ResponseWriter // that it is for
	status              int
	body                []byte
	passing             bool
}

func (h *heldResponse) WriteHeader(status int) { h.status = status }

func (h *heldResponse) Write(p []byte) (int, error) {
	if !h.passing && len(h.body)+len(p) <= longestVersioned {
		h.body = append(h.body, p...)
		return len(p), nil
	}
	if !h.passing {
		if err := h.pass(); err != nil {
			return 0, err
		}
	}
	return h.ResponseWriter.Write(p)
}

// pass sends what is held, after which all that comes is sent at once.
func (h *heldResponse) pass() error {
	h.passing = true
	h.ResponseWriter.WriteHeader(h.status)
	_, err := h.ResponseWriter.Write(h.body)
	h.body = nil
	return err
}

// Unwrap lets http.ResponseController reach what is not to be held.
func (h *heldResponse) Unwrap() http.ResponseWriter { return h.ResponseWriter }
