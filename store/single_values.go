package store

import (
	"errors"
	"slices"
	"strings"
)

// An older Lightdash keeps one text for each user, group and default, and an empty one where there is no
// value. Beside it all that is written has at most one value, and a lone empty text becomes none, so that what
// is answered to a change is what is read later.

// keepSingleValues makes d the dialect of such a database.
func (d *dialect) keepSingleValues() {
	d.single = true
	d.values, d.defaults = `value`, `attribute_default`
	d.list = func(values []string) string { return strings.Join(values, "") } // of none or one
	d.asList = func(text string) string { return text + `::text` }
	d.asText = func(column string) string {
		return `CASE WHEN ` + column + ` = '' THEN '[]' ELSE '` + alone + `' || ` + column + ` END`
	}
	// Such a Lightdash puts a group's empty text into a query, and a user's not.
	d.asTextOfGroup = func(column string) string { return `'` + alone + `' || ` + column }
}

// OneValueEach reports whether a user, a group and a default can have one value at most. It is a caller's to
// check before: more of them are an error of no kind.
func (s *Store) OneValueEach() bool { return s.dialect.single }

var errSeveral = errors.New("there is room for one value, and there are several")

// kept returns values as they are read again.
func (d dialect) kept(values []string) ([]string, error) {
	switch {
	case !d.single || len(values) == 0:
		return values, nil
	case len(values) > 1:
		return nil, errSeveral
	case values[0] == "":
		return []string{}, nil
	}
	return values, nil
}

// keptDraft returns a draft with all its values as they are read again.
func (d dialect) keptDraft(draft Draft) (Draft, error) {
	if !d.single {
		return draft, nil
	}
	draft.Users, draft.Groups = slices.Clone(draft.Users), slices.Clone(draft.Groups)
	lists := []*[]string{&draft.Defaults}
	for i := range draft.Users {
		lists = append(lists, &draft.Users[i].Values)
	}
	for i := range draft.Groups {
		lists = append(lists, &draft.Groups[i].Values)
	}
	for _, list := range lists {
		var err error
		if *list, err = d.kept(*list); err != nil {
			return draft, err
		}
	}
	return draft, nil
}

// keptChanges returns changes with all their values as they are read again.
func (d dialect) keptChanges(changes []ValueChange) ([]ValueChange, error) {
	if !d.single {
		return changes, nil
	}
	changes = slices.Clone(changes)
	for i, change := range changes {
		if change.Values == nil {
			continue
		}
		values, err := d.kept(*change.Values)
		if err != nil {
			return nil, err
		}
		changes[i].Values = &values
	}
	return changes, nil
}
