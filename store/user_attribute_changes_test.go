package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func mustCreate(t *testing.T, s *store.Store, organization store.Organization, draft store.Draft) store.UserAttribute {
	t.Helper()
	created, err := s.CreateUserAttribute(t.Context(), organization, draft)
	if err != nil {
		t.Fatal(err)
	}
	return created
}

func TestUpdateUserAttribute(t *testing.T) {
	text := func(s string) *string { return &s }
	draft := func(name string, description *string) store.Draft {
		return store.Draft{Name: name, Description: description,
			Users:  []store.UserValue{{UserUUID: store.DemoViewerUUID, Values: []string{"new", "", "new"}}},
			Groups: []store.GroupValue{{GroupUUID: store.DemoOtherGroupUUID, Values: []string{"newer", "new"}}}}
	}
	unknown := draft("taken", nil)
	unknown.Users[0].UserUUID = theirUser
	refuse := func(store.UserAttribute) bool { return false }
	tests := []struct {
		name      string
		id        string // "" is the attribute's own
		draft     store.Draft
		may       store.Precondition
		want      store.Kind // "" is success
		describes *string    // afterwards
	}{
		{name: "an absent description keeps the old one", draft: draft("region", nil), describes: text("old")},
		{name: "an empty description clears it", draft: draft("region", text("")), describes: nil},
		{name: "another description", draft: draft("other", text("new")), describes: text("new")},
		{name: "a name that is taken", draft: draft("taken", nil), want: store.Conflict},
		{name: "an unknown user comes before a name that is taken", draft: unknown, want: store.UnknownReference},
		{name: "another version comes before an unknown user", draft: unknown, may: refuse, want: store.Stale},
		{name: "an attribute that does not exist comes before its version", id: uuid.NewString(), draft: draft("region", nil), may: refuse, want: store.NotFound},
		{name: "an attribute of another organization", id: "theirs", draft: draft("region", nil), want: store.NotFound},
	}
	storetest.EachWithSeveral(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		theirs := mustCreate(t, s, otherOrganization(t, s), store.Draft{Name: "theirs"})
		mustCreate(t, s, organization, store.Draft{Name: "taken"})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				before := mustCreate(t, s, organization, store.Draft{Name: uuid.NewString(), Description: text("old"), Defaults: []string{"d", "e"},
					Users:  []store.UserValue{{UserUUID: store.DemoUserUUID, Values: []string{"old", "older"}}, {UserUUID: store.DemoViewerUUID, Values: []string{"old"}}},
					Groups: []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: []string{"old"}}}})
				id := before.UUID
				if tt.id == "theirs" {
					id = theirs.UUID
				} else if tt.id != "" {
					id = tt.id
				}
				updated, err := s.UpdateUserAttribute(t.Context(), organization, id, tt.draft, tt.may)
				if got := kindOf(t, err); got != tt.want {
					t.Fatalf("kind %q, want %q: %v", got, tt.want, err)
				}
				want := before
				if err == nil {
					want.Draft = store.Draft{Name: tt.draft.Name, Description: tt.describes,
						Users:  []store.UserValue{{UserUUID: store.DemoViewerUUID, Values: []string{"new", "", "new"}, Email: "viewer@lightdash.com"}},
						Groups: []store.GroupValue{{GroupUUID: store.DemoOtherGroupUUID, Values: []string{"newer", "new"}}}}
					if diff := cmp.Diff(want, updated); diff != "" {
						t.Errorf("answered, -want +got:\n%s", diff)
					}
				}
				stored, err := s.GetUserAttribute(t.Context(), organization, before.UUID)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, stored); diff != "" {
					t.Errorf("stored, -want +got:\n%s", diff)
				}
				if err := s.RemoveUserAttribute(t.Context(), organization, before.UUID, nil); err != nil {
					t.Fatal(err)
				}
			})
		}
		if stored, err := s.GetUserAttribute(t.Context(), organization, theirs.UUID); err == nil {
			t.Errorf("read from another organization: %v", stored)
		}
	})
}

func TestRemoveUserAttribute(t *testing.T) {
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		other := otherOrganization(t, s)
		attribute := mustCreate(t, s, organization, store.Draft{Name: "region",
			Users:  []store.UserValue{{UserUUID: store.DemoUserUUID, Values: []string{"v"}}},
			Groups: []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: []string{"v"}}}})
		steps := []struct {
			name string
			in   store.Organization
			may  store.Precondition
			want store.Kind
			left int
		}{
			{"from another organization", other, nil, store.NotFound, 3},
			{"in another version", organization, func(store.UserAttribute) bool { return false }, store.Stale, 3},
			{"in this version", organization, func(current store.UserAttribute) bool { return cmp.Equal(current, attribute) }, "", 0},
			{"a second time", organization, nil, store.NotFound, 0},
		}
		for _, step := range steps {
			err := s.RemoveUserAttribute(t.Context(), step.in, attribute.UUID, step.may)
			if got := kindOf(t, err); got != step.want || rowsOf(t, s) != step.left {
				t.Errorf("%s: kind %q, %d rows left; want %q and %d", step.name, got, rowsOf(t, s), step.want, step.left)
			}
		}
	})
}

func TestConcurrentUpdatesOfOneAttributeAreNeverMixed(t *testing.T) {
	const updates = 200
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		people := addUsers(t, s, 30)
		attribute := mustCreate(t, s, organization, store.Draft{Name: "region", Users: people})
		drafts := make([]store.Draft, updates)
		for i := range drafts {
			drafts[i] = store.Draft{Name: fmt.Sprint("region ", i)}
			for _, person := range rand.Perm(len(people))[:rand.IntN(len(people))] {
				drafts[i].Users = append(drafts[i].Users, store.UserValue{UserUUID: people[person].UserUUID, Values: []string{fmt.Sprint(i)}})
			}
		}
		var wait sync.WaitGroup
		for _, draft := range drafts {
			wait.Go(func() {
				if _, err := s.UpdateUserAttribute(t.Context(), organization, attribute.UUID, draft, nil); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		got, err := s.GetUserAttribute(t.Context(), organization, attribute.UUID)
		if err != nil {
			t.Fatal(err)
		}
		var last int
		if _, err := fmt.Sscanf(got.Name, "region %d", &last); err != nil {
			t.Fatal(err)
		}
		strip := func(users []store.UserValue) (bare []store.UserValue) {
			for _, user := range users {
				bare = append(bare, store.UserValue{UserUUID: user.UserUUID, Values: user.Values})
			}
			slices.SortFunc(bare, func(a, b store.UserValue) int { return strings.Compare(a.UserUUID, b.UserUUID) })
			return bare
		}
		if diff := cmp.Diff(strip(drafts[last].Users), strip(got.Users)); diff != "" {
			t.Errorf("name %q with the values of another update, -want +got:\n%s", got.Name, diff)
		}
	})
}

func TestSetAndClearOneValue(t *testing.T) {
	storetest.EachWithLightdash(t, func(t *testing.T, s *store.Store) {
		organization := demo(t, s)
		otherOrganization(t, s)
		refuse := func(store.UserAttribute) bool { return false }
		attribute := mustCreate(t, s, organization, store.Draft{Name: "region",
			Users:  []store.UserValue{{UserUUID: store.DemoUserUUID, Values: []string{"old"}}},
			Groups: []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: []string{"old"}}}})
		steps := []struct {
			name          string
			do            func() error
			want          store.Kind
			users, groups string // afterwards, in order
		}{
			{"set a new user's", func() error {
				_, err := s.SetUserValue(t.Context(), organization, attribute.UUID, store.DemoViewerUUID, []string{"v"}, nil)
				return err
			}, "", "old v", "old"},
			{"set it again", func() error {
				_, err := s.SetUserValue(t.Context(), organization, attribute.UUID, store.DemoViewerUUID, []string{"w"}, nil)
				return err
			}, "", "old w", "old"},
			{"set it again to the same", func() error {
				_, err := s.SetUserValue(t.Context(), organization, attribute.UUID, store.DemoViewerUUID, []string{"w"}, nil)
				return err
			}, "", "old w", "old"},
			{"set in another version", func() error {
				_, err := s.SetUserValue(t.Context(), organization, attribute.UUID, store.DemoViewerUUID, []string{"x"}, refuse)
				return err
			}, store.Stale, "old w", "old"},
			{"set a foreign user's", func() error {
				_, err := s.SetUserValue(t.Context(), organization, attribute.UUID, theirUser, []string{"x"}, nil)
				return err
			}, store.NotFound, "old w", "old"},
			{"clear a foreign user's", func() error { return s.ClearUserValue(t.Context(), organization, attribute.UUID, theirUser, nil) }, store.NotFound, "old w", "old"},
			{"clear a user's", func() error {
				return s.ClearUserValue(t.Context(), organization, attribute.UUID, store.DemoUserUUID, nil)
			}, "", "w", "old"},
			{"clear it again", func() error {
				return s.ClearUserValue(t.Context(), organization, attribute.UUID, store.DemoUserUUID, nil)
			}, "", "w", "old"},
			{"set a new group's", func() error {
				_, err := s.SetGroupValue(t.Context(), organization, attribute.UUID, store.DemoOtherGroupUUID, []string{"g"}, nil)
				return err
			}, "", "w", "old g"},
			{"set a foreign group's", func() error {
				_, err := s.SetGroupValue(t.Context(), organization, attribute.UUID, theirGroup, []string{"x"}, nil)
				return err
			}, store.NotFound, "w", "old g"},
			{"clear a foreign group's", func() error { return s.ClearGroupValue(t.Context(), organization, attribute.UUID, theirGroup, nil) }, store.NotFound, "w", "old g"},
			{"clear a group's", func() error {
				return s.ClearGroupValue(t.Context(), organization, attribute.UUID, store.DemoGroupUUID, nil)
			}, "", "w", "g"},
			{"of an attribute that does not exist", func() error {
				return s.ClearGroupValue(t.Context(), organization, uuid.NewString(), store.DemoGroupUUID, nil)
			}, store.NotFound, "w", "g"},
		}
		for _, step := range steps {
			if got := kindOf(t, step.do()); got != step.want {
				t.Errorf("%s: kind %q, want %q", step.name, got, step.want)
			}
			stored, err := s.GetUserAttribute(t.Context(), organization, attribute.UUID)
			if err != nil {
				t.Fatal(err)
			}
			users, groups := "", ""
			for _, user := range stored.Users {
				users += " " + strings.Join(user.Values, "+")
			}
			for _, group := range stored.Groups {
				groups += " " + strings.Join(group.Values, "+")
			}
			if users != " "+step.users || groups != " "+step.groups {
				t.Errorf("%s: left%s and%s, want %s and %s", step.name, users, groups, step.users, step.groups)
			}
		}
	})
}
