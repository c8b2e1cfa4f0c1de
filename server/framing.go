package server

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"
)

// WatchFraming returns a listener for web by which New's handler can refuse a request that says
// the length of its body in two ways. A proxy in front may have taken the other one, and what it
// takes for the body be another's request here; but net/http drops the Content-Length before
// anybody sees it. The listener takes web's ConnContext, and adds to its ConnState.
func WatchFraming(listener net.Listener, web *http.Server) net.Listener {
	others := web.ConnState
	web.ConnState = func(connection net.Conn, state http.ConnState) {
		if state == http.StateIdle {
			connection.(*framedConnection).next()
		}
		if others != nil {
			others(connection, state)
		}
	}
	web.ConnContext = func(ctx context.Context, connection net.Conn) context.Context {
		return context.WithValue(ctx, framingKey{}, connection)
	}
	return framedListener{listener}
}

type framingKey struct{}

type framedListener struct{ net.Listener }

// Accept returns the next connection.
func (l framedListener) Accept() (net.Conn, error) {
	connection, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &framedConnection{Conn: connection}, nil
}

// framedConnection looks at the names of the headers that come in, until the first empty line.
type framedConnection struct {
	net.Conn

	mu      sync.Mutex
	line    []byte // the beginning of the one under way
	length  bool   // there is a Content-Length
	through bool
}

// Read reads from the connection.
func (c *framedConnection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range p[:n] {
		if c.through {
			break
		}
		c.see(b)
	}
	return n, err
}

func (c *framedConnection) see(b byte) {
	const name = "Content-Length:"
	if b != '\n' {
		if len(c.line) <= len(name) {
			c.line = append(c.line, b)
		}
		return
	}
	line := bytes.TrimSuffix(c.line, []byte("\r"))
	c.through = len(line) == 0
	c.length = c.length || len(line) >= len(name) && bytes.EqualFold(line[:len(name)], []byte(name))
	c.line = c.line[:0]
}

// next begins with the headers of another request.
func (c *framedConnection) next() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.line, c.length, c.through = c.line[:0], false, false
}

// plain reports whether the headers came, and had no Content-Length. Of a request that came
// before the one before it was answered nobody can tell.
func (c *framedConnection) plain() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.through && !c.length
}

// oneLength refuses a request with a Transfer-Encoding and a Content-Length (RFC 9112, section 6.1),
// where [WatchFraming] lets it see that.
func oneLength(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		connection, watched := r.Context().Value(framingKey{}).(*framedConnection)
		if len(r.TransferEncoding) > 0 && watched && !connection.plain() {
			c.Response().Header().Set("Connection", "close")
			return errTwoLengths
		}
		return next(c)
	}
}
