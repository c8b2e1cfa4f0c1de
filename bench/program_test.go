package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"attributed/server"
	"attributed/store"
)

// handler returns a bench and attributed's handler on its database, in this process,
// where allocations and profiles can be seen.
func handler(b *testing.B) (*bench, http.Handler) {
	b.Helper()
	run, err := newBench(b.Context(), smoke, b.Output())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := run.close(); err != nil {
			b.Error(err)
		}
	})
	log := slog.New(slog.NewTextHandler(discard{}, nil))
	s, err := store.Open(b.Context(), run.url, log)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	api, err := server.New(s, log, server.Config{})
	if err != nil {
		b.Fatal(err)
	}
	return run, api
}

// discard is not io.Discard, which slog knows and spares itself the work for.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func (b *bench) request(method string, body []byte) *http.Request {
	r := httptest.NewRequest(method, attributesPath, bytes.NewReader(body))
	r.Header.Set("Authorization", "ApiKey "+b.token)
	r.Header.Set("Content-Type", "application/json")
	return r
}

// BenchmarkList is a list through all of attributed but the network to its client.
func BenchmarkList(b *testing.B) {
	run, api := handler(b)
	for _, attributes := range []int{1_000, 10_000} {
		if err := run.seed(b.Context(), attributes, shapes[1]); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("attributes=%d", attributes), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				answer := &unread{header: http.Header{}}
				api.ServeHTTP(answer, run.request(http.MethodGet, nil))
				if answer.status != http.StatusOK {
					b.Fatal(answer.status)
				}
			}
		})
	}
}

// BenchmarkCreate is a create through all of attributed but the network to its
// client, by as many callers as a pool has connections.
func BenchmarkCreate(b *testing.B) {
	run, api := handler(b)
	for _, s := range shapes {
		if err := run.clear(b.Context()); err != nil {
			b.Fatal(err)
		}
		next := bodies(s)
		b.Run(fmt.Sprintf("values=%d", s.values()), func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(4)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					answer := &unread{header: http.Header{}}
					api.ServeHTTP(answer, run.request(http.MethodPost, next()))
					if answer.status != http.StatusOK {
						b.Error(answer.status)
					}
				}
			})
		})
	}
}
