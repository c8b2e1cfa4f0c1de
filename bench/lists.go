package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"time"

	"attributed/server"
	"attributed/store"
)

// listed is one measurement of lists of attributes, each with 10 users and 2 groups.
type listed struct {
	System     string
	Attributes int
	Round      int
	measured
	First     float64 // milliseconds to the first byte of the answer's body, the median
	Resident  float64 // MB of the server, afterwards
	Allocated float64 // MB for one list, in all; of attributed only
}

// forever is for loads that end after a number of requests.
const forever = time.Hour

// lists compares the list with that of GORM's Preload, which is naive's.
func (b *bench) lists(ctx context.Context) (err error) {
	for _, attributes := range b.plan.listSizes {
		b.tell("  %d attributes", attributes)
		if err := b.seed(ctx, attributes, shapes[1]); err != nil {
			return err
		}
		allocated, err := b.allocated(ctx)
		if err != nil {
			return err
		}
		for round := range b.plan.listRounds {
			for _, system := range []string{attributed, naive} {
				one := listed{System: system, Attributes: attributes, Round: round}
				if err := b.list(ctx, &one); err != nil {
					return err
				}
				if system == attributed {
					one.Allocated = allocated
				}
				b.results.Lists = append(b.results.Lists, one)
			}
		}
	}
	return nil
}

// list measures one system, started for this alone.
func (b *bench) list(ctx context.Context, one *listed) (err error) {
	p, err := b.start(ctx, one.System, b.url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	l := load{
		method: "GET", url: p.Base + attributesPath, token: b.token, check: checkListed(one.Attributes),
		callers: 1, duration: forever, requests: 1,
	}
	if _, err := l.run(ctx); err != nil { // to be warm, and to see that the list is right
		return err
	}
	l.check, l.requests = nil, b.plan.lists // to keep 17 MB would take the client as long as some servers
	if one.measured, err = l.run(ctx); err != nil {
		return err
	}
	if one.First, err = b.firstByte(ctx, l.url); err != nil {
		return err
	}
	one.Resident, err = p.Resident(ctx)
	return err
}

// firstByte is how long a list lets its client wait, in milliseconds.
func (b *bench) firstByte(ctx context.Context, url string) (float64, error) {
	var all []float64
	for range b.plan.lists {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return 0, err
		}
		request.Header.Set("Authorization", "ApiKey "+b.token)
		began := time.Now()
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, err
		}
		_, err = answer.Body.Read(make([]byte, 1))
		all = append(all, milliseconds(time.Since(began)))
		_, rest := io.Copy(io.Discard, answer.Body)
		if err := errors.Join(err, rest, answer.Body.Close()); err != nil {
			return 0, err
		}
	}
	http.DefaultClient.CloseIdleConnections()
	return median(all), nil
}

// allocated is what attributed's handler allocates for one list, in MB. It has to be
// in our own process for that.
func (b *bench) allocated(ctx context.Context) (float64, error) {
	log := slog.New(slog.DiscardHandler)
	s, err := store.Open(ctx, b.url, log)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	api, err := server.New(s, log, server.Config{})
	if err != nil {
		return 0, err
	}
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, attributesPath, nil)
	request.Header.Set("Authorization", "ApiKey "+b.token)
	var before, after runtime.MemStats
	for range 2 { // the second is as any later one
		runtime.ReadMemStats(&before)
		answer := &unread{header: http.Header{}}
		api.ServeHTTP(answer, request)
		runtime.ReadMemStats(&after)
		if answer.status != http.StatusOK {
			return 0, errors.New("a list in our own process failed")
		}
	}
	return float64(after.TotalAlloc-before.TotalAlloc) / 1e6, nil
}

// unread is an http.ResponseWriter that keeps nothing of a body.
type unread struct {
	header http.Header
	status int
}

func (u *unread) Header() http.Header            { return u.header }
func (u *unread) WriteHeader(status int)         { u.status = status }
func (u *unread) Write(body []byte) (int, error) { return len(body), nil }
