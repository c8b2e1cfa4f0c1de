package store

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// UpdateUserAttribute gives an attribute another name, default and values, wholly.
// A nil description keeps the old one, an empty one clears it. It returns, in this
// order, a NotFound, a Stale where may refuses, an UnknownReference or a Conflict.
func (s *Store) UpdateUserAttribute(ctx context.Context, organization Organization, id string, draft Draft, may Precondition) (UserAttribute, error) {
	values := pairsOf(draft)
	var updated UserAttribute
	err := s.change(ctx, "update user attribute", organization, id, may, func(tx *gorm.DB, row userAttributeRow) error {
		named, err := s.lookUpReferences(tx, row, values)
		if err != nil {
			return err
		}
		if draft.Name != row.Name {
			// Of two who exchange the names of two attributes, each would wait for the other's.
			if err := tx.Exec(s.dialect.lockNames, organization.id).Error; err != nil {
				return err
			}
		}
		row.Name, row.AttributeDefault = draft.Name, draft.Default
		if draft.Description != nil {
			row.Description = noneIfEmpty(draft.Description)
		}
		if err := s.nameTaken(tx.Select("Name", "AttributeDefault", "Description").Updates(&row).Error); err != nil {
			return err
		}
		if err := s.replaceValues(tx, row, values); err != nil {
			return err
		}
		updated = written(organization, row, named, draft)
		return nil
	})
	return updated, err
}

func (s *Store) replaceValues(tx *gorm.DB, row userAttributeRow, values valuePairs) error {
	for _, table := range []string{"organization_member_user_attributes", "group_user_attributes"} {
		if err := tx.Exec("DELETE FROM "+table+" WHERE user_attribute_uuid = ?", row.UserAttributeUUID).Error; err != nil {
			return err
		}
	}
	return s.insertValues(tx, row, values)
}

// RemoveUserAttribute removes an attribute with all its values. It returns a NotFound,
// or a Stale where may refuses.
func (s *Store) RemoveUserAttribute(ctx context.Context, organization Organization, id string, may Precondition) error {
	return s.change(ctx, "remove user attribute", organization, id, may, func(tx *gorm.DB, row userAttributeRow) error {
		return tx.Delete(&row).Error
	})
}

// SetUserValue sets the value that one user has, and leaves all others as they are.
// It returns a NotFound if the attribute or the user is not of the organization, or a
// Stale where may refuses.
func (s *Store) SetUserValue(ctx context.Context, organization Organization, id, user, value string, may Precondition) (UserAttribute, error) {
	return s.setValue(ctx, s.queries.userValue, organization, id, user, value, may)
}

// SetGroupValue sets the value that one group has, as SetUserValue does for a user.
func (s *Store) SetGroupValue(ctx context.Context, organization Organization, id, group, value string, may Precondition) (UserAttribute, error) {
	return s.setValue(ctx, s.queries.groupValue, organization, id, group, value, may)
}

// ClearUserValue takes back the value that one user has, if there is one. Its errors
// are those of SetUserValue.
func (s *Store) ClearUserValue(ctx context.Context, organization Organization, id, user string, may Precondition) error {
	return s.clearValue(ctx, s.queries.userValue, organization, id, user, may)
}

// ClearGroupValue takes back the value that one group has, if there is one. Its errors
// are those of SetUserValue.
func (s *Store) ClearGroupValue(ctx context.Context, organization Organization, id, group string, may Precondition) error {
	return s.clearValue(ctx, s.queries.groupValue, organization, id, group, may)
}

func (s *Store) setValue(ctx context.Context, queries valueQueries, organization Organization, id, owner, value string, may Precondition) (UserAttribute, error) {
	owner, err := s.ownerOfValue(ctx, queries, organization, owner)
	if err != nil {
		return UserAttribute{}, err
	}
	var changed UserAttribute
	err = s.change(ctx, "set one value", organization, id, may, func(tx *gorm.DB, row userAttributeRow) error {
		set := tx.Exec(queries.set, row.UserAttributeUUID, value, organization.id, owner)
		if set.Error != nil {
			return set.Error
		}
		if set.RowsAffected == 0 { // gone since it was looked for
			return queries.notFound
		}
		changed, err = s.readUserAttribute(tx, organization, id)
		return err
	})
	return changed, err
}

func (s *Store) clearValue(ctx context.Context, queries valueQueries, organization Organization, id, owner string, may Precondition) error {
	owner, err := s.ownerOfValue(ctx, queries, organization, owner)
	if err != nil {
		return err
	}
	return s.change(ctx, "clear one value", organization, id, may, func(tx *gorm.DB, row userAttributeRow) error {
		return tx.Exec(queries.clear, row.UserAttributeUUID, owner).Error
	})
}

// ownerOfValue gives the owner's uuid as it is stored, or a NotFound if the owner is
// not of the organization.
func (s *Store) ownerOfValue(ctx context.Context, queries valueQueries, organization Organization, owner string) (string, error) {
	owner, err := canonical(owner, queries.notFound)
	if err != nil {
		return "", err
	}
	var found int
	err = s.reading(ctx, "look for the owner of a value", func(db *gorm.DB) error {
		return db.Raw(queries.exists, organization.id, owner).Scan(&found).Error
	})
	if err != nil {
		return "", err
	}
	if found == 0 {
		return "", queries.notFound
	}
	return owner, nil
}

// change runs apply on an attribute while nobody else can change it: the row is locked
// first, so that two changes of one attribute follow each other and cannot deadlock.
func (s *Store) change(ctx context.Context, operation string, organization Organization, id string, may Precondition, apply func(tx *gorm.DB, row userAttributeRow) error) error {
	id, err := canonical(id, errAttributeNotFound)
	if err != nil {
		return err
	}
	return s.transaction(ctx, operation, func(tx *gorm.DB) error {
		var row userAttributeRow
		err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).
			Take(&row, "organization_id = ? AND user_attribute_uuid = ?", organization.id, id).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return errAttributeNotFound
		}
		if err != nil {
			return err
		}
		if may != nil {
			current, err := s.readUserAttribute(tx, organization, id)
			if err != nil {
				return err
			}
			if !may(current) {
				return &Error{Kind: Stale, Message: "The user attribute has changed since it was read."}
			}
		}
		return apply(tx, row)
	})
}
