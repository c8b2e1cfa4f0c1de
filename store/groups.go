package store

import (
	"context"
	"database/sql"
	"time"
)

// Group is a named set of an organisation's users.
type Group struct {
	UUID string
	Name string // unique in the organisation, case-sensitive

	CreatedAt, UpdatedAt time.Time // UTC, whole milliseconds

	// Who made it and who changed it last; nil where that is not known, as with the
	// groups of an import.
	CreatedByUserUUID, UpdatedByUserUUID *string
}

// ListGroups gives a page of the organisation's groups, and how many there are on all
// pages. They are sorted by name and then uuid, by bytes. A search that is not empty
// keeps those with it, in any case, in their name.
func (s *Store) ListGroups(ctx context.Context, organization Organization, page Page, search string) ([]Group, int, error) {
	if !storable(search) {
		return []Group{}, 0, nil
	}
	query := listQuery{
		columns:    `group_uuid, name, created_at, updated_at, created_by_user_uuid, updated_by_user_uuid`,
		from:       `FROM groups WHERE organization_id = ?`,
		order:      `name` + s.dialect.byBytes + `, group_uuid`,
		parameters: []any{organization.id},
	}
	if search != "" {
		query.from += ` AND ` + s.dialect.contains(`name`)
		query.parameters = append(query.parameters, search)
	}
	groups := []Group{}
	total, err := s.readPage(ctx, "list groups", query, page, func(rows *sql.Rows) error {
		var group Group
		var created, updated timestamp
		err := rows.Scan(&group.UUID, &group.Name, &created, &updated, &group.CreatedByUserUUID, &group.UpdatedByUserUUID)
		group.CreatedAt, group.UpdatedAt = created.Time, updated.Time
		groups = append(groups, group)
		return err
	})
	return groups, total, err
}
