package store

import (
	"context"
	"slices"

	"gorm.io/gorm"
)

// ValueChanges are what some users and groups shall have of one attribute; whoever is not
// named keeps what they have.
type ValueChanges struct {
	Users  []ValueChange // at most one per user
	Groups []ValueChange // at most one per group; each value at most GroupValueLimit characters
}

// ValueChange is what one user or group shall have.
type ValueChange struct {
	UUID   string    // lower case
	Values *[]string // nil: it shall have nothing, which is another thing than no value
}

// ValueCounts says how many of some changes there were.
type ValueCounts struct {
	Cleared   int64 // there was something
	Set       int64 // there was nothing, or something else
	Unchanged int64 // it was so already
}

// SetValues sets and clears any number of an attribute's values, all of them or none, in a
// number of statements that does not depend on how many. It returns, in this order, a
// NotFound, a Stale where may refuses, or an UnknownReference.
func (s *Store) SetValues(ctx context.Context, organization Organization, id string, changes ValueChanges, may Precondition) (ValueCounts, UserAttribute, error) {
	var err error
	if changes.Users, err = s.dialect.keptChanges(changes.Users); err != nil {
		return ValueCounts{}, UserAttribute{}, err
	}
	if changes.Groups, err = s.dialect.keptChanges(changes.Groups); err != nil {
		return ValueCounts{}, UserAttribute{}, err
	}
	values := valuePairs{changedPairs(changes.Users), changedPairs(changes.Groups)}
	var counts ValueCounts
	var changed UserAttribute
	err = s.change(ctx, "set many values", organization, id, func(tx *gorm.DB, row userAttributeRow) (bool, error) {
		current, named, err := s.checkedWith(tx, organization, row, values, may)
		if err != nil {
			return false, err
		}
		counts = ValueCounts{} // the transaction may be run again
		users, groups := heldIn(current)
		counts.add(changes.Users, valuesByUUID(users))
		counts.add(changes.Groups, valuesByUUID(groups))
		changed = current.with(changes, named)
		return s.rewrite(ctx, tx, row, current, changed)
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

// add counts changes of what there is.
func (c *ValueCounts) add(changes []ValueChange, current map[string][]string) {
	for _, change := range changes {
		has, there := current[change.UUID]
		switch {
		case change.Values == nil && there:
			c.Cleared++
		case change.Values != nil && (!there || !slices.Equal(has, *change.Values)):
			c.Set++
		default:
			c.Unchanged++
		}
	}
}

// with is the attribute after changes, whose users have the e-mails that named has.
func (a UserAttribute) with(changes ValueChanges, named references) UserAttribute {
	changing := map[string]bool{} // uuids, of users and of groups
	for _, change := range slices.Concat(changes.Users, changes.Groups) {
		changing[change.UUID] = true
	}
	a.Users = slices.DeleteFunc(slices.Clone(a.Users), func(user UserValue) bool { return changing[user.UserUUID] })
	a.Groups = slices.DeleteFunc(slices.Clone(a.Groups), func(group GroupValue) bool { return changing[group.GroupUUID] })
	for i, change := range changes.Users {
		if change.Values != nil {
			a.Users = append(a.Users, UserValue{UserUUID: change.UUID, Values: *change.Values, Email: *named.users[i]})
		}
	}
	for _, change := range changes.Groups {
		if change.Values != nil {
			a.Groups = append(a.Groups, GroupValue{GroupUUID: change.UUID, Values: *change.Values})
		}
	}
	a.sortValues()
	return a
}
