package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// SetUserValue sets the value that one user has, and leaves all others as they are.
// It returns a NotFound if the attribute or the user is not of the organization, or a
// Stale where may refuses.
func (s *Store) SetUserValue(ctx context.Context, organization Organization, id, user, value string, may Precondition) (UserAttribute, error) {
	return s.setValue(ctx, organization, id, may, userValue(organization, id, user, value))
}

// SetGroupValue sets the value that one group has, as SetUserValue does for a user.
func (s *Store) SetGroupValue(ctx context.Context, organization Organization, id, group, value string, may Precondition) (UserAttribute, error) {
	return s.setValue(ctx, organization, id, may, groupValue(organization, id, group, value))
}

// ClearUserValue takes back the value that one user has, if there is one. Its errors
// are those of SetUserValue.
func (s *Store) ClearUserValue(ctx context.Context, organization Organization, id, user string, may Precondition) error {
	return s.clearValue(ctx, organization, id, may, userValue(organization, id, user, ""))
}

// ClearGroupValue takes back the value that one group has, if there is one. Its errors
// are those of SetUserValue.
func (s *Store) ClearGroupValue(ctx context.Context, organization Organization, id, group string, may Precondition) error {
	return s.clearValue(ctx, organization, id, may, groupValue(organization, id, group, ""))
}

// findValue returns the row of one value, which need not be there yet. It returns a
// NotFound if whoever has the value is not of the organization.
type findValue func(tx *gorm.DB) (row any, err error)

func userValue(organization Organization, id, user, value string) findValue {
	return func(tx *gorm.DB) (any, error) {
		user, err := canonical(user, errUserNotFound)
		if err != nil {
			return nil, err
		}
		row := userValueRow{UserAttributeUUID: strings.ToLower(id), OrganizationID: organization.id, Value: value}
		err = membersOf(tx, organization.id).Select("users.user_id").Where("users.user_uuid = ?", user).Row().Scan(&row.UserID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, errUserNotFound
		}
		return &row, err
	}
}

var errGroupNotFound = &Error{Kind: NotFound, Message: "This group does not exist."}

func groupValue(organization Organization, id, group, value string) findValue {
	return func(tx *gorm.DB) (any, error) {
		group, err := canonical(group, errGroupNotFound)
		if err != nil {
			return nil, err
		}
		row := groupValueRow{UserAttributeUUID: strings.ToLower(id), Value: value}
		err = tx.Table("groups").Select("group_uuid").
			Where("organization_id = ? AND group_uuid = ?", organization.id, group).Row().Scan(&row.GroupUUID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, errGroupNotFound
		}
		return &row, err
	}
}

func (s *Store) setValue(ctx context.Context, organization Organization, id string, may Precondition, find findValue) (UserAttribute, error) {
	var changed UserAttribute
	err := s.changeValue(ctx, "set one value", organization, id, may, find, func(tx *gorm.DB, value any) (err error) {
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(value).Error; err != nil {
			return err
		}
		changed, err = s.readUserAttribute(tx, organization, id)
		return err
	})
	return changed, err
}

func (s *Store) clearValue(ctx context.Context, organization Organization, id string, may Precondition, find findValue) error {
	return s.changeValue(ctx, "clear one value", organization, id, may, find, func(tx *gorm.DB, value any) error {
		return tx.Delete(value).Error
	})
}

// changeValue runs apply on one value of an attribute that nobody else can change meanwhile.
func (s *Store) changeValue(ctx context.Context, operation string, organization Organization, id string, may Precondition, find findValue, apply func(tx *gorm.DB, value any) error) error {
	return s.transaction(ctx, operation, func(tx *gorm.DB) error {
		value, err := find(tx)
		if err != nil {
			return err
		}
		return s.lockedChange(tx, organization, id, may, func(tx *gorm.DB, _ userAttributeRow) error { return apply(tx, value) })
	})
}
