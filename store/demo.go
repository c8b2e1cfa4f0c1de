package store

import (
	"context"
	"errors"

	"gorm.io/gorm"
)

// What LoadDemo fills in: an organization, an admin, an editor and a viewer, and
// two groups.
const (
	DemoOrganizationUUID = "172a2270-000f-42be-9c68-c4752c23ae51"
	DemoEmail            = "demo@lightdash.com"
	DemoUserUUID         = "b264d83a-9000-426a-85ec-3f9c20f368ce"
	DemoEditorUUID       = "80fb8b59-d6b7-4ed6-b969-9849310f3e53"
	DemoViewerUUID       = "3f7e0d5c-4f6c-4b6c-9d5a-0d7f6f7a1c11"
	DemoGroupUUID        = "5c8e1ffe-27b2-4d55-8b1e-3d1b7a3e6a01"
	DemoOtherGroupUUID   = "5c8e1ffe-27b2-4d55-8b1e-3d1b7a3e6a02"
)

// LoadDemo fills an empty database with the demo organization: an admin, an
// editor, a viewer and two groups. Where the demo organization already is it
// does nothing; it returns an Invalid if there is another organization.
func (s *Store) LoadDemo(ctx context.Context) error {
	return s.transaction(ctx, "load demo", func(tx *gorm.DB) error {
		var organizations []string
		if err := tx.Model(&organizationRow{}).Pluck("organization_uuid", &organizations).Error; err != nil {
			return err
		}
		for _, organization := range organizations {
			if organization != DemoOrganizationUUID {
				return &Error{Kind: Invalid, Message: "The database has an organization of its own; the demo is for an empty one: name another database."}
			}
		}
		if len(organizations) > 0 {
			return nil
		}
		err := insertDemo(tx)
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return &Error{Kind: Invalid, Message: "Another program was filling in the demo at the same moment: start again."}
		}
		return err
	})
}

func insertDemo(tx *gorm.DB) error {
	organization := organizationRow{OrganizationUUID: DemoOrganizationUUID, OrganizationName: "Jaffle Shop"}
	if err := tx.Create(&organization).Error; err != nil {
		return err
	}
	users := []userRow{
		{UserUUID: DemoUserUUID, FirstName: "David", LastName: "Attenborough", IsActive: true},
		{UserUUID: DemoEditorUUID, FirstName: "Rachel", LastName: "Carson", IsActive: true},
		{UserUUID: DemoViewerUUID, FirstName: "Jane", LastName: "Goodall", IsActive: true},
	}
	if err := tx.Create(&users).Error; err != nil {
		return err
	}
	groups := []groupRow{
		{GroupUUID: DemoGroupUUID, Name: "Europe", OrganizationID: organization.OrganizationID},
		{GroupUUID: DemoOtherGroupUUID, Name: "America", OrganizationID: organization.OrganizationID},
	}
	if err := tx.Create(&groups).Error; err != nil {
		return err
	}
	people := []struct{ email, role, group string }{
		{DemoEmail, "admin", DemoGroupUUID},
		{"editor@lightdash.com", "editor", DemoGroupUUID},
		{"viewer@lightdash.com", "viewer", DemoOtherGroupUUID},
	}
	for i, person := range people {
		id := users[i].UserID
		for _, row := range []any{
			&emailRow{UserID: id, Email: person.email, IsPrimary: true},
			&organizationMembershipRow{UserID: id, OrganizationID: organization.OrganizationID, Role: person.role},
			&groupMembershipRow{UserID: id, OrganizationID: organization.OrganizationID, GroupUUID: person.group},
		} {
			if err := tx.Create(row).Error; err != nil {
				return err
			}
		}
	}
	return nil
}
