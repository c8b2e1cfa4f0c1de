package store

import (
	"context"
	"database/sql"
	"time"

	"gorm.io/gorm"
)

// Group is a named set of an organization's users.
type Group struct {
	UUID string
	Name string // unique in the organization, case-sensitive

	CreatedAt, UpdatedAt time.Time // UTC, whole milliseconds

	// Who made it and who changed it last; nil where that is not known, as with the
	// groups of an import.
	CreatedByUserUUID, UpdatedByUserUUID *string

	Members []GroupMember // as many as were asked for, by e-mail
}

// GroupMember is a user as a member of a group.
type GroupMember struct {
	UserUUID  string
	FirstName string
	LastName  string
	Email     string // the primary one, "" without one
}

// ListGroups returns a page of the organization's groups, and how many there are on all
// pages. They are sorted by name and then uuid, by bytes. A search that is not empty
// keeps those with it, in any case, in their name. Of each group's members it returns the
// first by e-mail and then uuid, by bytes: as many as members says, none where it is 0.
func (s *Store) ListGroups(ctx context.Context, organization Organization, page Page, search string, members int64) ([]Group, int, error) {
	if !storable(search) {
		return []Group{}, 0, nil
	}
	query := listQuery{
		columns: `group_uuid, name, created_at, updated_at, created_by_user_uuid, updated_by_user_uuid`,
		order:   `name` + s.dialect.byBytes + `, group_uuid`,
		all: func(tx *gorm.DB) *gorm.DB {
			groups := tx.Table(`groups`).Where(`organization_id = ?`, organization.id)
			if search != "" {
				groups = groups.Where(s.dialect.contains(`name`), search)
			}
			return groups
		},
	}
	var groups []Group
	query.begin = func() { groups = []Group{} }
	if members > 0 {
		query.attach = func(tx *gorm.DB) error { return s.attachMembers(tx, groups, members) }
	}
	total, err := s.readPage(ctx, "list groups", query, page, func(rows *sql.Rows) error {
		var group Group
		var created, updated timestamp
		err := rows.Scan(&group.UUID, &group.Name, &created, &updated, &group.CreatedByUserUUID, &group.UpdatedByUserUUID)
		group.CreatedAt, group.UpdatedAt = created.Time, updated.Time
		groups = append(groups, group)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return groups, total, nil
}

// attachMembers gives each of the groups its first members, at most limit, as
// attachGroups does.
func (s *Store) attachMembers(tx *gorm.DB, groups []Group, limit int64) error {
	uuids := make(jsonPairs, len(groups))
	for i, group := range groups {
		uuids[i] = [2]string{group.UUID}
	}
	query := tx.Raw(`
		SELECT position, user_uuid, first_name, last_name, email FROM (
			SELECT named.position, users.user_uuid, users.first_name, users.last_name, COALESCE(shown.email, '') AS email,
			       row_number() OVER (PARTITION BY named.position ORDER BY CAST(COALESCE(shown.email, '') AS text)`+s.dialect.byBytes+`, users.user_uuid) AS place
			FROM `+s.dialect.pairs+` AS named`+s.dialect.inOrder+`group_memberships AS membership ON membership.group_uuid = named.uuid
			JOIN users ON users.user_id = membership.user_id
			LEFT JOIN emails AS shown ON shown.user_id = users.user_id AND shown.is_primary) AS placed
		WHERE place <= ?
		ORDER BY position, place`, uuids, limit)
	return eachRow(query, func(rows *sql.Rows) error {
		var position int
		var member GroupMember
		err := rows.Scan(&position, &member.UserUUID, &member.FirstName, &member.LastName, &member.Email)
		if err == nil {
			groups[position].Members = append(groups[position].Members, member)
		}
		return err
	})
}
