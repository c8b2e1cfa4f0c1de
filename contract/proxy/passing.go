package proxy

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"attributed/contract/spec"
)

// copied is a body of which a copy is kept while it passes, up to a limit.
type copied struct {
	of    io.ReadCloser
	limit int64
	kept  bytes.Buffer
	over  bool  // there was more than the limit
	whole bool  // it was read to its end
	err   error // why it was not
	done  func()
}

func (c *copied) Read(p []byte) (int, error) {
	n, err := c.of.Read(p)
	if room := c.limit - int64(c.kept.Len()); int64(n) > room {
		c.over = true
		c.kept.Write(p[:room])
	} else {
		c.kept.Write(p[:n])
	}
	switch {
	case errors.Is(err, io.EOF):
		c.whole = true
	case err != nil:
		c.err = err
	}
	return n, err
}

// Close is where a body has passed, whole or not.
func (c *copied) Close() error {
	if done := c.done; done != nil {
		c.done = nil
		done()
	}
	return c.of.Close()
}

// plain is a body as it can be checked. It is not ok if it has not wholly passed, or
// cannot be checked, which is counted.
func (p *Proxy) plain(c *copied, header http.Header) (body []byte, ok bool) {
	switch {
	case c == nil:
		return nil, true
	case c.over:
		p.unchecked.Add(1)
		return nil, false
	case !c.whole:
		return nil, false
	}
	switch strings.ToLower(header.Get("Content-Encoding")) {
	case "", "identity":
		return c.kept.Bytes(), true
	case "gzip":
		zipped, err := gzip.NewReader(bytes.NewReader(c.kept.Bytes()))
		if err != nil {
			return nil, true // no body at all is what it comes to
		}
		body, err = io.ReadAll(io.LimitReader(zipped, p.cfg.MaxBody+1))
		if err == nil && int64(len(body)) <= p.cfg.MaxBody {
			return body, true
		}
	}
	p.unchecked.Add(1)
	return nil, false
}

// writeError answers for the proxy itself, in the shape of Lightdash's errors.
func writeError(w http.ResponseWriter, status int, name, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(errorBody(status, name, message))
}

func errorBody(status int, name, message string) []byte {
	text, err := json.Marshal(map[string]any{
		"status": "error",
		"error":  map[string]any{"statusCode": status, "name": name, "message": message, "data": map[string]any{}},
	})
	if err != nil {
		panic(err) // made of texts and numbers
	}
	return text
}

// replace puts an error in the place of an answer.
func replace(response *http.Response, message string) {
	text := errorBody(http.StatusBadGateway, "ContractError", message)
	response.StatusCode, response.Status = http.StatusBadGateway, spec.StatusText(http.StatusBadGateway)
	response.Header = http.Header{"Content-Type": {"application/json"}}
	response.Trailer = nil
	response.TransferEncoding = nil
	response.ContentLength = int64(len(text))
	response.Header.Set("Content-Length", fmt.Sprint(len(text)))
	response.Body = io.NopCloser(bytes.NewReader(text))
}
