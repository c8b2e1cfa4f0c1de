package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// ListUserAttributes gives all attributes of the organisation, newest first and then
// by uuid, as they were at one moment.
func (s *Store) ListUserAttributes(ctx context.Context, organization Organization) ([]UserAttribute, error) {
	var all []UserAttribute
	err := s.snapshot(ctx, "list user attributes", func(tx *gorm.DB) (err error) {
		all, err = s.readUserAttributes(tx, organization, "")
		return err
	})
	return all, err
}

// GetUserAttribute gives one attribute, or a NotFound. Here as in all methods, an id
// may be written in any case, and one that is no UUID is not found.
func (s *Store) GetUserAttribute(ctx context.Context, organization Organization, id string) (UserAttribute, error) {
	var one UserAttribute
	err := s.snapshot(ctx, "get user attribute", func(tx *gorm.DB) (err error) {
		one, err = s.readUserAttribute(tx, organization, id)
		return err
	})
	return one, err
}

var errAttributeNotFound = &Error{Kind: NotFound, Message: "This user attribute does not exist."}

func (s *Store) readUserAttribute(tx *gorm.DB, organization Organization, id string) (UserAttribute, error) {
	id, err := canonical(id, errAttributeNotFound)
	if err != nil {
		return UserAttribute{}, err
	}
	found, err := s.readUserAttributes(tx, organization, id)
	if err != nil {
		return UserAttribute{}, err
	}
	if len(found) == 0 {
		return UserAttribute{}, errAttributeNotFound
	}
	return found[0], nil
}

// readUserAttributes reads the attribute with this id, or all where it is empty, in
// three statements: one that joined users and groups would give their product.
func (s *Store) readUserAttributes(tx *gorm.DB, organization Organization, id string) ([]UserAttribute, error) {
	queries, parameters := s.queries.readAll, []any{organization.id}
	if id != "" {
		queries, parameters = s.queries.readOne, []any{organization.id, id}
	}
	all := []UserAttribute{}
	place := map[string]int{} // in all, by uuid

	// What a row is read into stands outside the functions that read it: it is on
	// the heap, and one for all rows is enough.
	var (
		row   userAttributeRow
		of    string
		user  UserValue
		group GroupValue
	)
	err := eachRow(tx.Raw(queries.attributes, parameters...), func(rows *sql.Rows) error {
		err := rows.Scan(&row.UserAttributeUUID, &row.Name, &row.Description, &row.AttributeDefault, &row.CreatedAt)
		place[row.UserAttributeUUID] = len(all)
		all = append(all, attributeOf(organization, row))
		return err
	})
	if err != nil {
		return nil, err
	}
	err = eachRow(tx.Raw(queries.users, parameters...), func(rows *sql.Rows) error {
		err := rows.Scan(&of, &user.UserUUID, &user.Value, &user.Email)
		attribute := &all[place[of]]
		attribute.Users = append(attribute.Users, user)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = eachRow(tx.Raw(queries.groups, parameters...), func(rows *sql.Rows) error {
		err := rows.Scan(&of, &group.GroupUUID, &group.Value)
		attribute := &all[place[of]]
		attribute.Groups = append(attribute.Groups, group)
		return err
	})
	for i := range all {
		all[i].sortValues()
	}
	return all, err
}

// eachRow runs read on each row that query answers. GORM's own scan takes several
// times as long, which is felt with the tens of thousands of rows of a list; and it
// writes out the statement with all its values, though nobody logs it, which is felt
// in a create.
func eachRow(query *gorm.DB, read func(*sql.Rows) error) error {
	rows, err := query.Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// attributeOf is row without any value.
func attributeOf(organization Organization, row userAttributeRow) UserAttribute {
	return UserAttribute{
		UUID: row.UserAttributeUUID, CreatedAt: row.CreatedAt.Time, OrganizationUUID: organization.UUID,
		Draft: Draft{Name: row.Name, Description: row.Description, Default: row.AttributeDefault},
	}
}

// sortValues brings users and groups into the order of an answer. They are sorted
// here, by bytes, since databases sort text as their locale does.
func (a *UserAttribute) sortValues() {
	slices.SortFunc(a.Users, func(a, b UserValue) int {
		if order := strings.Compare(a.Email, b.Email); order != 0 {
			return order
		}
		return strings.Compare(a.UserUUID, b.UserUUID)
	})
	slices.SortFunc(a.Groups, func(a, b GroupValue) int { return strings.Compare(a.GroupUUID, b.GroupUUID) })
}

// snapshot runs run in a transaction that sees the database as it is at one moment,
// and writes nothing. Its error is as that of transaction.
func (s *Store) snapshot(ctx context.Context, operation string, run func(tx *gorm.DB) error) error {
	return s.failure(operation, s.retried(ctx, func(ctx context.Context) error {
		return s.read.WithContext(ctx).Transaction(run, s.dialect.snapshot)
	}))
}
