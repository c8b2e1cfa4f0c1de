package ascode

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// How often a request is sent again, and after how long.
const (
	retries      = 6
	shortestWait = 200 * time.Millisecond
	longestWait  = 10 * time.Second
	longestAfter = time.Minute // a server that asks for more with Retry-After is not waited for
)

// retrying sends requests, and sends those again that certainly did nothing: after 429, 503 and
// a refused connection. A POST is sent again only with a key by which the server knows it. Each sees
// what those before it have changed, also where the server reads from replicas.
type retrying struct {
	once     *http.Client
	again    *retryablehttp.Client
	position *atomic.Value // a string: as the last change was answered
}

// positionHeader is of an answer to a change, and of the requests after it.
const positionHeader = "X-Attributed-Position"

func newRetrying(timeout time.Duration) retrying {
	client := &http.Client{Timeout: timeout}
	return retrying{once: client, position: &atomic.Value{}, again: &retryablehttp.Client{
		HTTPClient: client, RetryMax: retries, RetryWaitMin: shortestWait, RetryWaitMax: longestWait,
		CheckRetry: again, Backoff: wait, ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}}
}

// Do sends a request.
func (r retrying) Do(request *http.Request) (*http.Response, error) {
	if last, ok := r.position.Load().(string); ok {
		request.Header.Set(positionHeader, last)
	}
	response, err := r.send(request)
	if err == nil && response.Header.Get(positionHeader) != "" {
		r.position.Store(response.Header.Get(positionHeader))
	}
	return response, err
}

func (r retrying) send(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodPost && request.Header.Get("Idempotency-Key") == "" {
		return r.once.Do(request)
	}
	repeatable, err := retryablehttp.FromRequest(request)
	if err != nil {
		return nil, err
	}
	return r.again.Do(repeatable)
}

func again(ctx context.Context, response *http.Response, err error) (bool, error) {
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil:
		return errors.Is(err, syscall.ECONNREFUSED), nil
	case response.StatusCode != http.StatusTooManyRequests && response.StatusCode != http.StatusServiceUnavailable:
		return false, nil
	}
	return retryAfter(response) <= longestAfter, nil
}

// wait is what the server asks for, or grows with each attempt; both with jitter, so that
// those who were refused together do not come again together.
func wait(shortest, longest time.Duration, attempt int, response *http.Response) time.Duration {
	if after := retryAfter(response); after > 0 {
		return after + rand.N(shortest)
	}
	grown := min(shortest<<min(attempt, retries), longest)
	return grown/2 + rand.N(grown/2)
}

// retryAfter is 0 where the response has no Retry-After that can be read.
func retryAfter(response *http.Response) time.Duration {
	if response == nil {
		return 0
	}
	said := response.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(said, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(said); err == nil {
		return max(time.Until(date), 0)
	}
	return 0
}
