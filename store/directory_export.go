package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// ExportDirectory returns the organization's members, sorted by e-mail, and their groups,
// by name, as they were at one moment. Importing them changes nothing. Members whom no
// import could make so, such as one without an e-mail, are left out, and a problem tells
// why. The organization is named by its uuid or its name: it returns a NotFound if none has
// it, and an Invalid if several have the name.
func (s *Store) ExportDirectory(ctx context.Context, organization string) ([]Person, []Problem, error) {
	var members []directoryMember
	err := s.snapshot(ctx, "export directory", func(tx *gorm.DB) error {
		row, err := organizationNamed(tx, organization)
		if err != nil {
			return err
		}
		if row.OrganizationID == 0 {
			return &Error{Kind: NotFound, Message: "There is no organization of this name."}
		}
		members, err = s.readPeople(tx, row.OrganizationID)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	people := make([]Person, len(members))
	for i, member := range members {
		people[i] = member.Person
	}
	found, leftOut := problems(people), map[int]bool{}
	for i, problem := range found {
		leftOut[problem.Person] = true
		if member := members[problem.Person]; member.Email == "" { // names need not tell who it is
			found[i].Who = strings.TrimSpace(problem.Who + " " + member.uuid)
		}
	}
	kept := people[:0]
	for i, person := range people {
		if !leftOut[i] {
			kept = append(kept, person)
		}
	}
	return kept, found, nil
}

// directoryMember is a person with the uuid of the user.
type directoryMember struct {
	Person
	uuid string
}

// readPeople returns the organization's members, by e-mail and then uuid, with their
// groups by name.
func (s *Store) readPeople(tx *gorm.DB, organization int64) ([]directoryMember, error) {
	members := []directoryMember{}
	query := withPrimaryEmails(membersOf(tx, organization)).Select(`
		users.user_uuid, users.first_name, users.last_name, COALESCE(users.is_active, false), membership.role,
		COALESCE(shown.email, (SELECT min(CAST(emails.email AS text)` + s.dialect.byBytes + `) FROM emails WHERE emails.user_id = users.user_id), '')`)
	err := eachRow(query, func(rows *sql.Rows) error {
		var member directoryMember
		err := rows.Scan(&member.uuid, &member.FirstName, &member.LastName, &member.Active, &member.Role, &member.Email)
		members = append(members, member)
		return err
	})
	if err != nil {
		return nil, err
	}
	groups, err := groupsOfUsers(tx, organization)
	if err != nil {
		return nil, err
	}
	for i, member := range members {
		for _, group := range groups[member.uuid] {
			members[i].Groups = append(members[i].Groups, group.name)
		}
	}
	slices.SortFunc(members, func(a, b directoryMember) int {
		return cmp.Or(cmp.Compare(a.Email, b.Email), cmp.Compare(a.uuid, b.uuid))
	})
	return members, nil
}

// userGroup is a group that a user is in.
type userGroup struct{ uuid, name string }

// groupsOfUsers returns the groups that each user is in, by name, by the user's uuid.
func groupsOfUsers(tx *gorm.DB, organization int64) (map[string][]userGroup, error) {
	groups := map[string][]userGroup{}
	query := tx.Table("groups").Select("users.user_uuid, groups.group_uuid, groups.name").
		Joins("JOIN group_memberships AS membership ON membership.group_uuid = groups.group_uuid").
		Joins("JOIN users ON users.user_id = membership.user_id").
		Where("groups.organization_id = ?", organization)
	err := eachRow(query, func(rows *sql.Rows) error {
		var user string
		var group userGroup
		err := rows.Scan(&user, &group.uuid, &group.name)
		groups[user] = append(groups[user], group)
		return err
	})
	for _, of := range groups {
		slices.SortFunc(of, func(a, b userGroup) int { return cmp.Compare(a.name, b.name) })
	}
	return groups, err
}
