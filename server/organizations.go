package server

import (
	"context"

	"attributed/gen"
	"attributed/store"
)

// defaultPageSize is how many are on a page if only its number is asked for.
const defaultPageSize = 100

// ListOrganizationMembers implements GET /api/v1/org/users.
func (s *Server) ListOrganizationMembers(ctx context.Context, req gen.ListOrganizationMembersRequestObject) (gen.ListOrganizationMembersResponseObject, error) {
	params := memberListParams(req.Params)
	organization, page := organizationOf(ctx), pageFrom(params.Page, params.PageSize)
	members, total, err := s.store.ListMembers(ctx, organization, page, textOf(params.SearchQuery))
	if err != nil {
		return nil, err
	}
	results := gen.OrganizationMemberPage(memberPageAnswer{Pagination: paginationFrom(page, int64(total)), Data: each(members, memberFrom(organization))})
	return gen.ListOrganizationMembers200JSONResponse(memberListEnvelope{Status: "ok", OrganizationMemberPage: results}), nil
}

// ListGroupsInOrganization implements GET /api/v1/org/groups.
func (s *Server) ListGroupsInOrganization(ctx context.Context, req gen.ListGroupsInOrganizationRequestObject) (gen.ListGroupsInOrganizationResponseObject, error) {
	params := groupListParams(req.Params)
	organization, page := organizationOf(ctx), pageFrom(params.Page, params.PageSize)
	groups, total, err := s.store.ListGroups(ctx, organization, page, textOf(params.SearchQuery))
	if err != nil {
		return nil, err
	}
	results := gen.GroupPage(groupPageAnswer{Pagination: paginationFrom(page, int64(total)), Data: each(groups, groupFrom(organization))})
	return gen.ListGroupsInOrganization200JSONResponse(groupListEnvelope{Status: "ok", GroupPage: results}), nil
}

// pageFrom is everything on one page where neither a number nor a size is sent, and
// where the number is 0, as with Lightdash: its clients walk from there and stop at a
// page that is empty.
func pageFrom(number, size *int64) store.Page {
	page := store.Page{Number: 1}
	if number != nil && *number == 0 {
		return page
	}
	if number != nil {
		page = store.Page{Number: *number, Size: defaultPageSize}
	}
	if size != nil {
		page.Size = *size
	}
	return page
}

// paginationFrom is nil where everything is on one page, as with Lightdash.
func paginationFrom(page store.Page, total int64) *gen.Pagination {
	if page.Size == 0 {
		return nil
	}
	pagination := gen.Pagination(paginationAnswer{
		Page:           page.Number,
		PageSize:       page.Size,
		TotalResults:   total,
		TotalPageCount: (total + page.Size - 1) / page.Size,
	})
	return &pagination
}

func textOf(parameter *string) string {
	if parameter == nil {
		return ""
	}
	return *parameter
}

func memberFrom(organization store.Organization) func(store.Member) gen.OrganizationMemberProfile {
	return func(m store.Member) gen.OrganizationMemberProfile {
		return gen.OrganizationMemberProfile(memberAnswer{
			UserUuid:         m.UserUUID,
			FirstName:        m.FirstName,
			LastName:         m.LastName,
			Email:            m.Email,
			Role:             gen.OrganizationMemberRole(m.Role),
			IsActive:         m.IsActive,
			OrganizationUuid: organization.UUID,
			UserCreatedAt:    timeFrom(m.CreatedAt),
			UserUpdatedAt:    timeFrom(m.UpdatedAt),
		})
	}
}

func groupFrom(organization store.Organization) func(store.Group) gen.Group {
	return func(g store.Group) gen.Group {
		return gen.Group(groupAnswer{
			Uuid:              g.UUID,
			Name:              g.Name,
			OrganizationUuid:  organization.UUID,
			CreatedAt:         timeFrom(g.CreatedAt),
			UpdatedAt:         timeFrom(g.UpdatedAt),
			CreatedByUserUuid: g.CreatedByUserUUID,
			UpdatedByUserUuid: g.UpdatedByUserUUID,
		})
	}
}
