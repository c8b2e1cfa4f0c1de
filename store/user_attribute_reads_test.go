package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestAReadIsOneStatement whatever there is to read.
func TestAReadIsOneStatement(t *testing.T) {
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		people := addUsers(t, s, 10)
		statements := func(attributes int) int64 {
			counted := store.CountStatements(s)
			all, err := s.ListUserAttributes(t.Context(), organization)
			if err != nil {
				t.Fatal(err)
			}
			if len(all) != attributes || len(all[0].Users) != len(people) {
				t.Errorf("%d attributes, want %d; %d users, want %d", len(all), attributes, len(all[0].Users), len(people))
			}
			return counted.Load()
		}
		first := mustCreate(t, s, organization, store.Draft{Name: "first", Users: people})
		one := statements(1)
		for i := range 999 {
			mustCreate(t, s, organization, store.Draft{Name: fmt.Sprint(i), Users: people})
		}
		if many := statements(1000); one != 1 || many != 1 {
			t.Errorf("%d statements for a list of 1 attribute, %d for 1,000", one, many)
		}
		counted := store.CountStatements(s)
		if got, err := s.GetUserAttribute(t.Context(), organization, first.UUID); err != nil || counted.Load() != 1 {
			t.Errorf("%d statements for one attribute, %v", counted.Load(), err)
		} else if diff := gocmp.Diff(first, got); diff != "" {
			t.Errorf("-created +got:\n%s", diff)
		}
	})
}

func TestAListIsTheSameInWhateverOrderItsRowsCome(t *testing.T) {
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		description := "d"
		for _, name := range []string{"first", "second"} {
			mustCreate(t, s, organization, store.Draft{Name: name, Description: &description, Users: addUsers(t, s, 3),
				Groups: []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: []string{"v"}}}})
		}
		storetest.Exec(t, s, `UPDATE user_attributes SET created_at = '2026-11-29 12:00:00.000'`)
		want, err := s.ListUserAttributes(t.Context(), organization)
		if err != nil {
			t.Fatal(err)
		}
		store.ReadBackwards(s)
		got, err := s.ListUserAttributes(t.Context(), organization)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" || len(got) != 2 {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// TestALongListIsInOrder, and so is the longest that is not long, also where PostgreSQL has several processes read
// whatever they may.
func TestALongListIsInOrder(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, s)
	people := addUsers(t, s, 2)
	for _, setting := range []string{"parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size", "min_parallel_index_scan_size"} {
		storetest.Exec(t, s, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET `+setting+` = 0', current_database()); END $$`)
	}
	const withValues = 300 // among them all that are read first
	storetest.Exec(t, s, `INSERT INTO user_attributes (name, organization_id, created_at)
		SELECT 'old ' || n, organization_id, timestamp '2026-01-01' + n / 3 * interval '1 ms' FROM organizations, generate_series(1, ?) AS n`, store.LongList+1-withValues)
	again := storetest.OpenAgain(t, s)
	inOrder := func(a, b store.UserAttribute) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), strings.Compare(a.UUID, b.UUID))
	}
	var want []store.UserAttribute
	for n := range withValues {
		store.SetClock(s, func() time.Time { return time.UnixMilli(1_800_000_000_000 + int64(n/3)).UTC() })
		want = append(want, mustCreate(t, s, organization, store.Draft{Name: fmt.Sprint(n), Users: people}))
		if n < withValues-2 {
			continue
		}
		slices.SortFunc(want, inOrder)
		got, err := again.ListUserAttributes(t.Context(), organization)
		if err != nil || len(got) != store.LongList+2+n-withValues || !slices.IsSortedFunc(got, inOrder) {
			t.Fatalf("%d attributes, %v", len(got), err)
		}
		if diff := gocmp.Diff(want, got[:len(want)], cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("a list of %d, -want +got:\n%.2000s", len(got), diff)
		}
	}
}

// TestAListThatComesOutOfOrderFails: of an attribute that is told in two parts each would look like a whole one.
func TestAListThatComesOutOfOrderFails(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		mustCreate(t, s, organization, store.Draft{Name: "first"})
		mustCreate(t, s, organization, store.Draft{Name: "second"})
		store.ReadOldestFirst(s)
		if got, err := s.ListUserAttributes(t.Context(), organization); err == nil {
			t.Errorf("%+v", got)
		}
	})
}
