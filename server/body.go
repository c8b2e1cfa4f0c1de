package server

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// closeUnfinished ends the connection with an answer that is given before the body was read to its
// end. Else net/http would wait for the rest of it, for all of the time that a body has, and only
// then send the answer.
func closeUnfinished(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		received := c.Request()
		if received.ContentLength == 0 {
			return next(c)
		}
		body := &watchedBody{ReadCloser: received.Body}
		watched := received.WithContext(received.Context()) // net/http looks at the Body of its own
		watched.Body = body
		c.SetRequest(watched)
		c.Response().Before(func() {
			if !body.ended {
				c.Response().Header().Set("Connection", "close")
			}
		})
		return next(c)
	}
}

// watchedBody notes that it was read to its end.
type watchedBody struct {
	io.ReadCloser
	ended bool
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err == io.EOF
	return n, err
}

// readBody reads a JSON body of at most limit bytes, and no more than limit
// again out of a compressed one. What it reads is held.
func readBody(w http.ResponseWriter, r *http.Request, limit int64, held *holding) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	if !isJSON(r.Header.Values("Content-Type")) {
		return nil, errContentType
	}
	zipped, ok := isGzip(r.Header.Values("Content-Encoding"))
	if !ok {
		return nil, errContentEncoding
	}
	var body io.Reader = http.MaxBytesReader(w, r.Body, limit) // which also ends the connection at the limit
	if !zipped {
		return readAll(heldReader{body, r.Context(), held}, limit, errNotRead)
	}
	unzipped, err := gzip.NewReader(body)
	if err != nil {
		return nil, readFault(err, errNotUnzipped)
	}
	return readAll(heldReader{unzipped, r.Context(), held}, limit, errNotUnzipped)
}

// endReading makes who reads a request's body stop, whatever the client still sends. The connection
// is of no use after that.
func endReading(c echo.Context) {
	_ = http.NewResponseController(connectionOf(c.Response().Writer)).SetReadDeadline(time.Unix(1, 0)) // all of net/http's can
}

func readAll(body io.Reader, limit int64, otherwise answer) ([]byte, error) {
	var data bytes.Buffer
	if _, err := data.ReadFrom(io.LimitReader(body, limit+1)); err != nil {
		return nil, readFault(err, otherwise)
	}
	if int64(data.Len()) > limit {
		return nil, tooLarge(limit)
	}
	return data.Bytes(), nil
}

// readFault tells a body over the limit from one that cannot be read.
func readFault(err error, otherwise answer) error {
	if a, ok := errors.AsType[answer](err); ok {
		return a
	}
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(large.Limit)
	}
	return otherwise
}

// isJSON reports whether a request's Content-Type headers say application/json.
func isJSON(headers []string) bool {
	if len(headers) != 1 {
		return false
	}
	media, parameters, err := mime.ParseMediaType(headers[0])
	if err != nil || media != "application/json" {
		return false
	}
	charset, ok := parameters["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}

// isGzip reports whether the body is compressed with gzip. It is not ok where a body
// was compressed in another way, or more than once.
func isGzip(headers []string) (zipped, ok bool) {
	switch strings.ToLower(strings.TrimSpace(strings.Join(headers, ","))) {
	case "", "identity":
		return false, true
	case "gzip":
		return true, true
	}
	return false, false
}
