package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// ListUserAttributes returns all attributes of the organization, newest first and then
// by uuid, as they were at one moment.
func (s *Store) ListUserAttributes(ctx context.Context, organization Organization) ([]UserAttribute, error) {
	return s.ListUserAttributesWithin(ctx, organization, func(int) error { return nil })
}

// ListUserAttributesWithin is ListUserAttributes for a caller that has not any amount of memory: take is
// called with the bytes that the next part of the list holds, and ends it with its error. Where the
// database has to be asked again, so is take.
func (s *Store) ListUserAttributesWithin(ctx context.Context, organization Organization, take func(bytes int) error) ([]UserAttribute, error) {
	var all []UserAttribute
	err := s.readingAttributes(ctx, "list user attributes", func(db *gorm.DB) (err error) {
		all, err = s.readUserAttributes(db, organization, "", take)
		return err
	})
	return all, err
}

// GetUserAttribute returns one attribute, or a NotFound. Here as in all methods, an id
// may be written in any case, and one that is no UUID is not found.
func (s *Store) GetUserAttribute(ctx context.Context, organization Organization, id string) (UserAttribute, error) {
	var one UserAttribute
	err := s.readingAttributes(ctx, "get user attribute", func(db *gorm.DB) (err error) {
		one, err = s.readUserAttribute(db, organization, id)
		return err
	})
	return one, err
}

// listPart is for how many bytes memory is taken at a time.
const listPart = 64 << 10

var errAttributeNotFound = &Error{Kind: NotFound, Message: "This user attribute does not exist."}

func (s *Store) readUserAttribute(tx *gorm.DB, organization Organization, id string) (UserAttribute, error) {
	id, err := canonical(id, errAttributeNotFound)
	if err != nil {
		return UserAttribute{}, err
	}
	found, err := s.readUserAttributes(tx, organization, id, func(int) error { return nil })
	if err != nil {
		return UserAttribute{}, err
	}
	if len(found) == 0 {
		return UserAttribute{}, errAttributeNotFound
	}
	return found[0], nil
}

// readUserAttributes reads the attribute with this id, or all where it is empty, as they
// are at one moment. It takes memory for them in parts.
func (s *Store) readUserAttributes(tx *gorm.DB, organization Organization, id string, take func(bytes int) error) ([]UserAttribute, error) {
	query, parameters := s.queries.readAll, []any{organization.id}
	if id != "" {
		query, parameters = s.queries.readOne, []any{organization.id, id}
	}
	all := []UserAttribute{}
	place := map[string]int{} // in all, by uuid
	at := func(id string) *UserAttribute {
		i, ok := place[id]
		if !ok {
			i = len(all)
			place[id] = i
			all = append(all, UserAttribute{UUID: id, OrganizationUUID: organization.UUID})
		}
		return &all[i]
	}
	// What a row is read into stands outside the function that reads it: it is on
	// the heap, and one for all rows is enough.
	var (
		of, first     string
		second, third sql.NullString
		created       sql.Null[timestamp]
		lists         listReader
		part          int // bytes that are not taken yet
	)
	err := eachRow(s.query(tx, query, slices.Repeat(parameters, 3)...), func(rows *sql.Rows) (err error) {
		if err := rows.Scan(&of, &first, &second, &third, &created); err != nil {
			return err
		}
		if part += len(of) + len(first) + len(second.String) + len(third.String); part >= listPart {
			if err := take(part); err != nil {
				return err
			}
			part = 0
		}
		attribute := at(of)
		switch {
		case created.Valid:
			attribute.CreatedAt, attribute.Name, attribute.Description = created.V.Time, first, pointer(second)
			if third.Valid {
				attribute.Defaults, err = lists.read(third.String)
			}
		case third.Valid:
			user := UserValue{UserUUID: first, Email: third.String}
			user.Values, err = lists.read(second.String)
			if attribute.Users == nil {
				attribute.Users = make([]UserValue, 0, 4) // where it grows, that is two pieces of memory less
			}
			attribute.Users = append(attribute.Users, user)
		default:
			group := GroupValue{GroupUUID: first}
			group.Values, err = lists.read(second.String)
			attribute.Groups = append(attribute.Groups, group)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b UserAttribute) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.UUID, b.UUID))
	})
	for i := range all {
		all[i].sortValues()
	}
	return all, nil
}

func pointer(text sql.NullString) *string {
	if !text.Valid {
		return nil
	}
	return &text.String
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
