package store_test

import (
	"fmt"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"pgregory.net/rapid"
)

// world is what an organization is, kept as plainly as it can be: the store must
// answer as it does, whatever was done before.
type world struct {
	organization store.Organization
	users        []string            // uuids
	emails       map[string]string   // by user
	groups       []string            // uuids
	members      map[string][]string // groups by user
	attributes   []store.UserAttribute
	single       bool // there is one value at most for each
}

// newWorlds adds organizations with some users and groups to s, in a statement for each table:
// for each row, it would take longer than all that is done with them.
func newWorlds(t *testing.T, s *store.Store, rt *rapid.T, count int) []*world {
	const organizationID, userID = "(SELECT organization_id FROM organizations WHERE organization_uuid = ?)", "(SELECT user_id FROM users WHERE user_uuid = ?)"
	type row = map[string]any
	var organizations, users, emails, memberships, groups, groupMemberships []row
	worlds := make([]*world, count)
	for i := range worlds {
		w := &world{emails: map[string]string{}, members: map[string][]string{}, single: s.OneValueEach()}
		worlds[i] = w
		id := uuid.NewString()
		organization := gorm.Expr(organizationID, id)
		organizations = append(organizations, row{"organization_uuid": id, "organization_name": "random"})
		for range rapid.IntRange(1, 4).Draw(rt, "users") {
			user := uuid.NewString()
			w.users = append(w.users, user)
			w.emails[user] = user + "@example.com"
			users = append(users, row{"user_uuid": user, "first_name": "", "last_name": ""})
			emails = append(emails, row{"user_id": gorm.Expr(userID, user), "email": w.emails[user], "is_primary": true})
			memberships = append(memberships, row{"organization_id": organization, "user_id": gorm.Expr(userID, user), "role": "admin"})
		}
		for i := range rapid.IntRange(0, 3).Draw(rt, "groups") {
			group := uuid.NewString()
			w.groups = append(w.groups, group)
			groups = append(groups, row{"group_uuid": group, "name": fmt.Sprint(i), "organization_id": organization})
			for _, user := range w.users {
				if rapid.Bool().Draw(rt, "is member") {
					w.members[user] = append(w.members[user], group)
					groupMemberships = append(groupMemberships, row{"group_uuid": group, "user_id": gorm.Expr(userID, user), "organization_id": organization})
				}
			}
		}
	}
	storetest.Insert(t, s, "organizations", organizations)
	storetest.Insert(t, s, "users", users)
	storetest.Insert(t, s, "emails", emails)
	storetest.Insert(t, s, "organization_memberships", memberships)
	storetest.Insert(t, s, "groups", groups)
	storetest.Insert(t, s, "group_memberships", groupMemberships)
	for i, w := range worlds {
		var err error
		if w.organization, err = store.OrganizationOf(t.Context(), s, organizations[i]["organization_uuid"].(string)); err != nil {
			t.Fatal(err)
		}
	}
	return worlds
}
