package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"
)

// everyConnection opens all that the pool has.
func everyConnection(t *testing.T, s *store.Store, organization store.Organization) {
	t.Helper()
	var wait sync.WaitGroup
	for range 40 {
		wait.Go(func() {
			for range 5 {
				if _, err := s.ListUserAttributes(t.Context(), organization); err != nil {
					t.Errorf("%v (%v)", err, errors.Unwrap(err))
				}
			}
		})
	}
	wait.Wait()
}

// everyChange makes changes of each kind with some values, many at once.
func everyChange(t *testing.T, s *store.Store, organization store.Organization, prefix string, create bool) {
	t.Helper()
	ctx := t.Context()
	var wait sync.WaitGroup
	for _, id := range []string{prefix + "a", prefix + "b", prefix + "c", prefix + "d"} {
		wait.Go(func() {
			created := store.UserAttribute{UUID: store.DemoUserUUID} // one that there is not
			var want *store.Error
			var err error
			if create {
				created, err = s.CreateUserAttribute(ctx, organization, store.Draft{Name: id})
			}
			for _, change := range []func() error{
				func() error { return err },
				func() error {
					_, err := s.UpdateUserAttribute(ctx, organization, created.UUID, store.Draft{Name: id + "2"}, nil)
					return err
				},
				func() error {
					_, err := s.SetUserValue(ctx, organization, created.UUID, store.DemoUserUUID, []string{"x"}, nil)
					return err
				},
				func() error {
					return s.ClearUserValue(ctx, organization, created.UUID, store.DemoUserUUID, nil)
				},
				func() error { return s.RemoveUserAttribute(ctx, organization, created.UUID, nil) },
				func() error {
					_, err := s.EffectiveValues(ctx, organization, store.DemoUserUUID)
					return err
				},
				func() error { _, err := s.ListTokens(ctx, nil); return err },
				func() error { _, err := s.Authenticate(ctx, "ldpat_"+id); return err },
				func() error { return s.RevokeToken(ctx, store.DemoUserUUID) },
			} {
				if err := change(); err != nil && (!errors.As(err, &want) || (want.Kind != store.NotFound && want.Kind != store.Unauthenticated)) {
					t.Errorf("%s: %v (%v)", id, err, errors.Unwrap(err))
				}
			}
		})
	}
	wait.Wait()
}

// alterDatabase changes the settings of the sessions that are opened from now on.
func alterDatabase(t *testing.T, s *store.Store, change string) {
	t.Helper()
	storetest.Exec(t, s, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I `+change+`', current_database()); END $$`)
}

// A connection from before a failover, or from a spell in which the database takes no
// writes, says so for ever.
func TestWritesAfterAReadOnlySpell(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if storetest.IsSQLite(s) {
			return // has no sessions
		}
		organization := demo(t, s)
		alterDatabase(t, s, `SET default_transaction_read_only = on`)
		refusing := storetest.Open(t, storetest.URL(s))
		everyConnection(t, refusing, organization)
		_, err := refusing.CreateUserAttribute(t.Context(), organization, store.Draft{Name: "refused"})
		if got := kindOf(t, err); got != store.Unavailable {
			t.Fatalf("kind %q, want %q", got, store.Unavailable)
		}
		everyConnection(t, refusing, organization)
		alterDatabase(t, s, `RESET default_transaction_read_only`)
		everyChange(t, refusing, organization, "after", true)
	})
}

func endConnections(t *testing.T, s *store.Store) {
	t.Helper()
	storetest.Exec(t, s, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
}

func TestConnectionsThatTheServerEnded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if storetest.IsSQLite(s) {
			return // has none
		}
		organization := demo(t, s)
		for _, prefix := range []string{"first", "second", "third"} {
			everyConnection(t, s, organization)
			endConnections(t, s)
			everyChange(t, s, organization, prefix, false)
		}
	})
}

func TestReadsOverConnectionsThatTheServerEnded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if storetest.IsSQLite(s) {
			return // has none
		}
		organization := demo(t, s)
		for name, read := range map[string]func() error{
			"ping":             func() error { return s.Ping(t.Context()) },
			"organizations":    func() error { _, err := s.Organizations(t.Context()); return err },
			"one organization": func() error { _, err := s.FindOrganization(t.Context(), "Jaffle Shop"); return err },
		} {
			everyConnection(t, s, organization)
			endConnections(t, s)
			if err := read(); err != nil {
				t.Errorf("%s: %v (%v)", name, err, errors.Unwrap(err))
			}
		}
	})
}

func TestNoHalfOfAListIsGivenWithAnError(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		for _, name := range []string{"a", "b", "c"} {
			mustCreate(t, s, organization, store.Draft{Name: name})
		}
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		if all, err := s.ListUserAttributes(ctx, organization); err == nil || all != nil {
			t.Errorf("%v, %v", all, err)
		}
	})
}

func TestConnectionsHaveAGreatestAge(t *testing.T) {
	pool, err := store.OpenPostgres(storetest.PostgresURL(t), time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var first, process int
	if err := pool.QueryRowContext(t.Context(), `SELECT pg_backend_pid()`).Scan(&first); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		if err := pool.QueryRowContext(t.Context(), `SELECT pg_backend_pid()`).Scan(&process); err != nil {
			t.Fatal(err)
		}
		if process != first {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a minute later there is the same connection")
		}
	}
}
