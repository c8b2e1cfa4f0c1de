package store

import (
	"context"
	"database/sql"
	"time"

	"gorm.io/gorm"
)

// Member is a user as a member of an organization.
type Member struct {
	UserUUID  string
	FirstName string
	LastName  string
	Email     string // the primary one, "" without one
	Role      string // one of Roles
	IsActive  bool   // an inactive member's tokens are of no use

	Groups []NamedGroup // as many as were asked for, by name

	CreatedAt, UpdatedAt time.Time // of the user; UTC, whole milliseconds
}

// NamedGroup is a group of which only the name is read.
type NamedGroup struct{ UUID, Name string }

// ListMembers returns a page of the organization's members, and how many there are on
// all pages. They are sorted by e-mail and then uuid, by bytes. A search that is not
// empty keeps those with it, in any case, in their first name, a space and their last
// name, or in one of their e-mails. Of each member's groups it returns the first by name
// and then uuid, by bytes: as many as groups says, none where it is 0.
func (s *Store) ListMembers(ctx context.Context, organization Organization, page Page, search string, groups int64) ([]Member, int, error) {
	if !storable(search) {
		return []Member{}, 0, nil
	}
	query := listQuery{
		columns: `users.user_uuid, users.first_name, users.last_name, COALESCE(shown.email, ''), membership.role,
		          COALESCE(users.is_active, false), users.created_at, users.updated_at`,
		order: `CAST(COALESCE(shown.email, '') AS text)` + s.dialect.byBytes + `, users.user_uuid`,
		all: func(tx *gorm.DB) *gorm.DB {
			members := withPrimaryEmails(membersOf(tx, organization.id))
			if search != "" {
				members = members.Where(`(`+s.dialect.contains(`users.first_name || ' ' || users.last_name`)+`
					OR EXISTS (SELECT 1 FROM emails WHERE emails.user_id = users.user_id AND `+s.dialect.contains(`emails.email`)+`))`, search, search)
			}
			return members
		},
	}
	var members []Member
	query.begin = func() { members = []Member{} }
	if groups > 0 {
		query.attach = func(tx *gorm.DB) error { return s.attachGroups(tx, organization, members, groups) }
	}
	total, err := s.readPage(ctx, "list members", query, page, func(rows *sql.Rows) error {
		var member Member
		var created, updated timestamp
		err := rows.Scan(&member.UserUUID, &member.FirstName, &member.LastName, &member.Email, &member.Role,
			&member.IsActive, &created, &updated)
		member.CreatedAt, member.UpdatedAt = created.Time, updated.Time
		members = append(members, member)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return members, total, nil
}

// membersOf are the members of an organization, as membership, with their users.
func membersOf(tx *gorm.DB, organization int64) *gorm.DB {
	return tx.Table(`organization_memberships AS membership`).
		Joins(`JOIN users ON users.user_id = membership.user_id`).
		Where(`membership.organization_id = ?`, organization)
}

// withPrimaryEmails joins to users the e-mail by which each is shown, where there is one.
func withPrimaryEmails(users *gorm.DB) *gorm.DB {
	return users.Joins(`LEFT JOIN emails AS shown ON shown.user_id = users.user_id AND shown.is_primary`)
}

// attachGroups gives each of the members its first groups, at most limit. It is one
// statement for the whole page, for which the rows are numbered within each member.
func (s *Store) attachGroups(tx *gorm.DB, organization Organization, members []Member, limit int64) error {
	uuids := make(jsonPairs, len(members))
	for i, member := range members {
		uuids[i] = [2]string{member.UserUUID}
	}
	query := tx.Raw(`
		SELECT position, group_uuid, name FROM (
			SELECT named.position, groups.group_uuid, groups.name,
			       row_number() OVER (PARTITION BY named.position ORDER BY groups.name`+s.dialect.byBytes+`, groups.group_uuid) AS place
			FROM `+s.dialect.pairs+` AS named`+s.dialect.inOrder+`users ON users.user_uuid = named.uuid
			JOIN group_memberships AS membership ON membership.user_id = users.user_id
			JOIN groups ON groups.group_uuid = membership.group_uuid
			WHERE groups.organization_id = ?) AS placed
		WHERE place <= ?
		ORDER BY position, place`, uuids, organization.id, limit)
	return eachRow(query, func(rows *sql.Rows) error {
		var position int
		var group NamedGroup
		err := rows.Scan(&position, &group.UUID, &group.Name)
		if err == nil {
			members[position].Groups = append(members[position].Groups, group)
		}
		return err
	})
}
