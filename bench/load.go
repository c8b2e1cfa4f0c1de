package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// load is what callers do: each sends a request, waits for the answer, and sends the next.
type load struct {
	method, url, token string
	next               func() string           // URL of the next request; nil: url
	body               func() []byte           // of the next request; nil: none
	check              func(body []byte) error // of an answer; nil: bodies are read, but not kept
	callers            int
	duration           time.Duration
	requests           int // after which it ends; 0: only after duration
}

// measured is what callers saw, in milliseconds.
type measured struct {
	Requests  int
	PerSecond float64
	P50, P99  float64
}

// checkEach is which part of the answers is looked into; of all the status is.
const checkEach = 50

// run carries l out. It fails if a single call does.
func (l load) run(ctx context.Context) (measured, error) {
	kept := int64(-1) // bytes of a body: all
	if l.check == nil {
		kept = 0
	}
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: l.callers}}
	defer client.CloseIdleConnections() // each would cost the server memory, which is measured
	attacker := vegeta.NewAttacker(vegeta.Client(client),
		vegeta.Workers(uint64(l.callers)), vegeta.MaxWorkers(uint64(l.callers)), vegeta.MaxBody(kept))
	defer context.AfterFunc(ctx, func() { attacker.Stop() })()
	header := http.Header{"Authorization": {"ApiKey " + l.token}}
	if l.body != nil {
		header.Set("Content-Type", "application/json")
	}
	targeter := func(t *vegeta.Target) error {
		t.Method, t.URL, t.Header = l.method, l.url, header
		if l.next != nil {
			t.URL = l.next()
		}
		if l.body != nil {
			t.Body = l.body()
		}
		return nil
	}
	var metrics vegeta.Metrics
	var failed error
	for result := range attacker.Attack(targeter, vegeta.Rate{}, l.duration, "") {
		metrics.Add(result)
		if err := l.judge(result); err != nil && failed == nil {
			failed = err
			attacker.Stop()
		}
		if l.requests > 0 && metrics.Requests >= uint64(l.requests) {
			attacker.Stop()
		}
	}
	metrics.Close()
	if failed == nil {
		failed = ctx.Err()
	}
	return measured{
		Requests:  int(metrics.Requests),
		PerSecond: metrics.Throughput,
		P50:       milliseconds(metrics.Latencies.P50),
		P99:       milliseconds(metrics.Latencies.P99),
	}, failed
}

func (l load) judge(r *vegeta.Result) error {
	if r.Code != http.StatusOK || r.Error != "" {
		return fmt.Errorf("%s %s: %d %s %.200s", r.Method, r.URL, r.Code, r.Error, r.Body)
	}
	if l.check == nil || r.Seq%checkEach != 0 {
		return nil
	}
	if err := l.check(r.Body); err != nil {
		return fmt.Errorf("%s %s: %w in %.200s", r.Method, r.URL, err, r.Body)
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
