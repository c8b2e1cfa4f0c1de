package server

import (
	"strings"

	"attributed/gen"
	"attributed/store"
)

// createdAtLayout always has three digits of milliseconds, as Lightdash's.
const createdAtLayout = "2006-01-02T15:04:05.000Z"

// draftFrom keeps the order of users and groups: a store's complaint is told by
// their indexes.
func draftFrom(body gen.CreateUserAttribute) store.Draft {
	d := store.Draft{
		Name:        body.Name,
		Description: body.Description,
		Default:     body.AttributeDefault,
		Users:       make([]store.UserValue, len(body.Users)),
		Groups:      make([]store.GroupValue, len(body.Groups)),
	}
	for i, u := range body.Users {
		d.Users[i] = store.UserValue{UserUUID: strings.ToLower(u.UserUuid), Value: u.Value}
	}
	for i, g := range body.Groups {
		d.Groups[i] = store.GroupValue{GroupUUID: strings.ToLower(g.GroupUuid), Value: g.Value}
	}
	return d
}

func userAttributeFrom(a store.UserAttribute) gen.UserAttribute {
	wire := gen.UserAttribute{
		Uuid:             a.UUID,
		CreatedAt:        a.CreatedAt.UTC().Format(createdAtLayout),
		OrganizationUuid: a.OrganizationUUID,
		Name:             a.Name,
		AttributeDefault: a.Default,
		Users:            make([]gen.UserAttributeValue, len(a.Users)),
		Groups:           make([]gen.GroupAttributeValue, len(a.Groups)),
	}
	if a.Description != nil && *a.Description != "" {
		wire.Description = a.Description
	}
	for i, u := range a.Users {
		wire.Users[i] = gen.UserAttributeValue{UserUuid: u.UserUUID, Value: u.Value, Email: u.Email}
	}
	for i, g := range a.Groups {
		wire.Groups[i] = gen.GroupAttributeValue{GroupUuid: g.GroupUUID, Value: g.Value}
	}
	return wire
}
