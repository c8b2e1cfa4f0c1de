package server_test

import (
	"context"
	"flag"
	"runtime"
	"sync"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/uuid"
)

var crowded = flag.Bool("crowd", false, "have others create in each PostgreSQL all the time, so that what a test creates is written in one statement with theirs, of which all fail")

func TestMain(m *testing.M) {
	if flag.Parse(); *crowded {
		storetest.OnOpen(crowd)
	}
	storetest.Main(m)
}

// crowd has all connections for changes in use until the test ends, by creates that write nothing: some name a user
// whom nobody knows, and some, of an organization that there is not, end the whole statement.
func crowd(t testing.TB, s *store.Store) {
	if storetest.IsSQLite(s) {
		return
	}
	ctx, leave := context.WithCancel(context.Background())
	var callers sync.WaitGroup
	for i := range 6 * runtime.GOMAXPROCS(0) {
		callers.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				draft := store.Draft{Name: uuid.NewString()}
				if n%8 > 0 {
					draft.Users = []store.UserValue{{UserUUID: uuid.NewString(), Values: []string{"v"}}}
				}
				if _, err := s.CreateUserAttribute(ctx, store.Organization{}, draft); err == nil {
					t.Errorf("a create of no organization is done: %+v", draft)
				}
			}
		})
	}
	t.Cleanup(func() {
		leave()
		callers.Wait()
	})
}
