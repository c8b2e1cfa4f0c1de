package store_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/jackc/pgx/v5"
)

// halting is a way to a database, which passes nothing on while it is locked, and takes
// connections all the same.
type halting struct{ sync.RWMutex }

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
			go h.pass(server, client)
			go h.pass(client, server)
		}
	}()
	u.Host = listener.Addr().String()
	return u.String()
}

func (h *halting) pass(to, from net.Conn) {
	defer to.Close()
	for piece := make([]byte, 4096); ; {
		n, err := from.Read(piece)
		if err != nil {
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

// Who waits for a lock is left to wait: the database answers others.
func TestLockIsNoSilence(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, s)
	other, err := pgx.Connect(t.Context(), storetest.URL(s))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.WithoutCancel(t.Context()))
	if _, err := other.Exec(t.Context(), `BEGIN; LOCK TABLE user_attributes IN EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, err = s.CreateUserAttribute(ctx, organization, store.Draft{Name: "waits"})
	if e, ok := errors.AsType[*store.Error](err); !ok || e.Kind != store.Unavailable || strings.Contains(e.Unwrap().Error(), "answers nothing") || ctx.Err() == nil {
		t.Errorf("%v (%v)", err, errors.Unwrap(err))
	}
}
