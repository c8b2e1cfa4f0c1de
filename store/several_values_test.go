package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// addBeforeSeveralValues writes an attribute as programs did that knew one value of each.
func addBeforeSeveralValues(t *testing.T, s *store.Store, name string, fallback *string, user, group string) {
	t.Helper()
	storetest.Exec(t, s, `INSERT INTO user_attributes (name, attribute_default, organization_id) SELECT ?, ?, organization_id FROM organizations`, name, fallback)
	storetest.Exec(t, s, `INSERT INTO organization_member_user_attributes (user_id, organization_id, user_attribute_uuid, value)
		SELECT user_id, organization_id, user_attribute_uuid, ? FROM users, user_attributes WHERE user_uuid = ? AND name = ?`, user, store.DemoUserUUID, name)
	storetest.Exec(t, s, `INSERT INTO group_user_attributes (group_uuid, user_attribute_uuid, value)
		SELECT group_uuid, user_attribute_uuid, ? FROM groups, user_attributes WHERE group_uuid = ? AND user_attributes.name = ?`, group, store.DemoGroupUUID, name)
}

func TestSeveralValuesKeepWhatWasWrittenBefore(t *testing.T) {
	text := func(s string) *string { return &s }
	const quoted = `"a", {b} \ NULL'`
	long := strings.Repeat("é", 255)
	rows := []struct {
		name                    string
		fallback                *string
		user, group             string
		defaults, users, groups []string
	}{
		{"one each", text("d"), "u", "g", []string{"d"}, []string{"u"}, []string{"g"}},
		{"empty ones", text(""), "", "", []string{}, []string{}, []string{}},
		{"no default", nil, "NULL", "[]", nil, []string{"NULL"}, []string{"[]"}},
		{"ones to be quoted", text(quoted), quoted, long, []string{quoted}, []string{quoted}, []string{long}},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		downTo(t, s, 2)
		for _, row := range rows {
			addBeforeSeveralValues(t, s, row.name, row.fallback, row.user, row.group)
		}
		for _, when := range []string{"up", "up, down and up"} {
			downTo(t, s, 2)
			if loss, err := s.MigrationLoss(t.Context()); err != nil || loss != "" {
				t.Errorf("%s: of a database before the migration: %q, %v", when, loss, err)
			}
			if err := s.MigrateUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			downTo(t, s, 3)
			if loss, err := s.MigrationLoss(t.Context()); err != nil || loss != "" {
				t.Errorf("%s: of one value each: %q, %v", when, loss, err)
			}
			if err := s.MigrateUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			all, err := s.ListUserAttributes(t.Context(), organization)
			if err != nil || len(all) != len(rows) {
				t.Fatalf("%s: %d attributes, %v", when, len(all), err)
			}
			for _, row := range rows {
				got := all[slices.IndexFunc(all, func(a store.UserAttribute) bool { return a.Name == row.name })]
				want := got
				want.Defaults = row.defaults
				want.Users = []store.UserValue{{UserUUID: store.DemoUserUUID, Values: row.users, Email: store.DemoEmail}}
				want.Groups = []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: row.groups}}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s: -want +got:\n%s", when, row.name, diff)
				}
			}
		}
	})
}

func TestTheFirstOfSeveralValuesIsKeptOnTheWayDown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		created := mustCreate(t, s, organization, store.Draft{
			Name: "several", Defaults: []string{"d", "e"},
			Users:  []store.UserValue{{UserUUID: store.DemoUserUUID, Values: []string{"u", "v", "u"}}, {UserUUID: store.DemoEditorUUID, Values: []string{"w"}}},
			Groups: []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: []string{"", "g"}}, {GroupUUID: store.DemoOtherGroupUUID, Values: []string{}}},
		})
		downTo(t, s, 3)
		downTo(t, s, 3)
		loss, err := s.MigrationLoss(t.Context())
		if want := "Of several values only the first stays: all others of 1 default, 1 user and 1 group are lost."; err != nil || loss != want {
			t.Errorf("%v, %q, want %q", err, loss, want)
		}
		downTo(t, s, 2)
		old := storetest.Query[string](t, s, `SELECT attribute_default FROM user_attributes UNION ALL
			SELECT value FROM organization_member_user_attributes UNION ALL SELECT value FROM group_user_attributes`)
		slices.Sort(old)
		if want := []string{"", "", "d", "u", "w"}; !slices.Equal(old, want) {
			t.Errorf("down: %q, want %q", old, want)
		}
		if err := s.MigrateUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := created
		want.Defaults = []string{"d"}
		want.Users = slices.Clone(created.Users)
		want.Users[0].Values = []string{"u"}
		want.Groups = []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: []string{}}, created.Groups[1]}
		got, err := s.GetUserAttribute(t.Context(), organization, created.UUID)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v, -want +got:\n%s", err, diff)
		}
	})
}

func TestEveryListIsReadAsItWasWritten(t *testing.T) {
	lists := [][]string{
		{}, {""}, {"a"}, {"a", "b", "a"}, {"", ""}, {"="}, {"=a"}, {"=a", "=b"}, {"[]"}, {`["a"]`}, {"{a}"}, {"NULL"}, {`"`}, {`\`}, {`a","b`}, {" a\n"},
	}
	storetest.EachWithSeveral(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		for _, list := range lists {
			name := fmt.Sprintf("%q", list)
			created := mustCreate(t, s, organization, store.Draft{
				Name: name, Defaults: list,
				Users:  []store.UserValue{{UserUUID: store.DemoUserUUID, Values: list}},
				Groups: []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: list}},
			})
			got, err := s.GetUserAttribute(t.Context(), organization, created.UUID)
			if diff := cmp.Diff(created, got); err != nil || diff != "" {
				t.Errorf("%s: %v, -want +got:\n%s", name, err, diff)
			}
			want := []store.EffectiveValue{}
			for _, value := range list {
				want = append(want, store.EffectiveValue{Value: value, Source: store.FromUser})
			}
			for _, value := range list {
				want = append(want, store.EffectiveValue{Value: value, Source: store.FromGroup, GroupUUID: store.DemoGroupUUID})
			}
			effective, err := s.EffectiveValues(t.Context(), organization, store.DemoUserUUID)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(effective, func(a store.EffectiveAttribute) bool { return a.UserAttributeUUID == created.UUID })
			if diff := cmp.Diff(want, effective[at].Values); diff != "" {
				t.Errorf("%s: in effect: -want +got:\n%s", name, diff)
			}
		}
		all, err := s.ListUserAttributes(t.Context(), organization)
		if err != nil {
			t.Fatal(err)
		}
		for _, attribute := range all {
			if got := fmt.Sprintf("%q", attribute.Users[0].Values); got != attribute.Name {
				t.Errorf("in a list: %s, want %s", got, attribute.Name)
			}
		}
	})
}

func TestArraysThatOthersWroteAreRead(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, s)
	for array, want := range map[string]string{`{NULL}`: `[""]`, `[0:0]={a}`: `["a"]`, `[2:3]={a,b}`: `["a" "b"]`} {
		storetest.Exec(t, s, `INSERT INTO user_attributes (name, organization_id, attribute_defaults) SELECT ?, organization_id, CAST(? AS text[]) FROM organizations`, want, array)
	}
	all, err := s.ListUserAttributes(t.Context(), organization)
	if err != nil || len(all) != 3 {
		t.Fatal(len(all), err)
	}
	for _, attribute := range all {
		if got := fmt.Sprintf("%q", attribute.Defaults); got != attribute.Name {
			t.Errorf("%s, want %s", got, attribute.Name)
		}
	}
}
