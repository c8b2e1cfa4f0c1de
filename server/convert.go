package server

import (
	"strings"
	"time"

	"github.com/oapi-codegen/nullable"

	"attributed/gen"
	"attributed/store"
)

// timeFrom always gives three digits of milliseconds, as Lightdash does.
func timeFrom(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// draftFrom keeps the order of users and groups: the store's errors refer to
// them by index.
func draftFrom(wire gen.CreateUserAttribute) store.Draft {
	body := userAttributeRequest(wire)
	d := store.Draft{
		Name:        body.Name,
		Description: body.Description,
		Defaults:    defaultsFrom(body.AttributeDefault, body.AttributeDefaults),
		Users:       make([]store.UserValue, len(body.Users)),
		Groups:      make([]store.GroupValue, len(body.Groups)),
	}
	for i, wire := range body.Users {
		u := userValueRequest(wire)
		d.Users[i] = store.UserValue{UserUUID: strings.ToLower(u.UserUuid), Values: valuesFrom(u.Value, u.Values)}
	}
	for i, wire := range body.Groups {
		g := groupValueRequest(wire)
		d.Groups[i] = store.GroupValue{GroupUUID: strings.ToLower(g.GroupUuid), Values: valuesFrom(g.Value, g.Values)}
	}
	return d
}

// valuesFrom are the values of an entry: those of the newer form if there are any, else the
// one of the older, of which the empty text is none.
func valuesFrom(value *string, values *[]string) []string {
	switch {
	case values != nil && len(*values) > 0:
		return *values
	case value != nil && *value != "":
		return []string{*value}
	}
	return []string{}
}

// defaultsFrom are those of an attribute: the newer form counts if it is there, null too.
func defaultsFrom(one any, several nullable.Nullable[[]string]) []string {
	if several.IsNull() {
		return nil
	}
	if values, err := several.Get(); err == nil {
		return values
	}
	switch one := one.(type) {
	case string:
		return valuesFrom(&one, nil)
	case []any:
		return each(one, func(value any) string {
			text, _ := value.(string) // as the spec has it
			return text
		})
	}
	return nil
}

// changedFrom are what an entry is to have, nil for nothing: a null in the older form, where
// the newer has no value.
func changedFrom(value nullable.Nullable[string], values *[]string) *[]string {
	if value.IsNull() && (values == nil || len(*values) == 0) {
		return nil
	}
	var one *string
	if text, err := value.Get(); err == nil {
		one = &text
	}
	wanted := valuesFrom(one, values)
	return &wanted
}

// first is what the older form tells of values.
func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// valueChangesFrom keeps the order of users and groups, for the reason that draftFrom does.
func valueChangesFrom(wire gen.SetManyValues) store.ValueChanges {
	body := manyValuesRequest(wire)
	var changes store.ValueChanges
	if body.Users != nil {
		changes.Users = each(*body.Users, func(wire gen.ChangeUserValue) store.ValueChange {
			u := changeUserRequest(wire)
			return store.ValueChange{UUID: strings.ToLower(u.UserUuid), Values: changedFrom(u.Value, u.Values)}
		})
	}
	if body.Groups != nil {
		changes.Groups = each(*body.Groups, func(wire gen.ChangeGroupValue) store.ValueChange {
			g := changeGroupRequest(wire)
			return store.ValueChange{UUID: strings.ToLower(g.GroupUuid), Values: changedFrom(g.Value, g.Values)}
		})
	}
	return changes
}

// each converts a list; an empty one is [] on the wire, never null.
func each[From, To any](list []From, convert func(From) To) []To {
	converted := make([]To, len(list))
	for i, one := range list {
		converted[i] = convert(one)
	}
	return converted
}
