package server

import (
	"github.com/oapi-codegen/nullable"

	"attributed/gen"
)

// This file lists every member of what is generated from the spec: of the bodies and
// parameters that we are sent, and of the answers that we give. A conversion between a
// generated struct and one of these compiles only while both have the same members of
// the same types. So a spec bump that adds, renames or retypes one breaks the build
// until a person has decided what becomes of it; it is never lost without a word.
// docs/spec-bumps.md says what there is to decide.
//
// A conversion is one level deep: each named type has a struct of its own, and the
// elements of a list are converted one by one.

// What we are sent.
type (
	userAttributeRequest struct {
		AttributeDefault  any // a text, null, or a list where the spec has it
		AttributeDefaults nullable.Nullable[[]string]
		Description       *string
		Groups            []gen.CreateGroupAttributeValue
		Name              string
		Users             []gen.CreateUserAttributeValue
	}
	userValueRequest struct {
		UserUuid string
		Value    *string
		Values   *[]string
	}
	groupValueRequest struct {
		GroupUuid string
		Value     *string
		Values    *[]string
	}
	setValueRequest struct {
		Value  *string
		Values *[]string
	}
	manyValuesRequest struct {
		Groups *[]gen.ChangeGroupValue
		Users  *[]gen.ChangeUserValue
	}
	changeUserRequest struct {
		UserUuid string
		Value    nullable.Nullable[string]
		Values   *[]string
	}
	changeGroupRequest struct {
		GroupUuid string
		Value     nullable.Nullable[string]
		Values    *[]string
	}
	changeParams    struct{ IfMatch, IdempotencyKey *string }
	groupListParams struct {
		Page           *int64
		PageSize       *int64
		IncludeMembers *int64
		SearchQuery    *string
	}
	memberListParams struct {
		IncludeGroups *int64
		PageSize      *int64
		Page          *int64
		SearchQuery   *string
	}
)

// What each operation takes besides: a parameter or a body more breaks the build here.
var (
	_ = struct {
		Params gen.GetUserAttributesParams
	}(gen.GetUserAttributesRequestObject{})
	_ = struct {
		Params gen.CreateUserAttributeParams
		Body   *gen.CreateUserAttribute
	}(gen.CreateUserAttributeRequestObject{})
	_ = struct{ IdempotencyKey *string }(gen.CreateUserAttributeParams{}) // which the guard takes
	_ = struct {
		UserAttributeUuid string
		Params            gen.GetUserAttributeParams
	}(gen.GetUserAttributeRequestObject{})
	_ = struct {
		UserAttributeUuid string
		Params            gen.UpdateUserAttributeParams
		Body              *gen.CreateUserAttribute
	}(gen.UpdateUserAttributeRequestObject{})
	_ = struct {
		UserAttributeUuid string
		Params            gen.RemoveUserAttributeParams
	}(gen.RemoveUserAttributeRequestObject{})
	_ = struct {
		UserAttributeUuid, UserUuid string
		Params                      gen.SetUserAttributeUserValueParams
		Body                        *gen.SetUserValue
	}(gen.SetUserAttributeUserValueRequestObject{})
	_ = struct {
		UserAttributeUuid, UserUuid string
		Params                      gen.ClearUserAttributeUserValueParams
	}(gen.ClearUserAttributeUserValueRequestObject{})
	_ = struct {
		UserAttributeUuid, GroupUuid string
		Params                       gen.SetUserAttributeGroupValueParams
		Body                         *gen.SetGroupValue
	}(gen.SetUserAttributeGroupValueRequestObject{})
	_ = struct {
		UserAttributeUuid, GroupUuid string
		Params                       gen.ClearUserAttributeGroupValueParams
	}(gen.ClearUserAttributeGroupValueRequestObject{})
	_ = struct {
		UserAttributeUuid string
		Params            gen.SetUserAttributeValuesParams
		Body              *gen.SetManyValues
	}(gen.SetUserAttributeValuesRequestObject{})
	_ = struct {
		UserUuid string
		Params   gen.GetUserAttributeValuesParams
	}(gen.GetUserAttributeValuesRequestObject{})
	_ = struct {
		Params gen.ListOrganizationMembersParams
	}(gen.ListOrganizationMembersRequestObject{})
	_ = struct {
		Params gen.ListGroupsInOrganizationParams
	}(gen.ListGroupsInOrganizationRequestObject{})
)

// What conditional and the guard look at, whichever operation they stand before.
var (
	_ = struct{ IfNoneMatch, XAttributedPosition *string }(gen.GetUserAttributesParams{})
	_ = struct{ IfNoneMatch, XAttributedPosition *string }(gen.GetUserAttributeParams{})
	_ = struct{ IfNoneMatch, XAttributedPosition *string }(gen.GetUserAttributeValuesParams{})
)

// What the guard writes into the answers to changes that have no version.
var (
	_ = positionHeaders(gen.RemoveUserAttribute200ResponseHeaders{})
	_ = positionHeaders(gen.ClearUserAttributeUserValue200ResponseHeaders{})
	_ = positionHeaders(gen.ClearUserAttributeGroupValue200ResponseHeaders{})
)

// What we answer: the envelopes.
type (
	manyValuesEnvelope struct {
		Results gen.ManyValuesSet
		Status  gen.ApiSetManyValuesResponseStatus
	}
	emptyEnvelope struct {
		Results any // never told
		Status  gen.ApiSuccessEmptyStatus
	}
	memberListEnvelope struct {
		OrganizationMemberPage gen.OrganizationMemberPage
		Status                 gen.ApiOrganizationMemberProfilesStatus
	}
	groupListEnvelope struct {
		GroupPage gen.GroupPage
		Status    gen.ApiGroupListResponseStatus
	}
	errorEnvelope struct {
		Error struct {
			Data       *gen.AnyType
			Message    *string
			Name       string
			StatusCode float32
		}
		Status gen.ApiErrorPayloadStatus
	}
	versionHeaders struct{ ETag string }
	changeHeaders  struct {
		ETag                string
		XAttributedPosition *string // see positionHeader, which is written late
	}
	positionHeaders struct{ XAttributedPosition *string }
)

// What we answer: the results.
type (
	manyValuesAnswer struct{ Cleared, Set, Unchanged int64 }
	memberPageAnswer struct {
		Data       []gen.OrganizationMemberProfile
		Pagination *gen.Pagination
	}
	memberAnswer struct {
		Email            string
		FirstName        string
		Groups           *[]gen.MemberGroup
		IsActive         bool
		LastName         string
		OrganizationUuid string
		Role             gen.OrganizationMemberRole
		UserCreatedAt    string
		UserUpdatedAt    string
		UserUuid         string
	}
	memberGroupAnswer struct {
		Name string
		Uuid string
	}
	groupPageAnswer struct {
		Data       gen.GroupPageData
		Pagination *gen.Pagination
	}
	groupAnswer struct {
		CreatedAt         string
		CreatedByUserUuid *string
		Name              string
		OrganizationUuid  string
		UpdatedAt         string
		UpdatedByUserUuid *string
		Uuid              string
	}
	groupWithMembersAnswer struct {
		CreatedAt         string
		CreatedByUserUuid *string
		MemberUuids       []string
		Members           []gen.GroupMember
		Name              string
		OrganizationUuid  string
		UpdatedAt         string
		UpdatedByUserUuid *string
		Uuid              string
	}
	groupMemberAnswer struct {
		Email     string
		FirstName string
		LastName  string
		UserUuid  string
	}
	paginationAnswer struct {
		Page           int64
		PageSize       int64
		TotalPageCount int64
		TotalResults   int64
	}
)
