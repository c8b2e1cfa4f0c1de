package store

import (
	"context"

	"gorm.io/gorm"
)

// ValueChanges are what some users and groups shall have of one attribute; whoever is not
// named keeps what they have.
type ValueChanges struct {
	Users  []ValueChange // at most one per user
	Groups []ValueChange // at most one per group; a value at most GroupValueLimit characters
}

// ValueChange is the value that one user or group shall have.
type ValueChange struct {
	UUID  string  // lower case
	Value *string // nil is none
}

// ValueCounts says how many of some changes there were.
type ValueCounts struct {
	Cleared   int64 // there was a value
	Set       int64 // there was none, or another
	Unchanged int64 // it was so already
}

// SetValues sets and clears any number of an attribute's values, all of them or none, in a
// number of statements that does not depend on how many. It returns, in this order, a
// NotFound, a Stale where may refuses, or an UnknownReference.
func (s *Store) SetValues(ctx context.Context, organization Organization, id string, changes ValueChanges, may Precondition) (ValueCounts, UserAttribute, error) {
	named := valuePairs{changedPairs(changes.Users), changedPairs(changes.Groups)}
	var counts ValueCounts
	var changed UserAttribute
	err := s.change(ctx, "set many values", organization, id, may, func(tx *gorm.DB, row userAttributeRow) error {
		if _, err := s.lookUpReferences(tx, row, named); err != nil {
			return err
		}
		current, err := s.readUserAttribute(tx, organization, id)
		if err != nil {
			return err
		}
		counts = ValueCounts{} // the transaction may be run again
		users, groups := valuesOf(current)
		setUsers, clearUsers := counts.split(changes.Users, users)
		setGroups, clearGroups := counts.split(changes.Groups, groups)
		for _, write := range []struct {
			statement  string
			pairs      jsonPairs
			parameters []any
		}{
			{s.queries.setUserValues, setUsers, []any{row.OrganizationID, row.UserAttributeUUID, setUsers}},
			{s.queries.setGroupValues, setGroups, []any{row.UserAttributeUUID, setGroups}},
			{s.queries.clearUserValues, clearUsers, []any{row.UserAttributeUUID, clearUsers}},
			{s.queries.clearGroupValues, clearGroups, []any{row.UserAttributeUUID, clearGroups}},
		} {
			if len(write.pairs) == 0 {
				continue
			}
			if err := tx.Exec(write.statement, write.parameters...).Error; err != nil {
				return err
			}
		}
		changed, err = s.readUserAttribute(tx, organization, id)
		return err
	})
	return counts, changed, err
}

// changedPairs name who is to have another value.
func changedPairs(changes []ValueChange) jsonPairs {
	pairs := make(jsonPairs, len(changes))
	for i, change := range changes {
		pairs[i][0] = change.UUID
	}
	return pairs
}

func valuesOf(a UserAttribute) (users, groups map[string]string) {
	users, groups = make(map[string]string, len(a.Users)), make(map[string]string, len(a.Groups))
	for _, user := range a.Users {
		users[user.UserUUID] = user.Value
	}
	for _, group := range a.Groups {
		groups[group.GroupUUID] = group.Value
	}
	return users, groups
}

// split returns which values are to be written and which taken back, and counts them.
func (c *ValueCounts) split(changes []ValueChange, current map[string]string) (set, cleared jsonPairs) {
	for _, change := range changes {
		has, there := current[change.UUID]
		switch {
		case change.Value == nil && there:
			c.Cleared++
			cleared = append(cleared, [2]string{change.UUID, ""})
		case change.Value != nil && (!there || has != *change.Value):
			c.Set++
			set = append(set, [2]string{change.UUID, *change.Value})
		default:
			c.Unchanged++
		}
	}
	return set, cleared
}
