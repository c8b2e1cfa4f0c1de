package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"gorm.io/gorm"
)

// ExportDirectory gives the organisation's members, sorted by e-mail, and their groups,
// by name, as they were at one moment. Importing them changes nothing. It returns a
// NotFound if no organisation has this name, and an Invalid if several have it, or if
// members are as no import could make them.
func (s *Store) ExportDirectory(ctx context.Context, organization string) ([]Person, error) {
	var people []Person
	err := s.snapshot(ctx, "export directory", func(tx *gorm.DB) error {
		row, err := organizationNamed(tx, organization)
		if err != nil {
			return err
		}
		if row.OrganizationID == 0 {
			return &Error{Kind: NotFound, Message: "There is no organization of this name."}
		}
		people, err = s.readPeople(tx, row.OrganizationID)
		return err
	})
	if err != nil {
		return nil, err
	}
	if found := problems(people); len(found) > 0 {
		return nil, &Error{Kind: Invalid, Message: "Some members cannot be exported.", Problems: found}
	}
	return people, nil
}

func (s *Store) readPeople(tx *gorm.DB, organization int64) ([]Person, error) {
	people := []Person{}
	uuids := []string{} // of people
	query := tx.Raw(`
		SELECT users.user_uuid, users.first_name, users.last_name, users.is_active, membership.role,
		       COALESCE(shown.email, (SELECT min(emails.email`+s.dialect.byBytes+`) FROM emails WHERE emails.user_id = users.user_id), '')
		FROM organization_memberships AS membership
		JOIN users ON users.user_id = membership.user_id
		LEFT JOIN emails AS shown ON shown.user_id = users.user_id AND shown.is_primary
		WHERE membership.organization_id = ?`, organization)
	err := eachRow(query, func(rows *sql.Rows) error {
		var id string
		var person Person
		err := rows.Scan(&id, &person.FirstName, &person.LastName, &person.Active, &person.Role, &person.Email)
		people, uuids = append(people, person), append(uuids, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	groups, err := groupsOfUsers(tx, organization)
	if err != nil {
		return nil, err
	}
	for i, id := range uuids {
		people[i].Groups = groups[id]
		slices.Sort(people[i].Groups)
	}
	slices.SortFunc(people, func(a, b Person) int { return cmp.Compare(a.Email, b.Email) })
	return people, nil
}

// groupsOfUsers gives the names of the groups that each user is in, by the user's uuid.
func groupsOfUsers(tx *gorm.DB, organization int64) (map[string][]string, error) {
	groups := map[string][]string{}
	query := tx.Raw(`
		SELECT users.user_uuid, groups.name
		FROM groups
		JOIN group_memberships AS membership ON membership.group_uuid = groups.group_uuid
		JOIN users ON users.user_id = membership.user_id
		WHERE groups.organization_id = ?`, organization)
	err := eachRow(query, func(rows *sql.Rows) error {
		var id, name string
		err := rows.Scan(&id, &name)
		groups[id] = append(groups[id], name)
		return err
	})
	return groups, err
}
