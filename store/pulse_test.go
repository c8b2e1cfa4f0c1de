package store_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"
)

// halting is a way to a database, which passes nothing on while it is locked, and takes
// connections all the same.
type halting struct {
	sync.RWMutex
	loses atomic.Bool // the answer to the next commit, with the connection
}

// through returns the URL of the database at address by way of h.
func (h *halting) through(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	database := u.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", database)
			if err != nil {
				client.Close()
				continue
			}
			var last atomic.Bool
			go h.pass(server, client, func(piece []byte) bool {
				if bytes.Contains(piece, []byte("commit")) && h.loses.CompareAndSwap(true, false) {
					last.Store(true)
				}
				return true
			})
			go h.pass(client, server, func([]byte) bool { return !last.Load() })
		}
	}()
	u.Host = listener.Addr().String()
	return u.String()
}

// pass passes on what may pass, and ends the connection at what may not.
func (h *halting) pass(to, from net.Conn, may func([]byte) bool) {
	defer to.Close()
	for piece := make([]byte, 4096); ; {
		n, err := from.Read(piece)
		if err != nil || !may(piece[:n]) {
			return
		}
		h.RLock()
		_, err = to.Write(piece[:n])
		h.RUnlock()
		if err != nil {
			return
		}
	}
}

// A caller would wait for the end of its time, here a minute, and hold a connection meanwhile.
func TestDatabaseThatAnswersNothing(t *testing.T) {
	migrated := storetest.Open(t, storetest.PostgresURL(t))
	if err := migrated.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	var way halting
	s := storetest.Open(t, way.through(t, storetest.URL(migrated)))
	organization := demo(t, s)
	everyConnection(t, s, organization)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	way.Lock()
	var calls sync.WaitGroup
	for range 40 { // more than there are connections
		calls.Go(func() {
			_, err := s.ListUserAttributes(ctx, organization)
			isSilence(t, err)
		})
	}
	calls.Wait()
	_, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: "late"})
	isSilence(t, err)
	if ctx.Err() != nil {
		t.Error("the calls took all of their time")
	}

	way.Unlock()
	for _, err = s.ListUserAttributes(ctx, organization); err != nil; _, err = s.ListUserAttributes(ctx, organization) {
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

// isSilence fails the test unless err says that the database answers nothing.
func isSilence(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*store.Error](err)
	if !ok || e.Kind != store.Unavailable || !strings.Contains(e.Unwrap().Error(), "answers nothing") {
		t.Errorf("%v (%v)", err, errors.Unwrap(err))
	}
}

// What may have been done is not done once more: here the second time would find nothing to remove.
func TestCommitWithoutAnAnswer(t *testing.T) {
	migrated := storetest.Open(t, storetest.PostgresURL(t))
	if err := migrated.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	var way halting
	s := storetest.Open(t, way.through(t, storetest.URL(migrated)))
	organization := demo(t, s)
	one, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: "removed"})
	if err != nil {
		t.Fatal(err)
	}
	way.loses.Store(true)
	err = s.RemoveUserAttribute(t.Context(), organization, one.UUID, nil)
	if e, ok := errors.AsType[*store.Error](err); !ok || e.Kind != store.Unavailable || way.loses.Load() {
		t.Errorf("%v (%v)", err, errors.Unwrap(err))
	}
	if all, err := s.ListUserAttributes(t.Context(), organization); err != nil || len(all) != 0 {
		t.Errorf("%v (%v), want that it was removed", all, err)
	}
}

// Who waits for a lock is left to wait: the database answers others.
func TestLockIsNoSilence(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, s)
	other := storetest.Connect(t, storetest.URL(s))
	if _, err := other.Exec(t.Context(), `BEGIN; LOCK TABLE user_attributes IN EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: "waits"})
	if e, ok := errors.AsType[*store.Error](err); !ok || e.Kind != store.Unavailable || strings.Contains(e.Unwrap().Error(), "answers nothing") || ctx.Err() == nil {
		t.Errorf("%v (%v)", err, errors.Unwrap(err))
	}
}
