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
	return s.setOne(ctx, organization, id, user, values, may, findUser, s.setUsers)
}

// SetGroupValue sets what one group has, as SetUserValue does for a user.
func (s *Store) SetGroupValue(ctx context.Context, organization Organization, id, group string, values []string, may Precondition) (UserAttribute, error) {
	return s.setOne(ctx, organization, id, group, values, may, findGroup, s.setGroups)
}

// ClearUserValue takes back what one user has, if there is anything. Its errors are those
// of SetUserValue.
func (s *Store) ClearUserValue(ctx context.Context, organization Organization, id, user string, may Precondition) error {
	return s.clearOne(ctx, organization, id, user, may, findUser, s.clearUsers)
}

// ClearGroupValue takes back what one group has, if there is anything. Its errors are those
// of SetUserValue.
func (s *Store) ClearGroupValue(ctx context.Context, organization Organization, id, group string, may Precondition) error {
	return s.clearOne(ctx, organization, id, group, may, findGroup, s.clearGroups)
}

// findHolder returns the uuid, in lower case, of a user or a group that may have values. It
// returns a NotFound if that one is not of the organization.
type findHolder func(tx *gorm.DB, organization Organization, holder string) (string, error)

func findUser(tx *gorm.DB, organization Organization, user string) (string, error) {
	user, err := canonical(user, errUserNotFound)
	if err != nil {
		return "", err
	}
	err = membersOf(tx, organization.id).Select("users.user_uuid").Where("users.user_uuid = ?", user).Row().Scan(&user)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errUserNotFound
	}
	return user, err
}

var errGroupNotFound = &Error{Kind: NotFound, Message: "This group does not exist."}

func findGroup(tx *gorm.DB, organization Organization, group string) (string, error) {
	group, err := canonical(group, errGroupNotFound)
	if err != nil {
		return "", err
	}
	err = tx.Table("groups").Select("group_uuid").
		Where("organization_id = ? AND group_uuid = ?", organization.id, group).Row().Scan(&group)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errGroupNotFound
	}
	return group, err
}

func (s *Store) setOne(ctx context.Context, organization Organization, id, holder string, values []string, may Precondition, find findHolder, set writePairs) (UserAttribute, error) {
	var changed UserAttribute
	err := s.changeOne(ctx, "set one value", organization, id, holder, may, find, func(tx *gorm.DB, row userAttributeRow, holder string) (err error) {
		if err := set(tx, row, jsonPairs{{holder, s.dialect.list(values)}}); err != nil {
			return err
		}
		changed, err = s.readUserAttribute(tx, organization, id)
		return err
	})
	return changed, err
}

func (s *Store) clearOne(ctx context.Context, organization Organization, id, holder string, may Precondition, find findHolder, clear writePairs) error {
	return s.changeOne(ctx, "clear one value", organization, id, holder, may, find, func(tx *gorm.DB, row userAttributeRow, holder string) error {
		return clear(tx, row, jsonPairs{{holder}})
	})
}

// changeOne runs apply on what one user or group has of an attribute that nobody else can
// change meanwhile.
func (s *Store) changeOne(ctx context.Context, operation string, organization Organization, id, holder string, may Precondition, find findHolder, apply func(tx *gorm.DB, row userAttributeRow, holder string) error) error {
	return s.transaction(ctx, operation, func(tx *gorm.DB) error {
		found, err := find(tx, organization, holder)
		if err != nil {
			return err
		}
		return s.lockedChange(tx, organization, id, may, func(tx *gorm.DB, row userAttributeRow) error { return apply(tx, row, found) })
	})
}
