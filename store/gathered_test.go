package store_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// TestCreatesThatWaitTogetherGetEachTheirOwnAnswer has creates wait for a connection until they
// are sent together, a taken name, one name twice and unknown users among them.
func TestCreatesThatWaitTogetherGetEachTheirOwnAnswer(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, s)
	store.WaitForTokenUses(s)
	mustCreate(t, s, organization, store.Draft{Name: "taken"})
	unlock := lockTable(t, s, "user_attributes", "SHARE ROW EXCLUSIVE")

	places := 4*runtime.GOMAXPROCS(0) - 1
	type call struct {
		name string
		want store.Kind
		end  context.CancelFunc
	}
	var calls []call
	var group sync.WaitGroup
	demoUser := store.UserValue{UserUUID: store.DemoUserUUID, Values: []string{`a,"b"`, ""}}
	groups := []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: []string{"v"}}}
	start := func(name string, want store.Kind, users ...store.UserValue) {
		ctx, end := context.WithCancel(t.Context())
		t.Cleanup(end)
		calls = append(calls, call{name, want, end})
		group.Go(func() {
			description := "of " + name
			draft := store.Draft{Name: name, Description: &description, Defaults: []string{`a "b"`, ""}, Users: users}
			if len(users) > 0 {
				draft.Groups = groups
			}
			created, err := s.CreateUserAttribute(ctx, organization, draft)
			if got := kindOf(t, err); got != want {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
			if err == nil && (created.Name != name || *created.Description != description) {
				t.Errorf("%s: %+v", name, created)
			}
			for _, user := range created.Users {
				user.Email = ""
				if diff := cmp.Diff(demoUser, user); diff != "" || created.Users[0].Email != store.DemoEmail || len(created.Users) > 1 || !cmp.Equal(created.Groups, groups) {
					t.Errorf("%s: %+v", name, created)
				}
			}
		})
		for waiting(t, s)+int(s.Stats().Pools["all"].Waiting) < len(calls) {
		}
	}
	start("leaves its connection", store.Unavailable)
	for i := range places - 1 {
		start(fmt.Sprint("alone ", i), "")
	}
	start("leaves those with it", "") // they are written, and so is this
	for i := range 20 {
		start(fmt.Sprint("together ", i), "")
		if i%2 == 0 {
			start(fmt.Sprint("with values ", i), "", demoUser)
		}
		if i%8 == 0 {
			start("taken", store.Conflict)
			start(fmt.Sprint("unknown user ", i), store.UnknownReference, demoUser, store.UserValue{UserUUID: uuid.NewString(), Values: []string{"v"}})
		}
	}
	start("twice", "")
	calls[0].end()
	for int(s.Stats().Pools["all"].Waiting) > len(calls)-places-16 {
	}
	for waiting(t, s) < places {
	}
	calls[places].end()
	unlock()
	group.Wait()

	var want []string
	for _, one := range calls {
		if one.want == "" {
			want = append(want, one.name)
		}
	}
	want = append(want, "taken")
	slices.Sort(want)
	got := storetest.Query[string](t, s, `SELECT name FROM user_attributes ORDER BY name COLLATE "C"`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	audited := storetest.Query[string](t, s, `SELECT name FROM audit_events JOIN user_attributes USING (user_attribute_uuid)
		WHERE after::json ->> 'name' = name ORDER BY name COLLATE "C"`)
	if diff := cmp.Diff(got, audited); diff != "" {
		t.Errorf("written down (+):\n%s", diff)
	}
	kept := storetest.Query[string](t, s, `SELECT name || ' ' || user_uuid || ' ' || member."values"::text || ' ' || group_uuid || ' ' || of_group."values"::text
		FROM user_attributes JOIN organization_member_user_attributes AS member USING (user_attribute_uuid) JOIN users USING (user_id)
		JOIN group_user_attributes AS of_group USING (user_attribute_uuid) ORDER BY name COLLATE "C"`)
	want = nil
	for _, name := range got {
		if strings.HasPrefix(name, "with values") {
			want = append(want, name+" "+store.DemoUserUUID+` {"a,\"b\"",""} `+store.DemoGroupUUID+` {v}`)
		}
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("values, -want +got:\n%s", diff)
	}
	if together := storetest.Query[int](t, s, `SELECT max(n) FROM (SELECT count(*) AS n FROM user_attributes GROUP BY xmin::text) AS statements`)[0]; together < 10 {
		t.Errorf("%d were written together at the most", together)
	}
}

// TestCreatesInDoubtGoOnce has a pooler lose the server while creates are sent together: they may have been written,
// and so are not sent once more, to hear that their names are taken.
func TestCreatesInDoubtGoOnce(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, s)
	store.WaitForTokenUses(s)
	storetest.Exec(t, s, `CREATE SEQUENCE tried`)
	storetest.Exec(t, s, `CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF nextval('tried') = 1 THEN RAISE EXCEPTION 'server conn crashed?' USING ERRCODE = '08P01'; END IF; RETURN NEW; END $$`)
	storetest.Exec(t, s, `CREATE TRIGGER lose BEFORE INSERT ON user_attributes FOR EACH ROW WHEN (NEW.name LIKE 'together%') EXECUTE FUNCTION lose()`)
	unlock := lockTable(t, s, "user_attributes", "SHARE ROW EXCLUSIVE")
	places := 4*runtime.GOMAXPROCS(0) - 1
	kinds := make([]store.Kind, places+10)
	var group sync.WaitGroup
	for i := range kinds {
		name := fmt.Sprint("together ", i)
		if i < places {
			name = fmt.Sprint("before ", i)
		}
		group.Go(func() {
			_, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: name})
			kinds[i] = kindOf(t, err)
		})
		for waiting(t, s)+int(s.Stats().Pools["all"].Waiting) <= i {
		}
	}
	unlock()
	group.Wait()
	lost := 0
	for _, kind := range kinds {
		if kind == store.Unavailable {
			lost++
		} else if kind != "" {
			t.Errorf("%q", kinds)
		}
	}
	rows := storetest.Query[int](t, s, `SELECT count(*) FROM user_attributes`)[0]
	if lost < 2 || rows != len(kinds)-lost {
		t.Errorf("%d in doubt, %d rows: %q", lost, rows, kinds)
	}
}

func TestCreatesOfOneNameThatWaitTogether(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, s)
	kinds := make([]store.Kind, 200)
	var group sync.WaitGroup
	for i := range kinds {
		group.Go(func() {
			_, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: fmt.Sprint(i % 50)})
			kinds[i] = kindOf(t, err)
		})
	}
	group.Wait()
	slices.Sort(kinds)
	if want := slices.Concat(slices.Repeat([]store.Kind{""}, 50), slices.Repeat([]store.Kind{store.Conflict}, 150)); !slices.Equal(kinds, want) {
		t.Errorf("%q", kinds)
	}
}

// TestCreatesHaveTheirOwnTime, and not what is left of that of whoever sends them.
func TestCreatesHaveTheirOwnTime(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, s)
	store.WaitForTokenUses(s)
	unlock := lockTable(t, s, "user_attributes", "SHARE ROW EXCLUSIVE")
	var group sync.WaitGroup
	begun := 0
	var some atomic.Bool // have ended, which on a slow machine the short one may have before it sends anything
	start := func(ctx context.Context, name string, want store.Kind) (ended chan struct{}) {
		ended = make(chan struct{})
		group.Go(func() {
			defer close(ended)
			defer some.Store(true)
			if _, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: name}); kindOf(t, err) != want {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		})
		for begun++; !some.Load() && waiting(t, s)+int(s.Stats().Pools["all"].Waiting) < begun; {
		}
		return ended
	}
	first, leave := context.WithCancel(t.Context())
	defer leave()
	start(first, "leaves its connection", store.Unavailable)
	for i := range 4*runtime.GOMAXPROCS(0) - 2 {
		start(t.Context(), fmt.Sprint("alone ", i), "")
	}
	short, end := context.WithTimeout(t.Context(), 5*time.Second)
	defer end()
	sent := start(short, "sends the others", store.Unavailable)
	for i := range 10 {
		start(t.Context(), fmt.Sprint("together ", i), "")
	}
	leave()
	<-sent
	unlock()
	group.Wait()
}

// TestCreatesWithManyValuesWaitForFewOthers: of those with 40 values each two are written together.
func TestCreatesWithManyValuesWaitForFewOthers(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, s)
	people := addUsers(t, s, 40)
	store.WaitForTokenUses(s)
	unlock := lockTable(t, s, "user_attributes", "SHARE ROW EXCLUSIVE")
	var group sync.WaitGroup
	for i := range 4*runtime.GOMAXPROCS(0) - 1 + 10 {
		group.Go(func() {
			if _, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: fmt.Sprint(i), Users: people}); err != nil {
				t.Error(err)
			}
		})
		for waiting(t, s)+int(s.Stats().Pools["all"].Waiting) <= i {
		}
	}
	unlock()
	group.Wait()
	if most := storetest.Query[int](t, s, `SELECT max(n) FROM (SELECT count(*) AS n FROM organization_member_user_attributes GROUP BY xmin::text) AS statements`)[0]; most != 80 {
		t.Errorf("%d values were written together, want 80", most)
	}
}
