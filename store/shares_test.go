package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"attributed/store"
	"attributed/store/storetest"
)

// lockTable locks a table of s, in a session of its own, until the test ends or unlock is called.
func lockTable(t *testing.T, s *store.Store, table, mode string) (unlock func()) {
	t.Helper()
	session := storetest.Connect(t, storetest.URL(s))
	unlock = func() { session.Close(context.Background()) }
	t.Cleanup(unlock)
	if _, err := session.Exec(t.Context(), fmt.Sprintf(`BEGIN; LOCK TABLE %s IN %s MODE`, table, mode)); err != nil {
		t.Fatal(err)
	}
	return unlock
}

// waiting is how many connections of the database of s wait for a lock.
func waiting(t *testing.T, s *store.Store) int {
	t.Helper()
	return storetest.Query[int](t, s, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)[0]
}

func TestWhoWaitsForALockLeavesConnectionsToOthers(t *testing.T) {
	cpus := runtime.GOMAXPROCS(0)
	type call = func(ctx context.Context, s *store.Store, organization store.Organization) error
	create := func(ctx context.Context, s *store.Store, organization store.Organization) error {
		_, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: "not there"})
		return err
	}
	list := func(ctx context.Context, s *store.Store, organization store.Organization) error {
		_, err := s.ListUserAttributes(ctx, organization)
		return err
	}
	people := func(ctx context.Context, s *store.Store, organization store.Organization) error {
		_, _, err := s.ListGroups(ctx, organization, store.Page{Number: 1}, "", 10)
		return err
	}
	token := func(ctx context.Context, s *store.Store, _ store.Organization) error {
		_, err := s.Authenticate(ctx, "ldpat_"+rand.Text())
		if e, ok := errors.AsType[*store.Error](err); ok && e.Kind == store.Unauthenticated {
			return nil
		}
		return err
	}
	ping := func(ctx context.Context, s *store.Store, _ store.Organization) error { return s.Ping(ctx) }
	tests := []struct {
		name, table, mode string
		waits             call
		most              int // connections that wait
		served            []call
	}{
		{"changes for a table that may be read", "user_attributes", "SHARE ROW EXCLUSIVE", create, 4*cpus - 1, []call{list, people, token, ping}},
		{"reads for a table that may not", "user_attributes", "ACCESS EXCLUSIVE", list, 3 * cpus, []call{people, token, ping}},
		{"look-ups of tokens", "personal_access_tokens", "ACCESS EXCLUSIVE", token, cpus, []call{create, list, people, ping}},
		{"reads of groups", "groups", "ACCESS EXCLUSIVE", people, 3*cpus - 1, []call{token, ping}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := storetest.Open(t, storetest.PostgresURL(t))
			if err := s.MigrateUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			organization := demo(t, s)
			store.WaitForTokenUses(s)
			lockTable(t, s, tt.table, tt.mode)
			ctx, end := context.WithCancel(t.Context())
			var calls sync.WaitGroup
			for range 20 * cpus {
				calls.Go(func() {
					if err := tt.waits(ctx, s, organization); kindOf(t, err) != store.Unavailable {
						t.Errorf("what waited for the lock, or for a connection: %v", err)
					}
				})
			}
			for waiting(t, s) < tt.most {
			}
			for tt.table == "user_attributes" && s.Stats().Pools["all"].Waiting < 20*cpus-tt.most {
			}
			inTime, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			for i, served := range tt.served {
				if err := served(inTime, s, organization); err != nil {
					t.Errorf("call %d was not served: %v", i, err)
				}
			}
			if n := waiting(t, s); n > tt.most {
				t.Errorf("%d connections wait, want %d at the most", n, tt.most)
			}
			end()
			calls.Wait()
			if stats := s.Stats().Pools["all"]; tt.table == "user_attributes" && (stats.Waits < int64(20*cpus-tt.most) || stats.WaitTime == 0 || stats.Waiting != 0) {
				t.Errorf("%d waits of together %s were counted, and %d go on", stats.Waits, stats.WaitTime, stats.Waiting)
			}
		})
	}
}

func TestWhoComesFirstIsServedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const calls = 50
		holding := store.HoldingForChange()
		leave := make(chan bool)
		var came, served []int
		for i := range calls {
			came = append(came, i)
			go holding(func(context.Context) error {
				served = append(served, i)
				<-leave
				return nil
			})(t.Context())
			synctest.Wait() // until it is served or queues
		}
		for range calls {
			leave <- true
			synctest.Wait()
		}
		if !slices.Equal(served, came) {
			t.Errorf("served in the order %v", served)
		}
	})
}
