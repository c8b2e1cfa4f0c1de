package store_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"
	"attributed/store/storetest/postgres"
)

// host is one of several servers that have the same people, of which one at a time takes writes.
type host struct {
	*postgres.Server
	t       *testing.T
	address string
}

// startHost starts a server with a database app, which app owns.
func startHost(t *testing.T) (host, store.Organization) {
	t.Helper()
	server, err := postgres.Start(t.Context(), postgres.ForTests)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	u, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	h := host{server, t, u.Host}
	h.run(`CREATE ROLE app LOGIN PASSWORD 'app'`, `CREATE DATABASE app OWNER app`)
	s := storetest.Open(t, severalHosts(h.address))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h, demo(t, s)
}

// run carries statements out as the superuser.
func (h host) run(statements ...string) {
	h.t.Helper()
	storetest.Run(h.t, h.Server, statements...)
}

// demote ends who is connected, and takes no more writes.
func (h host) demote() {
	h.t.Helper()
	h.run(`ALTER DATABASE app SET default_transaction_read_only = on`, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'app'`)
}

func (h host) promote() {
	h.t.Helper()
	h.run(`ALTER DATABASE app RESET default_transaction_read_only`)
}

// severalHosts is the URL of the one of these that takes writes.
func severalHosts(addresses ...string) string {
	return "postgres://app:app@" + strings.Join(addresses, ",") + "/app?sslmode=disable&target_session_attrs=read-write"
}

// createAgain creates an attribute, again and again while the database is unavailable.
func createAgain(t *testing.T, s *store.Store, organization store.Organization, name string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		_, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: name})
		if err == nil {
			return
		}
		if kindOf(t, err) != store.Unavailable || time.Now().After(deadline) {
			t.Fatalf("%s: %v (%v)", name, err, errors.Unwrap(err))
		}
	}
}

func TestWritesFollowThePrimary(t *testing.T) {
	first, organization := startHost(t)
	second, _ := startHost(t)
	second.demote()
	s := storetest.Open(t, severalHosts(first.address, second.address))
	everyChange(t, s, organization, "first", true)

	first.demote()
	second.promote()
	everyConnection(t, s, organization) // reads are tried again by themselves: none fails
	everyChange(t, s, organization, "planned", true)

	if err := second.Crash(); err != nil {
		t.Fatal(err)
	}
	_, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: "nowhere"})
	if got := kindOf(t, err); got != store.Unavailable {
		t.Errorf("without a primary: %q, want %q (%v)", got, store.Unavailable, err)
	}
	first.promote()
	createAgain(t, s, organization, "crashed")
	everyChange(t, s, organization, "crashed", true)
}

// A host that was lost or cut off answers nothing, and does not even refuse: the one after it is reached
// all the same, by calls and by what looks whether the database answers.
func TestTheFirstHostAnswersNothing(t *testing.T) {
	second, organization := startHost(t)
	var way halting
	cut, err := url.Parse(way.through(t, second.URL()))
	if err != nil {
		t.Fatal(err)
	}
	way.Lock()
	defer way.Unlock()
	s := storetest.Open(t, severalHosts(cut.Host, second.address))
	everyConnection(t, s, organization)
	everyChange(t, s, organization, "cut off", true)
}
