package store_test

import (
	"context"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// endless is a table of all numbers from 1.
const endless = `WITH RECURSIVE endless (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM endless) `

// TestAStatementEndsWithItsTime wherever it is: without that, this test never ends.
func TestAStatementEndsWithItsTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for name, query := range map[string]string{
			"before its first row":         `SELECT count(*) FROM endless`,
			"between its rows":             `SELECT n FROM endless`,
			"on the way to its second row": `SELECT n FROM endless WHERE n = 1 OR n = -1`,
			"on the way to its third row":  `SELECT n FROM endless WHERE n < 3 OR n = -1`,
			"between two parts":            `SELECT 0 AS n UNION ALL SELECT n FROM endless WHERE n = -1`,
		} {
			t.Run(name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				_, err := store.Read(ctx, s, endless+query)
				if got := kindOf(t, err); got != store.Unavailable {
					t.Errorf("kind %q (%v), want %q", got, err, store.Unavailable)
				}
				if err := s.Ping(t.Context()); err != nil { // the connection, or another, is good for more
					t.Error(err)
				}
			})
		}
	})
}

func TestRowsComeInTheirOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		got, err := store.Read(t.Context(), s, `WITH numbers (n) AS (VALUES (3), (9), (1), (5), (7)) SELECT n FROM numbers ORDER BY n DESC`)
		if diff := cmp.Diff([]int64{9, 7, 5, 3, 1}, got); err != nil || diff != "" {
			t.Errorf("%v, -want +got:\n%s", err, diff)
		}
	})
}
