package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
	"golang.org/x/sys/unix"
)

// load is what callers do: each sends a request, waits for the answer, and sends the next.
type load struct {
	method, url, token string
	next               func() string           // URL of the next request, of the same host; nil: url
	body               func() []byte           // of the next request; nil: none
	check              func(body []byte) error // of an answer; nil: bodies are read, but not looked at
	callers            int
	duration           time.Duration
	requests           int // after which it ends; 0: only after duration
}

// measured is what callers saw, in milliseconds.
type measured struct {
	Requests  int
	PerSecond float64
	P50, P99  float64
	Generator float64 // of this program's processors, a request; 0 of what others measured
}

// checkEach is which part of the answers is looked into; of all the status is.
const checkEach = 50

// run carries l out. It fails if a single call does.
func (l load) run(ctx context.Context) (measured, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil) // which ends all connections: each would cost the server memory, which is measured
	where, err := url.Parse(l.url)
	if err != nil {
		return measured{}, err
	}
	client := &fasthttp.HostClient{
		Addr: where.Host, MaxConns: l.callers, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		MaxIdemponentCallAttempts: 1, DisablePathNormalizing: true, NoDefaultUserAgentHeader: true,
		Dial: func(address string) (net.Conn, error) {
			connection, err := net.Dial("tcp", address)
			if err == nil {
				context.AfterFunc(ctx, func() { connection.Close() })
			}
			return connection, err
		},
	}
	var sent atomic.Int64
	var calling sync.WaitGroup
	took := make([][]time.Duration, l.callers)
	before, began := processors(), time.Now()
	for i := range took {
		calling.Go(func() {
			request, answer := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(request)
			defer fasthttp.ReleaseResponse(answer)
			for ctx.Err() == nil && time.Since(began) < l.duration {
				n := sent.Add(1)
				if l.requests > 0 && n > int64(l.requests) {
					return
				}
				l.fill(request)
				since := time.Now()
				err := client.Do(request, answer)
				took[i] = append(took[i], time.Since(since))
				if err = l.judge(request, answer, n, err); err != nil {
					stop(err)
				}
			}
		})
	}
	calling.Wait()
	elapsed, used := time.Since(began), processors()-before
	all := slices.Concat(took...)
	if err := context.Cause(ctx); err != nil || len(all) == 0 {
		return measured{Requests: len(all)}, cmp.Or(err, errNoCall)
	}
	slices.Sort(all)
	return measured{
		Requests:  len(all),
		PerSecond: float64(len(all)) / elapsed.Seconds(),
		P50:       milliseconds(all[len(all)/2]),
		P99:       milliseconds(all[len(all)*99/100]),
		Generator: milliseconds(used) / float64(len(all)),
	}, nil
}

var errNoCall = errors.New("there was no time for a single call")

// fill makes the next request of one that was sent.
func (l load) fill(request *fasthttp.Request) {
	request.Reset()
	request.SetRequestURI(l.url)
	if l.next != nil {
		request.SetRequestURI(l.next())
	}
	request.Header.SetMethod(l.method)
	request.Header.Set("Authorization", "ApiKey "+l.token)
	if l.body != nil {
		request.Header.SetContentType("application/json")
		request.SetBodyRaw(l.body())
	}
}

// judge returns what is wrong with the answer to the nth request, or with none.
func (l load) judge(request *fasthttp.Request, answer *fasthttp.Response, n int64, err error) error {
	if err == nil && answer.StatusCode() != fasthttp.StatusOK {
		err = fmt.Errorf("%d", answer.StatusCode())
	}
	if err == nil && l.check != nil && n%checkEach == 1 {
		err = l.check(answer.Body())
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w in %.200s", l.method, request.URI(), err, answer.Body())
	}
	return nil
}

// processors is the time that this program has had of its processors.
func processors() time.Duration {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		return 0 // never of oneself
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
