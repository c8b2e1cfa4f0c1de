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
	organization, page, withGroups := organizationOf(ctx), pageFrom(params.Page, params.PageSize), countOf(params.IncludeGroups)
	members, total, err := s.store.ListMembers(ctx, organization, page, textOf(params.SearchQuery), withGroups)
	if err != nil {
		return nil, err
	}
	data := each(members, memberFrom(organization, withGroups > 0))
	results := gen.OrganizationMemberPage(memberPageAnswer{Pagination: paginationFrom(page, int64(total)), Data: data})
	return gen.ListOrganizationMembers200JSONResponse(memberListEnvelope{Status: "ok", OrganizationMemberPage: results}), nil
}

// ListGroupsInOrganization implements GET /api/v1/org/groups.
func (s *Server) ListGroupsInOrganization(ctx context.Context, req gen.ListGroupsInOrganizationRequestObject) (gen.ListGroupsInOrganizationResponseObject, error) {
	params := groupListParams(req.Params)
	organization, page, withMembers := organizationOf(ctx), pageFrom(params.Page, params.PageSize), countOf(params.IncludeMembers)
	groups, total, err := s.store.ListGroups(ctx, organization, page, textOf(params.SearchQuery), withMembers)
	if err != nil {
		return nil, err
	}
	var data gen.GroupPageData // of the spec's two forms of this list one
	if withMembers > 0 {
		err = data.FromKnexPaginatedDataGroupArrayOrGroupWithMembersArrayData1(each(groups, groupWithMembersFrom(organization)))
	} else {
		err = data.FromKnexPaginatedDataGroupArrayOrGroupWithMembersArrayData0(each(groups, groupFrom(organization)))
	}
	results := gen.GroupPage(groupPageAnswer{Pagination: paginationFrom(page, int64(total)), Data: data})
	return gen.ListGroupsInOrganization200JSONResponse(groupListEnvelope{Status: "ok", GroupPage: results}), err
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

// countOf is 0, which asks for nothing, where the parameter is not sent.
func countOf(parameter *int64) int64 {
	if parameter == nil {
		return 0
	}
	return *parameter
}

func memberFrom(organization store.Organization, withGroups bool) func(store.Member) gen.OrganizationMemberProfile {
	return func(m store.Member) gen.OrganizationMemberProfile {
		answer := memberAnswer{
			UserUuid:         m.UserUUID,
			FirstName:        m.FirstName,
			LastName:         m.LastName,
			Email:            m.Email,
			Role:             gen.OrganizationMemberRole(m.Role),
			IsActive:         m.IsActive,
			OrganizationUuid: organization.UUID,
			UserCreatedAt:    timeFrom(m.CreatedAt),
			UserUpdatedAt:    timeFrom(m.UpdatedAt),
		}
		if withGroups { // a list also for who is in none
			groups := each(m.Groups, memberGroupFrom)
			answer.Groups = &groups
		}
		return gen.OrganizationMemberProfile(answer)
	}
}

func memberGroupFrom(g store.NamedGroup) gen.MemberGroup {
	return gen.MemberGroup(memberGroupAnswer{Name: g.Name, Uuid: g.UUID})
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

func groupWithMembersFrom(organization store.Organization) func(store.Group) gen.GroupWithMembers {
	bare := groupFrom(organization)
	return func(g store.Group) gen.GroupWithMembers {
		group := bare(g)
		return gen.GroupWithMembers(groupWithMembersAnswer{
			Uuid:              group.Uuid,
			Name:              group.Name,
			OrganizationUuid:  group.OrganizationUuid,
			CreatedAt:         group.CreatedAt,
			UpdatedAt:         group.UpdatedAt,
			CreatedByUserUuid: group.CreatedByUserUuid,
			UpdatedByUserUuid: group.UpdatedByUserUuid,
			Members:           each(g.Members, groupMemberFrom),
			MemberUuids:       each(g.Members, func(m store.GroupMember) string { return m.UserUUID }),
		})
	}
}

func groupMemberFrom(m store.GroupMember) gen.GroupMember {
	return gen.GroupMember(groupMemberAnswer{UserUuid: m.UserUUID, Email: m.Email, FirstName: m.FirstName, LastName: m.LastName})
}
