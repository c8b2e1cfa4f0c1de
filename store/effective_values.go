package store

import (
	"context"
	"database/sql"

	"gorm.io/gorm"
)

// EffectiveAttribute is what one attribute comes to for one user.
type EffectiveAttribute struct {
	UserAttributeUUID string
	Name              string

	// Values are those that Lightdash puts into a query: the user's own, then those of all
	// groups that the user is in, by the groups' uuids; where there is neither, the default's.
	Values []EffectiveValue
}

// Source says where a value comes from.
type Source string

const (
	FromUser    Source = "user"
	FromGroup   Source = "group"
	FromDefault Source = "default"
)

// EffectiveValue is one value that is in effect for a user.
type EffectiveValue struct {
	Value     string
	Source    Source
	GroupUUID string // set where the source is a group
}

var errUserNotFound = &Error{Kind: NotFound, Message: "This user does not exist."}

// EffectiveValues returns what each attribute of the organization comes to for one user,
// in the order of a list of attributes, as it was at one moment. It returns a NotFound
// if the user is not of the organization.
func (s *Store) EffectiveValues(ctx context.Context, organization Organization, user string) ([]EffectiveAttribute, error) {
	user, err := canonical(user, errUserNotFound)
	if err != nil {
		return nil, err
	}
	var all []EffectiveAttribute
	err = s.readingAttributes(ctx, ofAttributes, "read the values of a user", func(db *gorm.DB) error {
		all = []EffectiveAttribute{}
		var (
			known                                   bool
			defaults                                []sql.NullString // of each
			id, name, fallback, own, group, byGroup sql.NullString
			lists                                   listReader
		)
		query := s.query(db, s.queries.effective, user, organization.id, organization.id, organization.id, organization.id)
		err := eachRow(query, func(rows *sql.Rows) error {
			if err := rows.Scan(&id, &name, &fallback, &own, &group, &byGroup); err != nil {
				return err
			}
			known = true
			if !id.Valid {
				return nil
			}
			if len(all) == 0 || all[len(all)-1].UserAttributeUUID != id.String {
				all = append(all, EffectiveAttribute{UserAttributeUUID: id.String, Name: name.String, Values: []EffectiveValue{}})
				defaults = append(defaults, fallback)
				if err := all[len(all)-1].add(&lists, own, EffectiveValue{Source: FromUser}); err != nil {
					return err
				}
			}
			return all[len(all)-1].add(&lists, byGroup, EffectiveValue{Source: FromGroup, GroupUUID: group.String})
		})
		if err == nil && !known {
			return errUserNotFound
		}
		for i := range all {
			if err == nil && len(all[i].Values) == 0 {
				err = all[i].add(&lists, defaults[i], EffectiveValue{Source: FromDefault})
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// add appends the values of a list, if there is one, each as from is.
func (a *EffectiveAttribute) add(lists *listReader, list sql.NullString, from EffectiveValue) error {
	if !list.Valid {
		return nil
	}
	values, err := lists.read(list.String)
	for _, value := range values {
		from.Value = value
		a.Values = append(a.Values, from)
	}
	return err
}

// effectiveQuery gives one row for each attribute and group with values; and one without an
// attribute where the organization has none, which tells such a user from one who does not
// exist. What the user and the user's groups have is read on its own, each a range of one key that
// begins at the user: else there is a look-up for each attribute, and all values of all groups
// are gone through.
func effectiveQuery(d dialect) string {
	return `
		WITH person AS MATERIALIZED (
			SELECT membership.user_id, membership.organization_id
			FROM users JOIN organization_memberships AS membership ON membership.user_id = users.user_id
			WHERE users.user_uuid = ? AND membership.organization_id = ?
		), own AS MATERIALIZED (
			SELECT given.user_attribute_uuid, given.` + d.values + `
			FROM person` + d.inOrder + `organization_member_user_attributes AS given
				ON given.user_id = person.user_id AND given.organization_id = ?
		), by_group AS MATERIALIZED (
			SELECT given.user_attribute_uuid, given.group_uuid, given.` + d.values + `
			FROM person` + d.inOrder + `group_memberships AS member
				ON member.user_id = person.user_id AND member.organization_id = ?` + d.inOrder + `
				group_user_attributes AS given ON given.group_uuid = member.group_uuid
		)
		SELECT attribute.user_attribute_uuid, attribute.name, ` + d.asText("attribute."+d.defaults) + `,
		       ` + d.asText("own."+d.values) + `, by_group.group_uuid, ` + d.asTextOfGroup("by_group."+d.values) + `
		FROM person
		LEFT JOIN user_attributes AS attribute ON attribute.organization_id = ?
		LEFT JOIN own ON own.user_attribute_uuid = attribute.user_attribute_uuid
		LEFT JOIN by_group ON by_group.user_attribute_uuid = attribute.user_attribute_uuid
		ORDER BY ` + d.created("attribute.created_at") + ` DESC, attribute.user_attribute_uuid, by_group.group_uuid`
}
