package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func TestCreateUserAttributeAtTheSameTimeWithOneName(t *testing.T) {
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		users := addUsers(t, s, 10)
		kinds := make([]store.Kind, 16)
		var wait sync.WaitGroup
		for i := range kinds {
			wait.Go(func() {
				_, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: "region", Users: users})
				kinds[i] = kindOf(t, err)
			})
		}
		wait.Wait()
		slices.Sort(kinds)
		want := slices.Concat([]store.Kind{""}, slices.Repeat([]store.Kind{store.Conflict}, len(kinds)-1))
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if n := rowsOf(t, s); n != 11 {
			t.Errorf("%d rows, want the attribute and its 10 values", n)
		}
	})
}

func TestConcurrentUpdatesOfOneVersion(t *testing.T) {
	const updates = 50
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		attribute := mustCreate(t, s, organization, store.Draft{Name: "region"})
		kinds := make([]store.Kind, updates)
		var wait sync.WaitGroup
		for i := range kinds {
			wait.Go(func() {
				_, err := s.UpdateUserAttribute(t.Context(), organization, attribute.UUID, store.Draft{Name: fmt.Sprint(i)},
					func(current store.UserAttribute) bool { return current.Name == "region" })
				kinds[i] = kindOf(t, err)
			})
		}
		wait.Wait()
		slices.Sort(kinds)
		want := slices.Concat([]store.Kind{""}, slices.Repeat([]store.Kind{store.Stale}, updates-1))
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestTwoWhoExchangeNamesDoNotDeadlock(t *testing.T) {
	const rounds = 20
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		var ids []string
		for _, name := range []string{"a", "b"} {
			ids = append(ids, mustCreate(t, s, organization, store.Draft{Name: name}).UUID)
		}
		var wait sync.WaitGroup
		for client := range 4 {
			wait.Go(func() {
				for round := range rounds {
					name := []string{"a", "b"}[(client+round)%2]
					_, err := s.UpdateUserAttribute(t.Context(), organization, ids[client%2], store.Draft{Name: name}, nil)
					if got := kindOf(t, err); got != "" && got != store.Conflict {
						t.Errorf("kind %q: %v", got, err)
					}
				}
			})
		}
		wait.Wait()
		if storetest.IsSQLite(s) {
			return // nothing waits for another there
		}
		if n := storetest.Query[int](t, s, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`)[0]; n != 0 {
			t.Errorf("%d deadlocks", n)
		}
	})
}
