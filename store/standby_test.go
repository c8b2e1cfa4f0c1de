package store_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"
)

// standby starts a host that streams from h.
func (h host) standby() host {
	h.t.Helper()
	server := storetest.StartStandby(h.t, h.Server)
	u, err := url.Parse(server.URL())
	if err != nil {
		h.t.Fatal(err)
	}
	return host{server, h.t, u.Host}
}

// pause has the standby replay nothing more.
func (h host) pause() {
	h.t.Helper()
	storetest.PauseReplay(h.t, h.Server)
}

func (h host) resume() { h.t.Helper(); storetest.ResumeReplay(h.t, h.Server) }

// follow has a standby stream from another host.
func (h host) follow(other host) {
	h.t.Helper()
	u, err := url.Parse(other.URL())
	if err != nil {
		h.t.Fatal(err)
	}
	password, _ := u.User.Password()
	h.run(`ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=`+u.Port()+` user=postgres password=`+password+`'`, `SELECT pg_reload_conf()`)
}

// replicasAt is a URL of replicas.
func replicasAt(addresses ...string) string {
	return "postgres://app:app@" + strings.Join(addresses, ",") + "/app?sslmode=disable"
}

// reading opens a store at these hosts that reads from those at a URL.
func reading(t *testing.T, url string, maxLag time.Duration, hosts ...string) *store.Store {
	t.Helper()
	s := storetest.Open(t, severalHosts(hosts...))
	if err := s.ReadFrom(t.Context(), url, maxLag); err != nil {
		t.Fatal(err)
	}
	return s
}

// usable waits until a replica may be asked, or may not.
func usable(t *testing.T, s *store.Store, address string, want bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); s.Stats().Replicas[address].Usable != want; {
		if _, err := s.Organizations(t.Context()); err != nil { // takes a while
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("a minute later: %+v", s.Stats().Replicas[address])
		}
	}
}

// there has read ask until a replica has answered it: one that takes long to say where it is may not be asked just then.
func there(t *testing.T, s *store.Store, read func()) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		before := s.Stats().ReadsFrom["replica"]
		read()
		if s.Stats().ReadsFrom["replica"] > before {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a minute later no replica is asked: %+v", s.Stats().Replicas)
		}
	}
}

// after lets reads see what left has.
func after(t *testing.T, left string) context.Context {
	return store.WithPositions(t.Context(), &store.Positions{After: left})
}

// readNames returns the names of all attributes, and whether a replica has told them.
func readNames(t *testing.T, s *store.Store, organization store.Organization, ctx context.Context) (names []string, replica bool) {
	t.Helper()
	before := s.Stats().ReadsFrom["replica"]
	all, err := s.ListUserAttributes(ctx, organization)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, one := range all {
		names = append(names, one.Name)
	}
	slices.Sort(names)
	return names, s.Stats().ReadsFrom["replica"] > before
}

// oneByReplica waits until the replica has the one attribute that there is, whose create has left a position. Whoever
// answers meanwhile has it too.
func oneByReplica(t *testing.T, s *store.Store, organization store.Organization, left string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		names, replica := readNames(t, s, organization, after(t, left))
		if len(names) != 1 {
			t.Fatalf("after its own create: %q, of the replica: %t", names, replica)
		}
		if replica {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a minute later the replica is not asked")
		}
	}
}

// created creates an attribute, and returns it with the position that it leaves.
func created(t *testing.T, s *store.Store, organization store.Organization, name string) (store.UserAttribute, string) {
	t.Helper()
	var positions store.Positions
	one, err := s.CreateUserAttribute(store.WithPositions(t.Context(), &positions), organization, store.Draft{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return one, positions.Left
}
