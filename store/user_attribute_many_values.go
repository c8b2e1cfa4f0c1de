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
		setUsers, clearUsers := s.split(changes.Users, users, &counts)
		setGroups, clearGroups := s.split(changes.Groups, groups, &counts)
		for _, write := range []struct {
			pairs jsonPairs
			write writePairs
		}{
			{setUsers, s.setUsers}, {setGroups, s.setGroups}, {clearUsers, s.clearUsers}, {clearGroups, s.clearGroups},
		} {
			if len(write.pairs) == 0 {
				continue
			}
			if err := write.write(tx, row, write.pairs); err != nil {
				return err
			}
		}
		changed, err = s.readUserAttribute(tx, organization, id)
		return err
	})
	return counts, changed, err
}

// writePairs sets or clears what users, or groups, have of an attribute.
type writePairs func(tx *gorm.DB, row userAttributeRow, pairs jsonPairs) error

func (s *Store) setUsers(tx *gorm.DB, row userAttributeRow, pairs jsonPairs) error {
	return tx.Exec(s.queries.setUserValues, row.OrganizationID, row.UserAttributeUUID, pairs).Error
}

func (s *Store) setGroups(tx *gorm.DB, row userAttributeRow, pairs jsonPairs) error {
	return tx.Exec(s.queries.setGroupValues, row.UserAttributeUUID, pairs).Error
}

func (s *Store) clearUsers(tx *gorm.DB, row userAttributeRow, pairs jsonPairs) error {
	return tx.Exec(s.queries.clearUserValues, row.UserAttributeUUID, pairs).Error
}

func (s *Store) clearGroups(tx *gorm.DB, row userAttributeRow, pairs jsonPairs) error {
	return tx.Exec(s.queries.clearGroupValues, row.UserAttributeUUID, pairs).Error
}

// changedPairs name who is to have another value.
func changedPairs(changes []ValueChange) jsonPairs {
	pairs := make(jsonPairs, len(changes))
	for i, change := range changes {
		pairs[i][0] = change.UUID
	}
	return pairs
}

func valuesOf(a UserAttribute) (users, groups map[string][]string) {
	users, groups = make(map[string][]string, len(a.Users)), make(map[string][]string, len(a.Groups))
	for _, user := range a.Users {
		users[user.UserUUID] = user.Values
	}
	for _, group := range a.Groups {
		groups[group.GroupUUID] = group.Values
	}
	return users, groups
}

// split returns which values are to be written and which taken back, and counts them.
func (s *Store) split(changes []ValueChange, current map[string][]string, counts *ValueCounts) (set, cleared jsonPairs) {
	for _, change := range changes {
		has, there := current[change.UUID]
		switch {
		case change.Values == nil && there:
			counts.Cleared++
			cleared = append(cleared, [2]string{change.UUID, ""})
		case change.Values != nil && (!there || !slices.Equal(has, *change.Values)):
			counts.Set++
			set = append(set, [2]string{change.UUID, s.dialect.list(*change.Values)})
		default:
			counts.Unchanged++
		}
	}
	return set, cleared
}
