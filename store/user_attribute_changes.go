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
	draft, err := s.dialect.keptDraft(draft)
	if err != nil {
		return UserAttribute{}, err
	}
	values := s.pairsOf(draft)
	var updated UserAttribute
	err = s.change(ctx, "update user attribute", organization, id, func(tx *gorm.DB, row userAttributeRow) (bool, error) {
		current, named, err := s.checkedWith(tx, organization, row, values, may)
		if err != nil {
			return false, err
		}
		if draft.Name != row.Name {
			// Of two who exchange the names of two attributes, each would wait for the other's.
			if err := tx.Exec(s.dialect.lockNames, organization.id).Error; err != nil {
				return false, err
			}
		}
		row.Name = draft.Name
		if draft.Description != nil {
			row.Description = draft.Description
		}
		row.Description = noneIfEmpty(row.Description)
		updated = written(organization, row, named, draft)
		changed, err := s.rewrite(ctx, tx, row, current, updated)
		return changed, s.nameTaken(err)
	})
	return updated, err
}

// rewrite makes of an attribute that is as before one that is as after, and writes nothing where
// the two are the same, which it reports.
func (s *Store) rewrite(ctx context.Context, tx *gorm.DB, row userAttributeRow, before, after UserAttribute) (bool, error) {
	d := differenceOf(before, after)
	if d.none() {
		return false, nil
	}
	commands := s.audited(s.auditEvent(ctx, after.OrganizationUUID, after.UUID).changed(s.queries.audit.changed, d))
	if d.attribute {
		commands = append(commands, command{s.queries.update, []any{
			after.Name, after.Description, s.dialect.listOrNull(after.Defaults), row.OrganizationID, row.UserAttributeUUID,
		}})
	}
	for _, write := range []struct {
		statement string
		pairs     jsonPairs
		before    []any // parameters
	}{
		{s.queries.setUserValues, s.pairsIn(d.after.users, nil), []any{row.OrganizationID, row.UserAttributeUUID}},
		{s.queries.setGroupValues, s.pairsIn(d.after.groups, nil), []any{row.UserAttributeUUID}},
		{s.queries.clearUserValues, s.pairsIn(d.before.users, d.after.users), []any{row.UserAttributeUUID}},
		{s.queries.clearGroupValues, s.pairsIn(d.before.groups, d.after.groups), []any{row.UserAttributeUUID}},
	} {
		if len(write.pairs) > 0 {
			commands = append(commands, command{write.statement, append(write.before, write.pairs)})
		}
	}
	_, err := s.together(tx, commands...)
	return true, err
}

// pairsIn are the values of those who are not among others.
func (s *Store) pairsIn(all, others []held) jsonPairs {
	var pairs jsonPairs
	other := valuesByUUID(others)
	for _, one := range all {
		if _, there := other[one.uuid]; !there {
			pairs = append(pairs, [2]string{one.uuid, s.dialect.list(one.values)})
		}
	}
	return pairs
}

// RemoveUserAttribute removes an attribute with all its values. It returns a NotFound,
// or a Stale where may refuses.
func (s *Store) RemoveUserAttribute(ctx context.Context, organization Organization, id string, may Precondition) error {
	return s.change(ctx, "remove user attribute", organization, id, func(tx *gorm.DB, row userAttributeRow) (bool, error) {
		if may != nil {
			if _, err := s.checked(tx, organization, row, may); err != nil {
				return false, err
			}
		}
		event := s.auditEvent(ctx, organization.UUID, row.UserAttributeUUID).removed(s.queries.audit.attributeGoes, row.OrganizationID, row.UserAttributeUUID)
		_, err := s.together(tx, append(s.audited(event), command{s.queries.remove, []any{row.OrganizationID, row.UserAttributeUUID}})...)
		return true, err
	})
}

// change runs apply on an attribute in a transaction, as locked leaves it. What apply reports is whether
// there was something to change.
func (s *Store) change(ctx context.Context, operation string, organization Organization, id string, apply func(tx *gorm.DB, row userAttributeRow) (bool, error)) error {
	return s.changeAfter(ctx, operation, organization, id, func(*gorm.DB) error { return nil }, apply)
}

// changeAfter is change with something to look up in the same transaction, while others may still change
// the attribute.
func (s *Store) changeAfter(ctx context.Context, operation string, organization Organization, id string, lookUp func(*gorm.DB) error, apply func(tx *gorm.DB, row userAttributeRow) (bool, error)) error {
	var changed bool
	var row userAttributeRow
	err := s.transaction(ctx, operation, func(tx *gorm.DB) (err error) {
		if err := lookUp(tx); err != nil {
			return err
		}
		if row, err = s.locked(tx, organization, id); err != nil {
			return err
		}
		changed, err = apply(tx, row)
		return err
	})
	if err == nil && changed {
		s.tell(ctx, s.auditEvent(ctx, organization.UUID, row.UserAttributeUUID))
	}
	return err
}

// locked returns an attribute that nobody else can change until the transaction ends. It comes
// first, so that two changes of one attribute follow each other and cannot deadlock.
func (s *Store) locked(tx *gorm.DB, organization Organization, id string) (row userAttributeRow, err error) {
	id, err = canonical(id, errAttributeNotFound)
	if err != nil {
		return row, err
	}
	if s.dialect.lockValues != "" {
		if err := tx.Exec(s.dialect.lockValues).Error; err != nil {
			return row, err
		}
	}
	err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).
		Select("user_attribute_uuid", "name", "description", "organization_id", "created_at").
		Take(&row, "organization_id = ? AND user_attribute_uuid = ?", organization.id, id).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = errAttributeNotFound
	}
	return row, err
}

// checked returns a locked attribute as it is, or a Stale where may refuses.
func (s *Store) checked(tx *gorm.DB, organization Organization, row userAttributeRow, may Precondition) (UserAttribute, error) {
	current, err := s.readUserAttribute(tx, organization, row.UserAttributeUUID)
	if err == nil && may != nil && !may(current) {
		err = &Error{Kind: Stale, Message: "The user attribute has changed since it was read."}
	}
	return current, err
}

// checkedWith is checked, and finds then whom values name: who has another version is told that before an
// UnknownReference.
func (s *Store) checkedWith(tx *gorm.DB, organization Organization, row userAttributeRow, values valuePairs, may Precondition) (UserAttribute, references, error) {
	current, err := s.checked(tx, organization, row, may)
	if err != nil {
		return UserAttribute{}, references{}, err
	}
	named, err := s.lookUpReferences(tx, row, values)
	return current, named, err
}
