package store

import (
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm"
)

// SetUserValue sets what one user has, and leaves all others as they are. It returns a
// NotFound if the attribute or the user is not of the organization, or a Stale where may
// refuses.
func (s *Store) SetUserValue(ctx context.Context, organization Organization, id, user string, values []string, may Precondition) (UserAttribute, error) {
	return s.setOne(ctx, organization, id, user, values, may, findUser)
}

// SetGroupValue sets what one group has, as SetUserValue does for a user.
func (s *Store) SetGroupValue(ctx context.Context, organization Organization, id, group string, values []string, may Precondition) (UserAttribute, error) {
	return s.setOne(ctx, organization, id, group, values, may, findGroup)
}

// ClearUserValue takes back what one user has, if there is anything. Its errors are those
// of SetUserValue.
func (s *Store) ClearUserValue(ctx context.Context, organization Organization, id, user string, may Precondition) error {
	return s.clearOne(ctx, organization, id, user, may, findUser)
}

// ClearGroupValue takes back what one group has, if there is anything. Its errors are those
// of SetUserValue.
func (s *Store) ClearGroupValue(ctx context.Context, organization Organization, id, group string, may Precondition) error {
	return s.clearOne(ctx, organization, id, group, may, findGroup)
}

// holder is a user or a group that may have values.
type holder struct {
	uuid  string  // in lower case
	email *string // of a user; nil is a group
}

// changes are those that give the holder values, or take back what it has where they are nil.
func (h holder) changes(values *[]string) (ValueChanges, references) {
	change := []ValueChange{{h.uuid, values}}
	if h.email == nil {
		return ValueChanges{Groups: change}, references{}
	}
	return ValueChanges{Users: change}, references{users: []*string{h.email}}
}

// findHolder returns who is to have other values. It returns a NotFound if that one is not of
// the organization.
type findHolder func(tx *gorm.DB, organization Organization, id string) (holder, error)

func findUser(tx *gorm.DB, organization Organization, id string) (holder, error) {
	id, err := canonical(id, errUserNotFound)
	if err != nil {
		return holder{}, err
	}
	var email string
	err = withPrimaryEmails(membersOf(tx, organization.id)).Select("COALESCE(shown.email, '')").Where("users.user_uuid = ?", id).Row().Scan(&email)
	if errors.Is(err, sql.ErrNoRows) {
		err = errUserNotFound
	}
	return holder{id, &email}, err
}

var errGroupNotFound = &Error{Kind: NotFound, Message: "This group does not exist."}

func findGroup(tx *gorm.DB, organization Organization, id string) (holder, error) {
	id, err := canonical(id, errGroupNotFound)
	if err != nil {
		return holder{}, err
	}
	err = tx.Table("groups").Select("group_uuid").
		Where("organization_id = ? AND group_uuid = ?", organization.id, id).Row().Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = errGroupNotFound
	}
	return holder{id, nil}, err
}

func (s *Store) setOne(ctx context.Context, organization Organization, id, whose string, values []string, may Precondition, find findHolder) (UserAttribute, error) {
	values, err := s.dialect.kept(values)
	if err != nil {
		return UserAttribute{}, err
	}
	var changed UserAttribute
	err = s.changeOne(ctx, "set one value", organization, id, whose, find, func(tx *gorm.DB, row userAttributeRow, of holder) (bool, error) {
		current, err := s.checked(tx, organization, row, may)
		if err != nil {
			return false, err
		}
		changed = current.with(of.changes(&values))
		return s.rewrite(ctx, tx, row, current, changed)
	})
	return changed, err
}

func (s *Store) clearOne(ctx context.Context, organization Organization, id, whose string, may Precondition, find findHolder) error {
	return s.changeOne(ctx, "clear one value", organization, id, whose, find, func(tx *gorm.DB, row userAttributeRow, of holder) (bool, error) {
		if may != nil {
			if _, err := s.checked(tx, organization, row, may); err != nil {
				return false, err
			}
		}
		goes, clear := s.queries.audit.userGoes, s.queries.clearUserValues
		if of.email == nil {
			goes, clear = s.queries.audit.groupGoes, s.queries.clearGroupValues
		}
		event := s.auditEvent(ctx, organization.UUID, row.UserAttributeUUID).removed(goes, row.OrganizationID, row.UserAttributeUUID, of.uuid)
		cleared, err := s.together(tx, append(s.audited(event), command{clear, []any{row.UserAttributeUUID, jsonPairs{{of.uuid}}}})...)
		return cleared > 0, err
	})
}

// changeOne runs apply on what one user or group has of an attribute that nobody else can
// change meanwhile.
func (s *Store) changeOne(ctx context.Context, operation string, organization Organization, id, whose string, find findHolder, apply func(tx *gorm.DB, row userAttributeRow, of holder) (bool, error)) error {
	var of holder
	lookUp := func(tx *gorm.DB) (err error) {
		of, err = find(tx, organization, whose)
		return err
	}
	return s.changeAfter(ctx, operation, organization, id, lookUp, func(tx *gorm.DB, row userAttributeRow) (bool, error) {
		return apply(tx, row, of)
	})
}
