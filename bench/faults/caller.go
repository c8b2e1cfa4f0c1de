package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

const attributesPath = "/api/v1/org/attributes"

// patience is after which a call is taken to hang.
const patience = 15 * time.Second

// caller calls a server.
type caller struct {
	base, token string
	http        *http.Client
}

// newCaller returns one that keeps so many connections.
func newCaller(base, token string, connections int) *caller {
	return &caller{base, token, &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: connections}}}
}

// answer is what came of a call.
type answer struct {
	what       string
	status     int // 0: there was none
	retryAfter bool
	early      bool // it failed before there was a reason to
	body       []byte
	took       time.Duration
	ended      time.Time
}

func (a answer) ok() bool { return a.status == http.StatusOK }

// unavailable reports whether the answer says that the call is to be made again later.
func (a answer) unavailable() bool { return a.status == http.StatusServiceUnavailable && a.retryAfter }

func (a answer) began() time.Time { return a.ended.Add(-a.took) }

// call sends a request, with a body unless that is nil.
func (c *caller) call(ctx context.Context, method, path string, body any) answer {
	began := time.Now()
	a := c.exchange(ctx, method, path, body)
	a.what = method + " " + path
	a.ended = time.Now()
	a.took = a.ended.Sub(began)
	return a
}

func (c *caller) exchange(ctx context.Context, method, path string, body any) (a answer) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return a
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, sent)
	if err != nil {
		return a
	}
	request.Header.Set("Authorization", "ApiKey "+c.token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return a
	}
	defer response.Body.Close()
	if a.body, err = io.ReadAll(response.Body); err != nil {
		return answer{} // it was cut off: the caller knows as little as without one
	}
	a.status, a.retryAfter = response.StatusCode, response.Header.Get("Retry-After") != ""
	return a
}
