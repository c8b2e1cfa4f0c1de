package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/uuid"
)

func TestAuditIsReadInItsOrderAndOfOneOrganization(t *testing.T) {
	const ours, theirs = "5a1c0000-0000-4000-8000-000000000001", "5a1c0000-0000-4000-8000-000000000002"
	start := time.Date(2026, 11, 29, 5, 30, 0, 0, time.UTC)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		// The times do not come in the order of the ids, and two are the same.
		var rows []map[string]any
		for i, second := range []int{3, 1, 2, 2, 0, 2} {
			organization := ours
			if i == 5 {
				organization = theirs
			}
			rows = append(rows, map[string]any{"created_at": start.Add(time.Duration(second) * time.Second).Format("2006-01-02 15:04:05.000"), "organization_uuid": organization,
				"operation": fmt.Sprint(i), "user_attribute_uuid": uuid.NewString(), "before": `{"users" : {}}`})
		}
		storetest.Insert(t, s, "audit_events", rows)
		for _, tt := range []struct {
			name         string
			since, until time.Time
			most         int
			want         string
		}{
			{"all", time.Time{}, time.Time{}, 9, "41230"},
			{"from the very moment on", start.Add(2 * time.Second), time.Time{}, 9, "230"},
			{"before a moment", time.Time{}, start.Add(2 * time.Second), 9, "41"},
			{"between", start.Add(time.Second), start.Add(3 * time.Second), 9, "123"},
			{"until enough", time.Time{}, time.Time{}, 2, "41"},
		} {
			enough, got := errors.New("enough"), ""
			err := s.ExportAudit(t.Context(), ours, tt.since, tt.until, func(event store.AuditEvent) error {
				got += event.Origin.Operation
				if len(got) == tt.most {
					return enough
				}
				return nil
			})
			if got != tt.want || (tt.most == len(got)) != errors.Is(err, enough) {
				t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
			}
		}
	})
}

func TestAuditIsPrunedInBatches(t *testing.T) {
	const old, kept = 12_000, 10
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := time.Now().UTC().Truncate(time.Millisecond)
		var rows []map[string]any
		for i := range old + kept {
			at := now.Add(-2 * time.Hour)
			if i%1201 == 0 {
				at = now.Add(-time.Hour) // which is not before an hour ago, and stands among the older ones
			}
			rows = append(rows, map[string]any{"created_at": at.Format("2006-01-02 15:04:05.000"), "organization_uuid": uuid.NewString(), "operation": "o", "user_attribute_uuid": uuid.NewString()})
		}
		for len(rows) > 0 {
			n := min(len(rows), 1000)
			storetest.Insert(t, s, "audit_events", rows[:n])
			rows = rows[n:]
		}
		counted := store.CountStatements(s)
		if removed, err := s.PruneAudit(t.Context(), now.Add(-time.Hour)); err != nil || removed != old {
			t.Errorf("removed %d, %v", removed, err)
		}
		if n := counted.Load(); n != 7 { // two for each batch, and one that finds nothing more
			t.Errorf("%d statements", n)
		}
		if left := len(auditRows(t, s)); left != kept {
			t.Errorf("%d are left", left)
		}
	})
}
