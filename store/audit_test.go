package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// auditRow is what was written down of a change.
type auditRow struct {
	OrganizationUUID, Actor, Operation, UserAttributeUUID, Before, After, RequestID string
	CreatedAt                                                                       time.Time
}

// auditRows are all of them, oldest first; JSON is as encoding/json writes it.
func auditRows(t *testing.T, s *store.Store) []auditRow {
	t.Helper()
	rows := storetest.Query[auditRow](t, s, `SELECT organization_uuid, COALESCE(CAST(actor_user_uuid AS text), '') AS actor, operation, user_attribute_uuid,
		COALESCE(CAST(before AS text), 'null') AS before, COALESCE(CAST(after AS text), 'null') AS after, COALESCE(request_id, '') AS request_id, created_at
		FROM audit_events ORDER BY id`)
	for i := range rows {
		for _, text := range []*string{&rows[i].Before, &rows[i].After} {
			var state any
			if err := json.Unmarshal([]byte(*text), &state); err != nil {
				t.Fatal(err)
			}
			sorted, _ := json.Marshal(state)
			*text = string(sorted)
		}
	}
	return rows
}

// auditStep is a change, and what is to be written down of it: before, an arrow and after; "" is nothing.
type auditStep struct {
	name, want string
	do         func(ctx context.Context) error
}

func TestEachChangeIsWrittenDown(t *testing.T) {
	const demo1, viewer, europe, america = store.DemoUserUUID, store.DemoViewerUUID, store.DemoGroupUUID, store.DemoOtherGroupUUID
	text := func(s string) *string { return &s }
	list := func(values ...string) *[]string { return &values }
	refuse := func(store.UserAttribute) bool { return false }
	full := store.Draft{Name: "region", Description: text("old"), Defaults: []string{"d", ""},
		Users: []store.UserValue{{UserUUID: demo1, Values: []string{"u", `"é\`}}}, Groups: []store.GroupValue{{GroupUUID: europe}}}
	const fullState = `{"attributeDefaults":["d",""],"description":"old","groups":{"` + europe + `":[]},"name":"region","users":{"` + demo1 + `":["u","\"é\\"]}}`

	storetest.EachWithSeveralPrepared(t, func(t *testing.T, s *store.Store) {
		ours := demo(t, s)
		theirs := otherOrganization(t, s)
		mustCreate(t, s, ours, store.Draft{Name: "taken"})
		var id string
		create := func(draft store.Draft) func(context.Context) error {
			return func(ctx context.Context) error {
				created, err := s.CreateUserAttribute(ctx, ours, draft)
				if err == nil {
					id = created.UUID
				}
				return err
			}
		}
		update := func(draft store.Draft, may store.Precondition) func(context.Context) error {
			return func(ctx context.Context) error {
				_, err := s.UpdateUserAttribute(ctx, ours, id, draft, may)
				return err
			}
		}
		setUser := func(user string, may store.Precondition, values ...string) func(context.Context) error {
			return func(ctx context.Context) error {
				_, err := s.SetUserValue(ctx, ours, id, user, values, may)
				return err
			}
		}
		setGroup := func(group string, values ...string) func(context.Context) error {
			return func(ctx context.Context) error {
				_, err := s.SetGroupValue(ctx, ours, id, group, values, nil)
				return err
			}
		}
		setMany := func(may store.Precondition, changes store.ValueChanges) func(context.Context) error {
			return func(ctx context.Context) error {
				_, _, err := s.SetValues(ctx, ours, id, changes, may)
				return err
			}
		}
		clear := func(user string, may store.Precondition) func(context.Context) error {
			return func(ctx context.Context) error { return s.ClearUserValue(ctx, ours, id, user, may) }
		}
		clearGroup := func(group string) func(context.Context) error {
			return func(ctx context.Context) error { return s.ClearGroupValue(ctx, ours, id, group, nil) }
		}
		remove := func(organization store.Organization, may store.Precondition) func(context.Context) error {
			return func(ctx context.Context) error { return s.RemoveUserAttribute(ctx, organization, id, may) }
		}
		taken, unknown := store.Draft{Name: "taken"}, store.Draft{Name: "new", Users: []store.UserValue{{UserUUID: theirUser, Values: []string{"v"}}}}
		for _, step := range []auditStep{
			{"create with a name only", `null -> {"name":"bare"}`, create(store.Draft{Name: "bare", Description: text("")})},
			{"remove it", `{"name":"bare"} -> null`, remove(ours, nil)},
			{"create with a default of no value", `null -> {"attributeDefaults":[],"name":"bare"}`, create(store.Draft{Name: "bare", Defaults: []string{}})},
			{"remove that", `{"attributeDefaults":[],"name":"bare"} -> null`, remove(ours, nil)},
			{"create with all", `null -> ` + fullState, create(full)},
			{"create with a taken name", "", create(taken)},
			{"create with another's user", "", create(unknown)},
			{"update to the same", "", update(full, nil)},
			{"update to a taken name", "", update(taken, nil)},
			{"update with another's user", "", update(unknown, nil)},
			{"update in another version", "", update(store.Draft{Name: "x"}, refuse)},
			{"update the name alone", `{"name":"region"} -> {"name":"zone"}`, update(store.Draft{Name: "zone", Defaults: full.Defaults, Users: full.Users, Groups: full.Groups}, nil)},
			{"update all", `{"attributeDefaults":["d",""],"description":"old","groups":{"` + europe + `":[]},"name":"zone","users":{"` + demo1 + `":["u","\"é\\"]}}` +
				` -> {"groups":{"` + america + `":["g"]},"name":"region","users":{"` + viewer + `":["v"],"` + demo1 + `":["u"]}}`,
				update(store.Draft{Name: "region", Description: text(""), Users: []store.UserValue{{UserUUID: demo1, Values: []string{"u"}}, {UserUUID: viewer, Values: []string{"v"}}},
					Groups: []store.GroupValue{{GroupUUID: america, Values: []string{"g"}}}}, nil)},
			{"set one user's", `{"users":{"` + viewer + `":["v"]}} -> {"users":{"` + viewer + `":["w","w"]}}`, setUser(viewer, nil, "w", "w")},
			{"set it to the same", "", setUser(viewer, nil, "w", "w")},
			{"set it in another version", "", setUser(viewer, refuse, "x")},
			{"set another's user's", "", setUser(theirUser, nil, "x")},
			{"set one group's to none", `null -> {"groups":{"` + europe + `":[]}}`, setGroup(europe)},
			{"set another's group's", "", setGroup(theirGroup, "x")},
			{"clear one in another version", "", clear(viewer, refuse)},
			{"clear one user's", `{"users":{"` + viewer + `":["w","w"]}} -> null`, clear(viewer, nil)},
			{"clear it again", "", clear(viewer, nil)},
			{"clear one group's", `{"groups":{"` + america + `":["g"]}} -> null`, clearGroup(america)},
			{"set many", `{"groups":{"` + europe + `":[]}} -> {"groups":{"` + america + `":["h"]},"users":{"` + viewer + `":["v"]}}`, setMany(nil, store.ValueChanges{
				Users:  []store.ValueChange{{UUID: demo1, Values: list("u")}, {UUID: viewer, Values: list("v")}},
				Groups: []store.ValueChange{{UUID: europe}, {UUID: america, Values: list("h")}}})},
			{"set many to the same", "", setMany(nil, store.ValueChanges{Users: []store.ValueChange{{UUID: demo1, Values: list("u")}}, Groups: []store.ValueChange{{UUID: europe}}})},
			{"set many, of whom one is another's", "", setMany(nil, store.ValueChanges{Users: []store.ValueChange{{UUID: demo1}, {UUID: theirUser}}})},
			{"set many in another version", "", setMany(refuse, store.ValueChanges{Users: []store.ValueChange{{UUID: demo1}}})},
			{"remove from another organization", "", remove(theirs, nil)},
			{"remove in another version", "", remove(ours, refuse)},
			{"remove", `{"groups":{"` + america + `":["h"]},"name":"region","users":{"` + viewer + `":["v"],"` + demo1 + `":["u"]}} -> null`, remove(ours, nil)},
			{"remove again", "", remove(ours, nil)},
			{"what is taken back", "", func(ctx context.Context) error {
				_, _, err := s.Once(ctx, callerFor(t, s, store.DemoEmail), store.Call{Operation: "o", Key: "k"}, func(ctx context.Context) (store.Answer, error) {
					return store.Answer{}, errors.Join(create(full)(ctx), setUser(viewer, nil, "v")(ctx), errors.New("refused"))
				})
				return err
			}},
		} {
			before := len(auditRows(t, s))
			origin := store.Origin{UserUUID: demo1, Operation: "operation of " + step.name, RequestID: "id-" + strings.ReplaceAll(step.name, " ", "-")}
			began := time.Now().Add(-time.Millisecond)
			err := step.do(store.WithOrigin(t.Context(), origin))
			var got []string
			for _, row := range auditRows(t, s)[before:] {
				got = append(got, row.Before+" -> "+row.After)
				if at := row.CreatedAt.UTC(); at.Before(began) || at.After(time.Now()) {
					t.Errorf("%s: at %v", step.name, at)
				}
				row.Before, row.After, row.CreatedAt = "", "", time.Time{}
				want := auditRow{OrganizationUUID: ours.UUID, Actor: demo1, Operation: origin.Operation, UserAttributeUUID: id, RequestID: origin.RequestID}
				if diff := cmp.Diff(want, row); diff != "" {
					t.Errorf("%s, -want +got:\n%s", step.name, diff)
				}
			}
			if want := step.want; want == "" && got != nil || want != "" && (err != nil || fmt.Sprint(got) != "["+want+"]") {
				t.Errorf("%s: %v,\n got %s\nwant %s", step.name, err, got, want)
			}
		}
	})
}

func TestWhatGoesWithItsHolderIsWrittenDown(t *testing.T) {
	const viewer, europe = store.DemoViewerUUID, store.DemoGroupUUID
	tests := []struct{ name, statement, want string }{
		{"member removed", `DELETE FROM organization_memberships WHERE user_id = (SELECT user_id FROM users WHERE user_uuid = '` + viewer + `')`, `{"users":{"` + viewer + `":["v","w"]}}`},
		{"user removed", `DELETE FROM users WHERE user_uuid = '` + viewer + `'`, `{"users":{"` + viewer + `":["v","w"]}}`},
		{"group removed", `DELETE FROM groups WHERE group_uuid = '` + europe + `'`, `{"groups":{"` + europe + `":["g"]}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				organization := demo(t, s)
				draft := store.Draft{Name: "region", Users: []store.UserValue{{UserUUID: viewer, Values: []string{"v", "w"}}, {UserUUID: store.DemoUserUUID, Values: []string{"stays"}}},
					Groups: []store.GroupValue{{GroupUUID: europe, Values: []string{"g"}}}}
				first := mustCreate(t, s, organization, draft)
				draft.Name = "other"
				second := mustCreate(t, s, organization, draft)
				storetest.Exec(t, s, tt.statement)
				rows := auditRows(t, s)[2:]
				if len(rows) != 2 || rows[0].UserAttributeUUID != min(first.UUID, second.UUID) || rows[1].UserAttributeUUID != max(first.UUID, second.UUID) {
					t.Fatalf("%d rows: %v", len(rows), rows)
				}
				for _, row := range rows {
					if age := time.Since(row.CreatedAt); age < -time.Second || age > time.Hour {
						t.Errorf("at %v", row.CreatedAt)
					}
					row.UserAttributeUUID, row.CreatedAt = "", time.Time{}
					if diff := cmp.Diff(auditRow{OrganizationUUID: organization.UUID, Operation: tt.name, Before: tt.want, After: "null"}, row); diff != "" {
						t.Errorf("-want +got:\n%s", diff)
					}
				}
			})
		})
	}
}

// Each statement is a round trip, beside BEGIN and COMMIT where there are several.
func TestNoStatementIsForTheAuditAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if storetest.IsSQLite(s) {
			return // it has no round trips, and takes no command within another
		}
		organization := demo(t, s)
		attribute := mustCreate(t, s, organization, store.Draft{Name: "region", Users: []store.UserValue{{UserUUID: store.DemoUserUUID, Values: []string{"v"}}}})
		for _, step := range []struct {
			name string
			most int64
			do   func(ctx context.Context) error
		}{
			{"create", 1, func(ctx context.Context) error {
				_, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: "other"})
				return err
			}},
			{"update", 5, func(ctx context.Context) error { // locks, reads, looks up, locks names, writes
				_, err := s.UpdateUserAttribute(ctx, organization, attribute.UUID, store.Draft{Name: "zone", Groups: []store.GroupValue{{GroupUUID: store.DemoGroupUUID}}}, nil)
				return err
			}},
			{"set many", 4, func(ctx context.Context) error {
				_, _, err := s.SetValues(ctx, organization, attribute.UUID, store.ValueChanges{Users: []store.ValueChange{{UUID: store.DemoUserUUID, Values: &[]string{"w"}}},
					Groups: []store.ValueChange{{UUID: store.DemoGroupUUID}}}, nil)
				return err
			}},
			{"set one", 4, func(ctx context.Context) error {
				_, err := s.SetUserValue(ctx, organization, attribute.UUID, store.DemoUserUUID, []string{"x"}, nil)
				return err
			}},
			{"clear one", 3, func(ctx context.Context) error {
				return s.ClearUserValue(ctx, organization, attribute.UUID, store.DemoUserUUID, nil)
			}},
			{"remove", 2, func(ctx context.Context) error {
				return s.RemoveUserAttribute(ctx, organization, attribute.UUID, nil)
			}},
		} {
			before := len(auditRows(t, s))
			counted := store.CountStatements(s)
			if err := step.do(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := counted.Load(); n > step.most || len(auditRows(t, s)) != before+1 {
				t.Errorf("%s: %d statements, want at most %d; %d rows", step.name, n, step.most, len(auditRows(t, s))-before)
			}
		}
	})
}
