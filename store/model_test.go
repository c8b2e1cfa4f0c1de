package store_test

import (
	"slices"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// draft is one that this organization might be sent; now and then it names
// somebody else's user or group.
func (w *world) draft(rt *rapid.T, other *world) store.Draft {
	draft := store.Draft{
		Name:        rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "name"),
		Description: rapid.Ptr(rapid.SampledFrom([]string{"", "text"}), true).Draw(rt, "description"),
		Defaults:    rapid.SampledFrom([][]string{nil, {}, {""}, {"default"}, {"default", "é☃", "default"}}).Draw(rt, "defaults"),
	}
	if w.single && draft.Defaults != nil {
		draft.Defaults = w.values(rt)
	}
	for _, user := range w.users {
		if rapid.Bool().Draw(rt, "has a value") {
			draft.Users = append(draft.Users, store.UserValue{UserUUID: user, Values: w.values(rt)})
		}
	}
	for _, group := range w.groups {
		if rapid.Bool().Draw(rt, "has a value") {
			draft.Groups = append(draft.Groups, store.GroupValue{GroupUUID: group, Values: w.values(rt)})
		}
	}
	if rapid.IntRange(0, 9).Draw(rt, "strays") == 0 {
		draft.Users = append(draft.Users, store.UserValue{UserUUID: other.users[0], Values: []string{"stray"}})
	}
	return draft
}

func (w *world) values(rt *rapid.T) []string {
	if w.single {
		return rapid.SliceOfN(rapid.SampledFrom([]string{"x", "y", "é☃"}), 0, 1).Draw(rt, "values")
	}
	return rapid.SliceOfN(rapid.SampledFrom([]string{"", "x", "y", "é☃"}), 0, 3).Draw(rt, "values")
}

// kind is what the store must say of a draft for the attribute id, or a new one.
func (w *world) kind(id string, draft store.Draft) store.Kind {
	for _, user := range draft.Users {
		if !slices.Contains(w.users, user.UserUUID) {
			return store.UnknownReference
		}
	}
	for _, attribute := range w.attributes {
		if attribute.Name == draft.Name && attribute.UUID != id {
			return store.Conflict
		}
	}
	return ""
}

// put is what an attribute has become.
func (w *world) put(attribute store.UserAttribute) {
	for i := range attribute.Users {
		attribute.Users[i].Email = w.emails[attribute.Users[i].UserUUID]
	}
	slices.SortFunc(attribute.Users, func(a, b store.UserValue) int { return strings.Compare(a.UserUUID, b.UserUUID) })
	slices.SortFunc(attribute.Groups, func(a, b store.GroupValue) int { return strings.Compare(a.GroupUUID, b.GroupUUID) })
	place := slices.IndexFunc(w.attributes, func(a store.UserAttribute) bool { return a.UUID == attribute.UUID })
	if place < 0 {
		w.attributes = append(w.attributes, attribute)
	} else {
		w.attributes[place] = attribute
	}
}

// effective is what one attribute comes to for a user.
func (w *world) effective(attribute store.UserAttribute, user string) store.EffectiveAttribute {
	effective := store.EffectiveAttribute{UserAttributeUUID: attribute.UUID, Name: attribute.Name}
	add := func(values []string, from store.EffectiveValue) {
		for _, from.Value = range values {
			effective.Values = append(effective.Values, from)
		}
	}
	for _, own := range attribute.Users {
		if own.UserUUID == user {
			add(own.Values, store.EffectiveValue{Source: store.FromUser})
		}
	}
	for _, group := range attribute.Groups {
		if slices.Contains(w.members[user], group.GroupUUID) {
			if w.single && len(group.Values) == 0 {
				group.Values = []string{""} // which such a Lightdash puts into a query
			}
			add(group.Values, store.EffectiveValue{Source: store.FromGroup, GroupUUID: group.GroupUUID})
		}
	}
	if len(effective.Values) == 0 {
		add(attribute.Defaults, store.EffectiveValue{Source: store.FromDefault})
	}
	return effective
}

// newestFirst is the order of a list.
func (w *world) newestFirst() []store.UserAttribute {
	return slices.SortedFunc(slices.Values(w.attributes), func(a, b store.UserAttribute) int {
		if order := b.CreatedAt.Compare(a.CreatedAt); order != 0 {
			return order
		}
		return strings.Compare(a.UUID, b.UUID)
	})
}

// check compares all that the store tells of the organization with the model.
func (w *world) check(t *testing.T, s *store.Store, rt *rapid.T) {
	w.checkFor(t, s, rt, w.users...)
}

// noneIsEmpty is of all lists but the default's, where none is another thing than one without a value.
var noneIsEmpty = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() != ".Defaults" }, cmpopts.EquateEmpty())

// checkFor compares the list, and what is in effect for some users, with the model.
func (w *world) checkFor(t *testing.T, s *store.Store, rt *rapid.T, users ...string) {
	listed, err := s.ListUserAttributes(t.Context(), w.organization)
	if err != nil {
		rt.Fatal(err)
	}
	if diff := cmp.Diff(w.newestFirst(), listed, noneIsEmpty); diff != "" {
		rt.Fatalf("listed, -model +store:\n%s", diff)
	}
	for _, user := range users {
		values, err := s.EffectiveValues(t.Context(), w.organization, user)
		if err != nil {
			rt.Fatal(err)
		}
		var want []store.EffectiveAttribute
		for _, attribute := range w.newestFirst() {
			want = append(want, w.effective(attribute, user))
		}
		if diff := cmp.Diff(want, values, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("in effect for %s, -model +store:\n%s", user, diff)
		}
	}
}

// step does one random thing to w; other is whom it must not touch.
func (w *world) step(t *testing.T, s *store.Store, rt *rapid.T, other *world) {
	ctx := t.Context()
	must := func(err error, want store.Kind) bool {
		if got := kindOf(t, err); got != want {
			rt.Fatalf("kind %q, want %q: %v", got, want, err)
		}
		return err == nil
	}
	attribute, kind := w.pick(rt, other)
	switch rapid.SampledFrom([]string{"create", "update", "remove", "set user", "set group", "clear user", "clear group"}).Draw(rt, "step") {
	case "create":
		draft := w.draft(rt, other)
		created, err := s.CreateUserAttribute(ctx, w.organization, draft)
		if must(err, w.kind("", draft)) {
			draft.Description = described(nil, draft.Description)
			w.put(store.UserAttribute{UUID: created.UUID, CreatedAt: created.CreatedAt, OrganizationUUID: w.organization.UUID, Draft: draft})
		}
	case "update":
		draft := w.draft(rt, other)
		_, err := s.UpdateUserAttribute(ctx, w.organization, attribute.UUID, draft, nil)
		if kind == "" {
			kind = w.kind(attribute.UUID, draft)
		}
		if must(err, kind) {
			draft.Description = described(attribute.Description, draft.Description)
			attribute.Draft = draft
			w.put(attribute)
		}
	case "remove":
		if must(s.RemoveUserAttribute(ctx, w.organization, attribute.UUID, nil), kind) {
			w.attributes = slices.DeleteFunc(w.attributes, func(a store.UserAttribute) bool { return a.UUID == attribute.UUID })
		}
	case "set user":
		user, list := w.users[0], w.values(rt)
		if _, err := s.SetUserValue(ctx, w.organization, attribute.UUID, user, list, nil); must(err, kind) {
			attribute.Users = append(without(attribute.Users, user), store.UserValue{UserUUID: user, Values: list})
			w.put(attribute)
		}
	case "clear user":
		user := rapid.SampledFrom(w.users).Draw(rt, "user")
		if must(s.ClearUserValue(ctx, w.organization, attribute.UUID, user, nil), kind) {
			attribute.Users = without(attribute.Users, user)
			w.put(attribute)
		}
	case "set group":
		if len(w.groups) > 0 {
			group, list := w.groups[0], w.values(rt)
			if _, err := s.SetGroupValue(ctx, w.organization, attribute.UUID, group, list, nil); must(err, kind) {
				attribute.Groups = append(withoutGroup(attribute.Groups, group), store.GroupValue{GroupUUID: group, Values: list})
				w.put(attribute)
			}
		}
	case "clear group":
		if len(w.groups) > 0 {
			group := rapid.SampledFrom(w.groups).Draw(rt, "group")
			if must(s.ClearGroupValue(ctx, w.organization, attribute.UUID, group, nil), kind) {
				attribute.Groups = withoutGroup(attribute.Groups, group)
				w.put(attribute)
			}
		}
	}
}

// pick returns an attribute of w, or now and then one that is not there for it.
func (w *world) pick(rt *rapid.T, other *world) (store.UserAttribute, store.Kind) {
	if len(other.attributes) > 0 && rapid.IntRange(0, 9).Draw(rt, "strays") == 0 {
		return other.attributes[0], store.NotFound
	}
	if len(w.attributes) == 0 {
		return store.UserAttribute{UUID: uuid.NewString()}, store.NotFound
	}
	picked := rapid.SampledFrom(w.attributes).Draw(rt, "attribute")
	picked.Users, picked.Groups = slices.Clone(picked.Users), slices.Clone(picked.Groups)
	return picked, ""
}

func described(old, sent *string) *string {
	switch {
	case sent == nil:
		return old
	case *sent == "":
		return nil
	}
	return sent
}

func without(values []store.UserValue, user string) []store.UserValue {
	return slices.DeleteFunc(values, func(v store.UserValue) bool { return v.UserUUID == user })
}

func withoutGroup(values []store.GroupValue, group string) []store.GroupValue {
	return slices.DeleteFunc(values, func(v store.GroupValue) bool { return v.GroupUUID == group })
}

// Rapid runs this 100 times, or as RAPID_CHECKS says: 5,000 steps, in 200 organizations side by side.
func TestTheStoreAnswersAsAPlainModelDoes(t *testing.T) {
	const steps = 50
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(rt *rapid.T) {
			worlds := newWorlds(t, s, rt, 2)
			ours, theirs := worlds[0], worlds[1]
			for range steps {
				ours.step(t, s, rt, theirs)
				ours.checkFor(t, s, rt, rapid.SampledFrom(ours.users).Draw(rt, "whom to ask for"))
				ours, theirs = theirs, ours
			}
			ours.check(t, s, rt)
			theirs.check(t, s, rt)
		})
	})
}

// Rapid runs this as often, with 10 organizations each.
func TestNobodyGetsAnotherUsersValue(t *testing.T) {
	const organizations = 10
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(rt *rapid.T) {
			worlds := newWorlds(t, s, rt, organizations)
			for i, w := range worlds {
				other := worlds[(i+1)%organizations]
				for range rapid.IntRange(0, 3).Draw(rt, "attributes") {
					draft := w.draft(rt, other)
					if created, err := s.CreateUserAttribute(t.Context(), w.organization, draft); err == nil {
						draft.Description = described(nil, draft.Description)
						created.Draft = draft
						w.put(created)
					}
				}
			}
			for i, w := range worlds {
				w.check(t, s, rt)
				_, err := s.EffectiveValues(t.Context(), w.organization, worlds[(i+1)%organizations].users[0])
				if got := kindOf(t, err); got != store.NotFound {
					rt.Fatalf("another organization's user: kind %q, want %q", got, store.NotFound)
				}
			}
		})
	})
}
