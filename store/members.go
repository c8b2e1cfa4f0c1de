package store

import (
	"context"
	"database/sql"
	"time"
)

// Member is a user as a member of an organisation.
type Member struct {
	UserUUID  string
	FirstName string
	LastName  string
	Email     string // the primary one, "" without one
	Role      string // one of Roles
	IsActive  bool   // an inactive member's tokens are of no use

	CreatedAt, UpdatedAt time.Time // of the user; UTC, whole milliseconds
}

// ListMembers gives a page of the organisation's members, and how many there are on
// all pages. They are sorted by e-mail and then uuid, by bytes. A search that is not
// empty keeps those with it, in any case, in their first name, a space and their last
// name, or in one of their e-mails.
func (s *Store) ListMembers(ctx context.Context, organization Organization, page Page, search string) ([]Member, int, error) {
	if !storable(search) {
		return []Member{}, 0, nil
	}
	query := listQuery{
		columns: `users.user_uuid, users.first_name, users.last_name, COALESCE(shown.email, ''), membership.role,
		          users.is_active, users.created_at, users.updated_at`,
		from: `FROM organization_memberships AS membership
		       JOIN users ON users.user_id = membership.user_id
		       LEFT JOIN emails AS shown ON shown.user_id = users.user_id AND shown.is_primary
		       WHERE membership.organization_id = ?`,
		order:      `COALESCE(shown.email, '')` + s.dialect.byBytes + `, users.user_uuid`,
		parameters: []any{organization.id},
	}
	if search != "" {
		query.from += ` AND (` + s.dialect.contains(`users.first_name || ' ' || users.last_name`) + `
			OR EXISTS (SELECT 1 FROM emails WHERE emails.user_id = users.user_id AND ` + s.dialect.contains(`emails.email`) + `))`
		query.parameters = append(query.parameters, search, search)
	}
	members := []Member{}
	total, err := s.readPage(ctx, "list members", query, page, func(rows *sql.Rows) error {
		var member Member
		var created, updated timestamp
		err := rows.Scan(&member.UserUUID, &member.FirstName, &member.LastName, &member.Email, &member.Role,
			&member.IsActive, &created, &updated)
		member.CreatedAt, member.UpdatedAt = created.Time, updated.Time
		members = append(members, member)
		return err
	})
	return members, total, err
}
