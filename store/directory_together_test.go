package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func TestAFaultInTheMiddleOfAnImportLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		imported(t, s, "Ours", person("ada@example.com"))
		if storetest.IsSQLite(s) {
			storetest.Exec(t, s, `CREATE TRIGGER fault BEFORE INSERT ON group_memberships BEGIN SELECT RAISE(ABORT, 'fault'); END`)
		} else {
			storetest.Exec(t, s, `CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fault'; END $$`)
			storetest.Exec(t, s, `CREATE TRIGGER fault BEFORE INSERT ON group_memberships FOR EACH ROW EXECUTE FUNCTION fault()`)
		}
		before := everything(t, s)
		people := []store.Person{person("ada@example.com", as("admin")), person("bob@example.com", in("Europe"))}
		if _, err := s.ImportDirectory(t.Context(), "Ours", people, store.ImportOptions{}); err == nil {
			t.Error("no error")
		}
		if diff := cmp.Diff(before, everything(t, s)); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
	})
}

func TestConcurrentImportsFollowEachOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var people []store.Person
		for i := range 50 {
			people = append(people, person(fmt.Sprintf("%d@example.com", i), in("Europe", fmt.Sprint(i%5))))
		}
		var imports sync.WaitGroup
		var added [8]int
		for i := range added {
			imports.Go(func() {
				changes, err := s.ImportDirectory(t.Context(), "New", people, store.ImportOptions{})
				if err != nil {
					t.Error(err)
				}
				added[i] = len(changes)
			})
		}
		imports.Wait()
		sum := 0
		for _, n := range added {
			sum += n
		}
		const all = 1 + 50 + 50 + 6 + 100 // organization, users, memberships, groups, group memberships
		if sum != all {
			t.Errorf("%v changes, want that one import made all %d", added, all)
		}
		if got := exported(t, s, "New"); len(got) != len(people) {
			t.Errorf("%d people", len(got))
		}
	})
}

func TestConcurrentImportsOfOnePersonIntoTwoOrganizations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var imports sync.WaitGroup
		var kinds [6]store.Kind
		for i := range kinds {
			imports.Go(func() {
				_, err := s.ImportDirectory(t.Context(), fmt.Sprint(i), []store.Person{person("ada@example.com")}, store.ImportOptions{})
				if failed, ok := errors.AsType[*store.Error](err); ok {
					kinds[i] = failed.Kind
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		imports.Wait()
		won := 0
		for _, kind := range kinds {
			switch kind {
			case "":
				won++
			case store.Invalid, store.Conflict: // the other was there, or came at the same moment
			default:
				t.Errorf("kind %q", kind)
			}
		}
		if names, err := s.Organizations(t.Context()); won != 1 || len(names) != 1 || err != nil {
			t.Errorf("%v: organizations %v, %v", kinds, names, err)
		}
	})
}

// SQLite has one writer at a time.
func TestImportOnPostgreSQLLetsOthersWriteAttributes(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := imported(t, s, "Ours", person("ada@example.com"))
	created := errors.New("not tried")
	_, err := s.ImportDirectory(t.Context(), "Ours", []store.Person{person("bob@example.com")}, store.ImportOptions{
		Progress: func(done, total int) {
			if done == total {
				_, created = s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: "country"})
			}
		},
	})
	if err != nil || created != nil {
		t.Errorf("import: %v; create while it was about to commit: %v", err, created)
	}
}

func TestImportTellsItsProgress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		people := make([]store.Person, 2500)
		for i := range people {
			people[i] = person(fmt.Sprintf("%d@example.com", i), in("Europe"))
		}
		var steps [][2]int
		_, err := s.ImportDirectory(t.Context(), "Ours", people, store.ImportOptions{Progress: func(done, total int) { steps = append(steps, [2]int{done, total}) }})
		if err != nil {
			t.Fatal(err)
		}
		const total = 4*2500 + 1 // users, e-mails, memberships and group memberships; the group
		want := [][2]int{{1000, total}, {2000, total}, {2500, total}, {2501, total}, {5001, total}, {7501, total}, {10001, total}}
		if diff := cmp.Diff(want, steps); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}
