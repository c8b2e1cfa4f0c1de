package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/jackc/pgx/v5"
)

// startUnreplicated starts a host whose writes have to be on a replica, of which there is none, with a store that has one
// attribute. Whatever waits for a replica is canceled by an administrator until stop is called.
func startUnreplicated(t *testing.T) (s *store.Store, organization store.Organization, kept store.UserAttribute, stop func()) {
	t.Helper()
	h, organization := startHost(t)
	s = storetest.Open(t, severalHosts(h.address))
	kept, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: "kept"})
	if err != nil {
		t.Fatal(err)
	}
	h.run(`ALTER ROLE postgres SET synchronous_commit = local`) // for our own statements
	h.run(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`, `SELECT pg_reload_conf()`)
	stop = h.cancelWaits()
	for n, end := 0, time.Now().Add(time.Minute); !errors.Is(err, store.ErrUnreplicated); n++ { // from some moment on
		if time.Now().After(end) {
			t.Fatalf("creates of which no replica has one are told as done: %v", err)
		}
		_, err = s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: fmt.Sprint("before ", n)})
	}
	return s, organization, kept, stop
}

// TestUnreplicatedIsNotAcknowledged: where a write has to be on a replica, and is canceled before it is, by
// us since its time is over or by an administrator, PostgreSQL keeps it, and answers that with success and a
// warning. It is not told as done: with the primary it would be gone.
func TestUnreplicatedIsNotAcknowledged(t *testing.T) {
	s, organization, kept, _ := startUnreplicated(t)
	user := []store.UserValue{{UserUUID: store.DemoUserUUID, Values: []string{"v"}}}
	for _, tt := range []struct {
		name  string
		write func(context.Context) error
	}{
		{"create", func(ctx context.Context) error {
			_, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: "created"})
			return err
		}},
		{"create with values", func(ctx context.Context) error {
			_, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: "created with values", Users: user})
			return err
		}},
		{"creates together", func(ctx context.Context) error {
			var told []error
			var mutex sync.Mutex
			var creates sync.WaitGroup
			for n := range 40 {
				creates.Go(func() {
					_, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: fmt.Sprint("together ", n)})
					mutex.Lock()
					defer mutex.Unlock()
					told = append(told, err)
				})
			}
			creates.Wait()
			if slices.Contains(told, nil) {
				return nil
			}
			return errors.Join(told...)
		}},
		{"update", func(ctx context.Context) error {
			_, err := s.UpdateUserAttribute(ctx, organization, kept.UUID, store.Draft{Name: "kept", Users: user}, nil)
			return err
		}},
		{"set a value", func(ctx context.Context) error {
			_, err := s.SetUserValue(ctx, organization, kept.UUID, store.DemoUserUUID, []string{"w"}, nil)
			return err
		}},
		{"delete", func(ctx context.Context) error {
			return s.RemoveUserAttribute(ctx, organization, kept.UUID, nil)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := listed(t, s, organization)
			if err := tt.write(t.Context()); !errors.Is(err, store.ErrUnreplicated) {
				t.Errorf("no replica has it: %v", err)
			}
			if reflect.DeepEqual(listed(t, s, organization), before) {
				t.Error("it was refused, and not kept")
			}
		})
	}
}

func TestAWriteWhoseTimeIsOverIsNotAcknowledged(t *testing.T) {
	s, organization, _, stop := startUnreplicated(t)
	stop()
	before := listed(t, s, organization)
	for n, limit := 0, 3*time.Second; reflect.DeepEqual(listed(t, s, organization), before); n, limit = n+1, 2*limit { // more where it was over before
		if limit > time.Minute {
			t.Fatal("creates are refused, and not kept")
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		if _, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: fmt.Sprint("given up ", n)}); kindOf(t, err) != store.Unavailable {
			t.Fatalf("no replica has it: %v", err)
		}
	}
}

// TestUnreplicatedIsNotAcknowledgedByItsKey: a call that comes again writes nothing, and waits for a replica all the same.
func TestUnreplicatedIsNotAcknowledgedByItsKey(t *testing.T) {
	s, organization, _, _ := startUnreplicated(t)
	caller := store.Caller{UserUUID: store.DemoUserUUID, Organization: organization}
	for i, again := range []bool{false, true, true} {
		_, replayed, err := s.Once(t.Context(), caller, store.Call{Operation: "x", Path: "/x", Key: "x"}, func(ctx context.Context) (store.Answer, error) {
			_, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: "once"})
			return store.Answer{Status: 200, Body: []byte("{}")}, err
		})
		if replayed != again || !errors.Is(err, store.ErrUnreplicated) {
			t.Errorf("time %d: replayed %t, %v", i, replayed, err)
		}
	}
}

// listed returns all attributes.
func listed(t *testing.T, s *store.Store, organization store.Organization) []store.UserAttribute {
	t.Helper()
	all, err := s.ListUserAttributes(t.Context(), organization)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// cancelWaits has an administrator cancel whatever waits for a replica, until stop is called or the test is over.
func (h host) cancelWaits() (stop func()) {
	h.t.Helper()
	connection, err := pgx.Connect(h.t.Context(), h.URL())
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := connection.Exec(h.t.Context(), `CREATE TEMP TABLE canceled (pid int, query_start timestamptz, UNIQUE (pid, query_start))`); err != nil {
		h.t.Fatal(err)
	}
	const each = `
		WITH waiting AS (
			INSERT INTO canceled SELECT pid, query_start FROM pg_stat_activity WHERE wait_event = 'SyncRep'
			ON CONFLICT DO NOTHING RETURNING pid) -- once, or the next statement might be the one
		SELECT pg_cancel_backend(pid) FROM waiting`
	ctx, end := context.WithCancel(h.t.Context())
	var canceling sync.WaitGroup
	canceling.Go(func() {
		for ctx.Err() == nil {
			connection.Exec(ctx, each)
		}
		connection.Close(context.WithoutCancel(ctx))
	})
	stop = func() { end(); canceling.Wait() }
	h.t.Cleanup(stop)
	return stop
}
