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
	Early      bool   // it failed before there was a reason to
	Body       []byte
	Took       time.Duration
	Ended      time.Time
}

// OK reports whether the call was carried out.
func (a Answer) OK() bool { return a.Status == http.StatusOK }

// Unavailable reports whether the answer says that the call is to be made again later.
func (a Answer) Unavailable() bool { return a.Status == http.StatusServiceUnavailable && a.RetryAfter }

// Began is when the call was made.
func (a Answer) Began() time.Time { return a.Ended.Add(-a.Took) }

// Call sends a request, with a body unless that is nil.
func (c *Caller) Call(ctx context.Context, method, path string, body any) Answer {
	began := time.Now()
	a := c.exchange(ctx, method, path, body)
	a.What = method + " " + path
	a.Ended = time.Now()
	a.Took = a.Ended.Sub(began)
	return a
}

func (c *Caller) exchange(ctx context.Context, method, path string, body any) (a Answer) {
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
	response, err := c.HTTP.Do(request)
	if err != nil {
		return a
	}
	defer response.Body.Close()
	if a.Body, err = io.ReadAll(response.Body); err != nil {
		return Answer{} // it was cut off: the caller knows as little as without one
	}
	a.Status, a.RetryAfter = response.StatusCode, response.Header.Get("Retry-After") != ""
	return a
}
