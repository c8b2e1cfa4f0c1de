package storetest_test

import (
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestEachGivesAMigratedStoreOfItsOwn(t *testing.T) {
	for range 2 { // the second must not see what the first left
		storetest.Each(t, func(t *testing.T, s *store.Store) {
			migrations, err := s.Migrations(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range migrations {
				if m.AppliedAt.IsZero() {
					t.Errorf("%s is pending", m.Name)
				}
			}
			if _, err := s.CreateToken(t.Context(), store.DemoEmail, "", time.Time{}); err == nil {
				t.Error("the store is not empty")
			}
			if err := s.LoadDemo(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestEachURLGivesAnEmptyDatabase(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		migrations, err := storetest.Open(t, url).Migrations(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range migrations {
			if !m.AppliedAt.IsZero() {
				t.Errorf("%s is applied", m.Name)
			}
		}
	})
}
