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
	values := s.pairsOf(draft)
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
		row.Name = draft.Name
		if draft.Description != nil {
			row.Description = noneIfEmpty(draft.Description)
		}
		err = tx.Model(&row).Where("organization_id = ?", row.OrganizationID).Updates(map[string]any{
			"Name": row.Name, "Description": row.Description,
			"AttributeDefaults": gorm.Expr(s.dialect.asList("?"), s.dialect.listOrNull(draft.Defaults)),
		}).Error
		if err := s.nameTaken(err); err != nil {
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
	for _, values := range []any{&userValueRow{}, &groupValueRow{}} {
		if err := tx.Delete(values, "user_attribute_uuid = ?", row.UserAttributeUUID).Error; err != nil {
			return err
		}
	}
	return s.insertValues(tx, row, values)
}

// RemoveUserAttribute removes an attribute with all its values. It returns a NotFound,
// or a Stale where may refuses.
func (s *Store) RemoveUserAttribute(ctx context.Context, organization Organization, id string, may Precondition) error {
	return s.change(ctx, "remove user attribute", organization, id, may, func(tx *gorm.DB, row userAttributeRow) error {
		return tx.Where("organization_id = ?", row.OrganizationID).Delete(&row).Error
	})
}

// change runs apply on an attribute in a transaction, as lockedChange does.
func (s *Store) change(ctx context.Context, operation string, organization Organization, id string, may Precondition, apply func(tx *gorm.DB, row userAttributeRow) error) error {
	return s.transaction(ctx, operation, func(tx *gorm.DB) error {
		return s.lockedChange(tx, organization, id, may, apply)
	})
}

// lockedChange runs apply on an attribute while nobody else can change it: the row is locked
// first, so that two changes of one attribute follow each other and cannot deadlock.
func (s *Store) lockedChange(tx *gorm.DB, organization Organization, id string, may Precondition, apply func(tx *gorm.DB, row userAttributeRow) error) error {
	id, err := canonical(id, errAttributeNotFound)
	if err != nil {
		return err
	}
	var row userAttributeRow
	err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).
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
}
