package store_test

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"attributed/store"
)

// BenchmarkAuthenticate is what a token costs that was looked up a moment before.
func BenchmarkAuthenticate(b *testing.B) {
	s, err := store.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "bench.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := s.MigrateUp(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := s.LoadDemo(b.Context()); err != nil {
		b.Fatal(err)
	}
	token, err := s.CreateToken(b.Context(), store.DemoEmail, "bench", time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	store.SetClock(s, func() time.Time { return now }) // else it is looked up again every few seconds
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if _, err := s.Authenticate(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
