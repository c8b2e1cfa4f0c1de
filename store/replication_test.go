package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/jackc/pgx/v5"
)

// TestUnreplicatedIsNotAcknowledged: where a write has to be on a replica, and is canceled before it is, by
// us since its time is over or by an administrator, PostgreSQL keeps it, and answers that with success and a
// warning. It is not told as done: with the primary it would be gone.
func TestUnreplicatedIsNotAcknowledged(t *testing.T) {
	h, organization := startHost(t)
	s := storetest.Open(t, severalHosts(h.address))
	kept, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: "kept"})
	if err != nil {
		t.Fatal(err)
	}
	h.run(`ALTER ROLE postgres SET synchronous_commit = local`) // for our own statements
	h.run(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`, `SELECT pg_reload_conf()`)

	givenUp := func(n int) error {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: fmt.Sprint("given up ", n)})
		return err
	}
	// The setting holds from some moment on.
	for n, end := 0, time.Now().Add(30*time.Second); givenUp(n) == nil; n++ {
		if time.Now().After(end) {
			t.Fatal("creates whose time was over are told as done, and no replica has them")
		}
	}
	h.cancelWaits()
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
			if err := tt.write(t.Context()); err == nil {
				t.Error("it is told as done, and no replica has it")
			}
		})
	}
}

// cancelWaits has an administrator cancel whatever waits for a replica, until the test is over.
func (h host) cancelWaits() {
	h.t.Helper()
	connection, err := pgx.Connect(h.t.Context(), h.URL())
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(h.t.Context())
	var canceling sync.WaitGroup
	canceling.Go(func() {
		for ctx.Err() == nil {
			connection.Exec(ctx, `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
		}
		connection.Close(context.WithoutCancel(ctx))
	})
	h.t.Cleanup(func() {
		stop()
		canceling.Wait()
	})
}
