package store_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/jackc/pgx/v5/pgconn"
)

var together = flag.Duration("lightdash-together", 5*time.Second, "how long attributed and the statements of Lightdash's backend write to the same attributes")

// TestWritingTogetherWithLightdash has our writers and Lightdash's statements change the same attributes. To ours
// no deadlock is told; one attribute is only ever replaced wholly, and is never a mix of two bodies; and where
// Lightdash's writers do not meet each other, they do not fail either.
func TestWritingTogetherWithLightdash(t *testing.T) {
	storetest.EachLightdash(t, func(t *testing.T, form storetest.Form, url string) {
		s := storetest.BesideLightdash(t, url)
		organization := demo(t, s)
		people := addUsers(t, s, 20)
		whole := mustCreate(t, s, organization, store.Draft{Name: "whole 0", Users: people})
		parts := mustCreate(t, s, organization, store.Draft{Name: "parts", Users: people})
		ctx, cancel := context.WithTimeout(t.Context(), *together)
		defer cancel()
		var bodies sync.Map // drafts by name
		bodies.Store(whole.Name, whole.Draft)
		var number atomic.Int64
		body := func(name string) store.Draft {
			marker := fmt.Sprintf("%s %d", name, number.Add(1))
			draft := store.Draft{Name: marker, Defaults: []string{marker}}
			for _, i := range rand.Perm(len(people))[:rand.IntN(len(people)+1)] {
				draft.Users = append(draft.Users, store.UserValue{UserUUID: people[i].UserUUID, Values: []string{marker}})
			}
			for _, group := range []string{store.DemoGroupUUID, store.DemoOtherGroupUUID} {
				if rand.IntN(2) == 0 {
					draft.Groups = append(draft.Groups, store.GroupValue{GroupUUID: group, Values: []string{marker}})
				}
			}
			if name == "whole" {
				bodies.Store(marker, draft)
			}
			return draft
		}
		var done, lost atomic.Int64
		var wait sync.WaitGroup
		repeat := func(count int, write func() error) {
			for range count {
				wait.Go(func() {
					for ctx.Err() == nil {
						if err := write(); err != nil {
							t.Error(err)
							return
						}
						done.Add(1)
					}
				})
			}
		}
		// Ours. A change that has begun ends: the test's context is not the writers'.
		repeat(3, func() error {
			_, err := s.UpdateUserAttribute(t.Context(), organization, whole.UUID, body("whole"), nil)
			return err
		})
		repeat(2, func() error {
			_, err := s.UpdateUserAttribute(t.Context(), organization, parts.UUID, body("parts"), nil)
			return err
		})
		repeat(2, func() error {
			user := people[rand.IntN(len(people))].UserUUID
			if rand.IntN(2) == 0 {
				return s.ClearUserValue(t.Context(), organization, parts.UUID, user, nil)
			}
			_, err := s.SetUserValue(t.Context(), organization, parts.UUID, user, []string{"one"}, nil)
			return err
		})
		repeat(1, func() error {
			created, err := s.CreateUserAttribute(t.Context(), organization, body("ours"))
			if err != nil || rand.IntN(2) == 0 {
				return err
			}
			return s.RemoveUserAttribute(t.Context(), organization, created.UUID, nil)
		})
		// Lightdash's: alone on one attribute, and two who meet on the other.
		for i, id := range []string{whole.UUID, parts.UUID, parts.UUID} {
			backend := backendOf(t, url, form)
			repeat(1, func() error {
				err := backend.put(t.Context(), id, body(map[bool]string{true: "whole", false: "parts"}[i == 0]))
				if _, refused := errors.AsType[*pgconn.PgError](err); refused && i > 0 {
					lost.Add(1) // by two of its own, as ever
					return nil
				}
				return err
			})
		}
		backend := backendOf(t, url, form)
		repeat(1, func() error {
			id, err := backend.create(t.Context(), body("theirs"))
			if err != nil || rand.IntN(2) == 0 {
				return err
			}
			return backend.remove(t.Context(), id)
		})
		// A reader, to whom no state is a mix.
		repeat(1, func() error {
			got, err := s.GetUserAttribute(t.Context(), organization, whole.UUID)
			if err != nil {
				return err
			}
			wanted, ok := bodies.Load(got.Name)
			if want := wanted.(store.Draft); !ok || bare(want) != bare(got.Draft) {
				return fmt.Errorf("%q has\n%s\nwant\n%s", got.Name, bare(got.Draft), bare(want))
			}
			return nil
		})
		wait.Wait()
		t.Logf("%d changes and reads; %d of Lightdash's failed by each other", done.Load(), lost.Load())
		agrees(t, s, backend, organization, people[0].UserUUID, store.DemoUserUUID)
	})
}

// bare tells all values of a draft, in any order.
func bare(draft store.Draft) string {
	var all []string
	for _, user := range draft.Users {
		all = append(all, fmt.Sprintf("%s %q", user.UserUUID, user.Values))
	}
	for _, group := range draft.Groups {
		all = append(all, fmt.Sprintf("%s %q", group.GroupUUID, group.Values))
	}
	slices.Sort(all)
	return fmt.Sprintf("%q\n%s", draft.Defaults, strings.Join(all, "\n"))
}

// TestEachReadsWhatTheOtherWrote: attributes of ours by the queries of Lightdash's backend, and its own by ours.
func TestEachReadsWhatTheOtherWrote(t *testing.T) {
	storetest.EachLightdash(t, func(t *testing.T, form storetest.Form, url string) {
		s, backend := storetest.BesideLightdash(t, url), backendOf(t, url, form)
		organization := demo(t, s)
		execute(t, url, `INSERT INTO group_memberships (group_uuid, user_id, organization_id) SELECT group_uuid, user_id, groups.organization_id FROM groups, users ON CONFLICT DO NOTHING`,
			`INSERT INTO emails (user_id, email) SELECT user_id, 'other-' || email FROM emails`)
		text := "what it is for"
		for i, values := range [][]string{{}, {"a"}, {`"quoted" {a,b} \ é☃` + "\n"}, {"NULL"}, {"a", "b", "a"}} {
			if form == storetest.Single && len(values) > 1 {
				continue
			}
			draft := store.Draft{
				Description: &text, Defaults: values,
				Users:  []store.UserValue{{UserUUID: store.DemoUserUUID, Values: values}, {UserUUID: store.DemoViewerUUID, Values: []string{"v"}}},
				Groups: []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: values}},
			}
			for _, defaultsOnly := range []bool{false, true} {
				if draft.Name = fmt.Sprint("ours ", i, defaultsOnly); defaultsOnly {
					draft.Users, draft.Groups, draft.Description = nil, nil, nil
				}
				mustCreate(t, s, organization, draft)
				draft.Name = fmt.Sprint("theirs ", i, defaultsOnly)
				if _, err := backend.create(t.Context(), draft); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := backend.create(t.Context(), store.Draft{Name: "no default"}); err != nil {
			t.Fatal(err)
		}
		agrees(t, s, backend, organization, store.DemoUserUUID, store.DemoEditorUUID, store.DemoViewerUUID)
	})
}

// TestMicrosecondsDoNotCount: Lightdash's times have them, and answers do not, by which an order must be seen.
func TestMicrosecondsDoNotCount(t *testing.T) {
	storetest.EachLightdash(t, func(t *testing.T, _ storetest.Form, url string) {
		s := storetest.BesideLightdash(t, url)
		organization := demo(t, s)
		for id, at := range map[string]string{"b": "2026-01-01 00:00:00.001999", "a": "2026-01-01 00:00:00.001000", "c": "2026-01-01 00:00:00.0015", "d": "2026-01-01 00:00:00.002"} {
			execute(t, url, `INSERT INTO user_attributes (user_attribute_uuid, name, created_at, organization_id)
				SELECT '`+strings.Repeat(id, 8)+`-0000-4000-8000-000000000000', '`+id+`', '`+at+`', organization_id FROM organizations`)
		}
		all, err := s.ListUserAttributes(t.Context(), organization)
		if err != nil {
			t.Fatal(err)
		}
		effective, err := s.EffectiveValues(t.Context(), organization, store.DemoUserUUID)
		if err != nil {
			t.Fatal(err)
		}
		listed, inEffect := "", ""
		for i := range all {
			listed, inEffect = listed+all[i].Name, inEffect+effective[i].Name
		}
		if listed != "dabc" || inEffect != "dabc" || all[1].CreatedAt.Format(time.RFC3339Nano) != "2026-01-01T00:00:00.001Z" {
			t.Errorf("listed %s, in effect %s, at %v", listed, inEffect, all[1].CreatedAt)
		}
	})
}
