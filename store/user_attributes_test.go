package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func TestCreateUserAttributeAnswersWhatWasWritten(t *testing.T) {
	storetest.EachWithSeveral(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		// An e-mail's order by bytes is not that of a locale.
		storetest.Exec(t, s, `UPDATE emails SET email = 'Zoe@lightdash.com' WHERE email = 'viewer@lightdash.com'`)
		description := "which rows"
		// All that either engine's form of a list has a meaning for.
		quoted := []string{`"quoted" \ <&>` + "\u2028\n", "", "NULL", "a,b", "{c}", `["d"]`, " e ", "", "é☃", "a,b"}
		got, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{
			Name: "région ☃ '%;--", Description: &description, Defaults: []string{},
			Users: []store.UserValue{
				{UserUUID: store.DemoUserUUID, Values: []string{}},
				{UserUUID: store.DemoViewerUUID, Values: quoted},
			},
			Groups: []store.GroupValue{
				{GroupUUID: store.DemoOtherGroupUUID, Values: []string{"b"}},
				{GroupUUID: store.DemoGroupUUID, Values: []string{strings.Repeat("é", 255)}},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if age := time.Since(got.CreatedAt); age < -time.Second || age > time.Minute || got.CreatedAt.Location() != time.UTC {
			t.Errorf("created at %v", got.CreatedAt)
		}
		if id, err := uuid.Parse(got.UUID); err != nil || id.Version() != 4 {
			t.Errorf("uuid %q is no v4", got.UUID)
		}
		want := store.UserAttribute{
			UUID: got.UUID, CreatedAt: got.CreatedAt.Truncate(time.Millisecond), OrganizationUUID: store.DemoOrganizationUUID,
			Draft: store.Draft{
				Name: "région ☃ '%;--", Description: &description, Defaults: []string{},
				Users: []store.UserValue{
					{UserUUID: store.DemoViewerUUID, Values: quoted, Email: "Zoe@lightdash.com"},
					{UserUUID: store.DemoUserUUID, Values: []string{}, Email: store.DemoEmail},
				},
				Groups: []store.GroupValue{
					{GroupUUID: store.DemoGroupUUID, Values: []string{strings.Repeat("é", 255)}},
					{GroupUUID: store.DemoOtherGroupUUID, Values: []string{"b"}},
				},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		each := `unnest(v."values") AS one(value)`
		if storetest.IsSQLite(s) {
			each = `json_each(v."values")`
		}
		type valueRow struct{ Who, Value string }
		rows := storetest.Query[valueRow](t, s, `
			SELECT CAST(users.user_uuid AS text) AS who, value FROM organization_member_user_attributes AS v JOIN users ON users.user_id = v.user_id
			CROSS JOIN `+each+` WHERE user_attribute_uuid = ?
			UNION ALL SELECT CAST(group_uuid AS text), value FROM group_user_attributes AS v CROSS JOIN `+each+` WHERE user_attribute_uuid = ?`, got.UUID, got.UUID)
		slices.SortStableFunc(rows, func(a, b valueRow) int { return strings.Compare(a.Who, b.Who) })
		var wantRows []valueRow
		for _, value := range quoted {
			wantRows = append(wantRows, valueRow{store.DemoViewerUUID, value})
		}
		wantRows = append(wantRows, valueRow{store.DemoGroupUUID, strings.Repeat("é", 255)}, valueRow{store.DemoOtherGroupUUID, "b"})
		if diff := cmp.Diff(wantRows, rows); diff != "" {
			t.Errorf("rows, -want +got:\n%s", diff)
		}
	})
}

func TestCreateUserAttribute(t *testing.T) {
	unknown := uuid.NewString()
	users := func(all ...string) (values []store.UserValue) {
		for _, one := range all {
			values = append(values, store.UserValue{UserUUID: one, Values: []string{"v"}})
		}
		return values
	}
	groups := func(all ...string) (values []store.GroupValue) {
		for _, one := range all {
			values = append(values, store.GroupValue{GroupUUID: one, Values: []string{"v"}})
		}
		return values
	}
	tests := []struct {
		name                        string
		draft                       store.Draft
		want                        store.Kind // "" is success
		unknownUsers, unknownGroups []int
	}{
		{name: "new name", draft: store.Draft{Name: "region"}},
		{name: "name taken", draft: store.Draft{Name: "country", Users: users(store.DemoUserUUID)}, want: store.Conflict},
		{name: "other case is another name", draft: store.Draft{Name: "Country"}},
		{name: "name of another organization", draft: store.Draft{Name: "theirs"}},
		{name: "unknown and foreign users and groups, all told", want: store.UnknownReference,
			draft:        store.Draft{Name: "new", Users: users(store.DemoUserUUID, unknown, theirUser), Groups: groups(theirGroup, store.DemoGroupUUID, unknown)},
			unknownUsers: []int{1, 2}, unknownGroups: []int{0, 2}},
		{name: "unknown group comes before a name that is taken", want: store.UnknownReference,
			draft: store.Draft{Name: "country", Groups: groups(unknown)}, unknownGroups: []int{0}},
		{name: "inactive user of the organization", draft: store.Draft{Name: "inactive", Users: users(store.DemoEditorUUID)}},
	}
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization, theirs := demo(t, s), otherOrganization(t, s)
		storetest.Exec(t, s, `UPDATE users SET is_active = false WHERE user_uuid = ?`, store.DemoEditorUUID)
		if _, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: "country"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreateUserAttribute(t.Context(), theirs, store.Draft{Name: "theirs"}); err != nil {
			t.Fatal(err)
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				before := rowsOf(t, s)
				_, err := s.CreateUserAttribute(t.Context(), organization, tt.draft)
				if got := kindOf(t, err); got != tt.want {
					t.Fatalf("kind %q, want %q: %v", got, tt.want, err)
				}
				if err == nil {
					return
				}
				e, _ := errors.AsType[*store.Error](err)
				if !slices.Equal(e.Users, tt.unknownUsers) || !slices.Equal(e.Groups, tt.unknownGroups) {
					t.Errorf("unknown: users %v, groups %v, want %v and %v", e.Users, e.Groups, tt.unknownUsers, tt.unknownGroups)
				}
				if after := rowsOf(t, s); after != before {
					t.Errorf("%d rows were left behind", after-before)
				}
			})
		}
	})
}

func TestCreateUserAttributeTakesTheSameNumberOfStatementsForAnyNumberOfValues(t *testing.T) {
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		users := addUsers(t, s, 1000)
		counts := map[int]int64{}
		for _, n := range []int{0, 10, 1000} {
			counted := store.CountStatements(s)
			if _, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: fmt.Sprint(n), Users: users[:n]}); err != nil {
				t.Fatal(err)
			}
			counts[n] = counted.Load()
		}
		if counts[0] == 0 || counts[10] < counts[0] || counts[1000] != counts[10] { // none are not written
			t.Errorf("statements by number of users: %v", counts)
		}
		if !storetest.IsSQLite(s) && counts[0] != 1 {
			t.Errorf("%d statements, want 1: each is a round trip", counts[0])
		}
	})
}

// addUsers adds n users to the demo organization, and returns a value for each.
func addUsers(t *testing.T, s *store.Store, n int) []store.UserValue {
	t.Helper()
	values := make([]store.UserValue, n)
	var users, emails strings.Builder
	for i := range values {
		id := uuid.NewString()
		values[i] = store.UserValue{UserUUID: id, Values: []string{fmt.Sprint("value ", i)}}
		fmt.Fprintf(&users, ", ('%s', '', '')", id)
		fmt.Fprintf(&emails, ", ('%s')", id)
	}
	storetest.Exec(t, s, `INSERT INTO users (user_uuid, first_name, last_name) VALUES `+users.String()[2:])
	storetest.Exec(t, s, `INSERT INTO organization_memberships (organization_id, user_id) SELECT organization_id, user_id FROM organizations, users
		WHERE user_id NOT IN (SELECT user_id FROM organization_memberships)`)
	storetest.Exec(t, s, `INSERT INTO emails (user_id, email, is_primary) SELECT user_id, 'user' || user_id || '@example.com', true FROM users
		WHERE user_id NOT IN (SELECT user_id FROM emails)`)
	return values
}

func TestCreateUserAttributeThatFailsInItsMiddleLeavesNothing(t *testing.T) {
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		if storetest.IsSQLite(s) {
			storetest.Exec(t, s, `CREATE TRIGGER fault BEFORE INSERT ON group_user_attributes BEGIN SELECT RAISE(ABORT, 'fault'); END`)
		} else {
			storetest.Exec(t, s, `CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fault'; END $$`)
			storetest.Exec(t, s, `CREATE TRIGGER fault BEFORE INSERT ON group_user_attributes FOR EACH ROW EXECUTE FUNCTION fault()`)
		}
		_, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{
			Name:   "region",
			Users:  []store.UserValue{{UserUUID: store.DemoUserUUID, Values: []string{"v"}}},
			Groups: []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: []string{"v"}}},
		})
		if err == nil {
			t.Fatal("no error")
		}
		if _, ok := errors.AsType[*store.Error](err); ok {
			t.Errorf("a fault that no caller can do anything about has a kind: %v", err)
		}
		if n := rowsOf(t, s); n != 0 {
			t.Errorf("%d rows were left behind", n)
		}
	})
}

func TestCreateUserAttributeWhoseConnectionIsCutLeavesNothing(t *testing.T) {
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		if storetest.IsSQLite(s) {
			return // a file has no connection to cut
		}
		organization := demo(t, s)
		// The server ends the connection when the last of the rows has just been written.
		storetest.Exec(t, s, `CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$`)
		storetest.Exec(t, s, `CREATE TRIGGER cut AFTER INSERT ON group_user_attributes FOR EACH ROW EXECUTE FUNCTION cut()`)
		draft := store.Draft{Name: "region", Groups: []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: []string{"v"}}}}
		_, err := s.CreateUserAttribute(t.Context(), organization, draft)
		if got := kindOf(t, err); got != store.Unavailable {
			t.Errorf("kind %q, want %q: %v", got, store.Unavailable, err)
		}
		if n := rowsOf(t, s); n != 0 {
			t.Errorf("%d rows were left behind", n)
		}
		storetest.Exec(t, s, `DROP TRIGGER cut ON group_user_attributes`)
		if _, err := s.CreateUserAttribute(t.Context(), organization, draft); err != nil {
			t.Errorf("the next create: %v", err)
		}
	})
}

func TestCreateUserAttributeWithoutTime(t *testing.T) {
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		_, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: "region"})
		if got := kindOf(t, err); got != store.Unavailable {
			t.Errorf("kind %q, want %q: %v", got, store.Unavailable, err)
		}
	})
}

func TestCreateUserAttributeWithAsManyValuesAsTheAPITakes(t *testing.T) {
	const most = 10_000
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		draft := store.Draft{Name: "region", Users: addUsers(t, s, most)}
		var groups strings.Builder
		for i := range most {
			group := store.GroupValue{GroupUUID: uuid.NewString(), Values: []string{fmt.Sprint(i)}}
			draft.Groups = append(draft.Groups, group)
			fmt.Fprintf(&groups, ", ('%s', '%d')", group.GroupUUID, i)
		}
		uuidOf := `CAST(column1 AS uuid)`
		if storetest.IsSQLite(s) {
			uuidOf = `column1` // is a text there
		}
		storetest.Exec(t, s, `INSERT INTO groups (group_uuid, name, organization_id)
			SELECT `+uuidOf+`, column2, organization_id FROM organizations, (VALUES `+groups.String()[2:]+`) AS given`)
		if _, err := s.CreateUserAttribute(t.Context(), organization, draft); err != nil {
			t.Fatal(err)
		}
		if n := rowsOf(t, s); n != 1+2*most {
			t.Errorf("%d rows", n)
		}
	})
}

func TestCreateUserAttributeForAnOrganizationThatIsGone(t *testing.T) {
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		storetest.Exec(t, s, `DELETE FROM organizations`)
		_, err := s.CreateUserAttribute(t.Context(), organization, store.Draft{Name: "region"})
		if got := kindOf(t, err); got != store.Unauthenticated {
			t.Errorf("kind %q, want %q", got, store.Unauthenticated)
		}
	})
}
