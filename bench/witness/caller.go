// Package witness writes to attributed while something is done to it, keeps what was acknowledged, and
// holds that against what is there afterwards.
package witness

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// AttributesPath is that of all attributes.
const AttributesPath = "/api/v1/org/attributes"

const positionHeader = "X-Attributed-Position"

// Patience is after which a call is taken to hang.
const Patience = 15 * time.Second

// Caller calls a server.
type Caller struct {
	Base  string // of its URLs
	Token string
	HTTP  *http.Client
}

// NewCaller returns one that keeps so many connections.
func NewCaller(base, token string, connections int) *Caller {
	return &Caller{base, token, &http.Client{Timeout: Patience, Transport: &http.Transport{MaxIdleConnsPerHost: connections}}}
}

// Answer is what came of a call.
type Answer struct {
	What       string // the call
	Status     int    // 0: there was none
	RetryAfter bool   // when to call again was said
	Position   string // of a change, with --database-read: what a read sends back that is to see it
	Early      bool   // it failed before there was a reason to
	Body       []byte
	Took       time.Duration
	Ended      time.Time
}

// OK reports whether the call was carried out.
func (a Answer) OK() bool { return a.Status == http.StatusOK }

// Unavailable reports whether the answer says that the call is to be made again later.
func (a Answer) Unavailable() bool { return a.Status == http.StatusServiceUnavailable && a.RetryAfter }

// told is what is kept of an answer: the body of a good one has been read.
func (a Answer) told() Answer {
	if a.OK() {
		a.Body = nil
	}
	return a
}

// Began is when the call was made.
func (a Answer) Began() time.Time { return a.Ended.Add(-a.Took) }

// Call sends a request, with a body unless that is nil.
func (c *Caller) Call(ctx context.Context, method, path string, body any) Answer {
	return c.call(ctx, method, path, body, "")
}

// read sends a request that is to see a change, by the position of that; "" is any.
func (c *Caller) read(ctx context.Context, path, position string) Answer {
	return c.call(ctx, http.MethodGet, path, nil, position)
}

func (c *Caller) call(ctx context.Context, method, path string, body any, position string) Answer {
	began := time.Now()
	a := c.exchange(ctx, method, path, body, position)
	a.What = method + " " + path
	a.Ended = time.Now()
	a.Took = a.Ended.Sub(began)
	return a
}

func (c *Caller) exchange(ctx context.Context, method, path string, body any, position string) (a Answer) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return a
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.Base+path, sent)
	if err != nil {
		return a
	}
	request.Header.Set("Authorization", "ApiKey "+c.Token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if position != "" {
		request.Header.Set(positionHeader, position)
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return a
	}
	defer response.Body.Close()
	if a.Body, err = io.ReadAll(response.Body); err != nil {
		return Answer{} // it was cut off: the caller knows as little as without one
	}
	a.Status, a.RetryAfter = response.StatusCode, response.Header.Get("Retry-After") != ""
	a.Position = response.Header.Get(positionHeader)
	return a
}
