package server

import (
	"context"
	"strings"

	"attributed/gen"
	"attributed/store"
)

// GetUserAttributes implements GET /api/v1/org/attributes.
func (s *Server) GetUserAttributes(ctx context.Context, _ gen.GetUserAttributesRequestObject) (gen.GetUserAttributesResponseObject, error) {
	all, err := s.store.ListUserAttributes(ctx, organizationOf(ctx))
	if err != nil {
		return nil, err
	}
	return userAttributeList(all), nil
}

// CreateUserAttribute implements POST /api/v1/org/attributes.
func (s *Server) CreateUserAttribute(ctx context.Context, req gen.CreateUserAttributeRequestObject) (gen.CreateUserAttributeResponseObject, error) {
	created, err := s.store.CreateUserAttribute(ctx, organizationOf(ctx), draftFrom(*req.Body))
	if err != nil {
		return nil, err
	}
	body, version := answeredAttribute(created)
	return gen.CreateUserAttribute200JSONResponse{Body: body, Headers: gen.CreateUserAttribute200ResponseHeaders{ETag: version}}, nil
}

// GetUserAttribute implements GET /api/v1/org/attributes/{userAttributeUuid}.
func (s *Server) GetUserAttribute(ctx context.Context, req gen.GetUserAttributeRequestObject) (gen.GetUserAttributeResponseObject, error) {
	found, err := s.store.GetUserAttribute(ctx, organizationOf(ctx), req.UserAttributeUuid)
	if err != nil {
		return nil, err
	}
	body, version := answeredAttribute(found)
	return gen.GetUserAttribute200JSONResponse{Body: body, Headers: gen.GetUserAttribute200ResponseHeaders{ETag: version}}, nil
}

// UpdateUserAttribute implements PUT /api/v1/org/attributes/{userAttributeUuid}.
func (s *Server) UpdateUserAttribute(ctx context.Context, req gen.UpdateUserAttributeRequestObject) (gen.UpdateUserAttributeResponseObject, error) {
	updated, err := s.store.UpdateUserAttribute(ctx, organizationOf(ctx), req.UserAttributeUuid, draftFrom(*req.Body), ifMatch(req.Params.IfMatch))
	if err != nil {
		return nil, err
	}
	body, version := answeredAttribute(updated)
	return gen.UpdateUserAttribute200JSONResponse{Body: body, Headers: gen.UpdateUserAttribute200ResponseHeaders{ETag: version}}, nil
}

// RemoveUserAttribute implements DELETE /api/v1/org/attributes/{userAttributeUuid}.
func (s *Server) RemoveUserAttribute(ctx context.Context, req gen.RemoveUserAttributeRequestObject) (gen.RemoveUserAttributeResponseObject, error) {
	err := s.store.RemoveUserAttribute(ctx, organizationOf(ctx), req.UserAttributeUuid, ifMatch(req.Params.IfMatch))
	if err != nil {
		return nil, err
	}
	return gen.RemoveUserAttribute200JSONResponse{Status: "ok"}, nil
}

// SetUserAttributeUserValue implements PUT /api/v1/org/attributes/{userAttributeUuid}/users/{userUuid}.
func (s *Server) SetUserAttributeUserValue(ctx context.Context, req gen.SetUserAttributeUserValueRequestObject) (gen.SetUserAttributeUserValueResponseObject, error) {
	changed, err := s.store.SetUserValue(ctx, organizationOf(ctx), req.UserAttributeUuid, req.UserUuid, req.Body.Value, ifMatch(req.Params.IfMatch))
	if err != nil {
		return nil, err
	}
	body, version := answeredAttribute(changed)
	return gen.SetUserAttributeUserValue200JSONResponse{Body: body, Headers: gen.SetUserAttributeUserValue200ResponseHeaders{ETag: version}}, nil
}

// ClearUserAttributeUserValue implements DELETE /api/v1/org/attributes/{userAttributeUuid}/users/{userUuid}.
func (s *Server) ClearUserAttributeUserValue(ctx context.Context, req gen.ClearUserAttributeUserValueRequestObject) (gen.ClearUserAttributeUserValueResponseObject, error) {
	err := s.store.ClearUserValue(ctx, organizationOf(ctx), req.UserAttributeUuid, req.UserUuid, ifMatch(req.Params.IfMatch))
	if err != nil {
		return nil, err
	}
	return gen.ClearUserAttributeUserValue200JSONResponse{Status: "ok"}, nil
}

// SetUserAttributeGroupValue implements PUT /api/v1/org/attributes/{userAttributeUuid}/groups/{groupUuid}.
func (s *Server) SetUserAttributeGroupValue(ctx context.Context, req gen.SetUserAttributeGroupValueRequestObject) (gen.SetUserAttributeGroupValueResponseObject, error) {
	changed, err := s.store.SetGroupValue(ctx, organizationOf(ctx), req.UserAttributeUuid, req.GroupUuid, req.Body.Value, ifMatch(req.Params.IfMatch))
	if err != nil {
		return nil, err
	}
	body, version := answeredAttribute(changed)
	return gen.SetUserAttributeGroupValue200JSONResponse{Body: body, Headers: gen.SetUserAttributeGroupValue200ResponseHeaders{ETag: version}}, nil
}

// ClearUserAttributeGroupValue implements DELETE /api/v1/org/attributes/{userAttributeUuid}/groups/{groupUuid}.
func (s *Server) ClearUserAttributeGroupValue(ctx context.Context, req gen.ClearUserAttributeGroupValueRequestObject) (gen.ClearUserAttributeGroupValueResponseObject, error) {
	err := s.store.ClearGroupValue(ctx, organizationOf(ctx), req.UserAttributeUuid, req.GroupUuid, ifMatch(req.Params.IfMatch))
	if err != nil {
		return nil, err
	}
	return gen.ClearUserAttributeGroupValue200JSONResponse{Status: "ok"}, nil
}

// GetUserAttributeValues implements GET /api/v1/org/users/{userUuid}/attributes.
func (s *Server) GetUserAttributeValues(ctx context.Context, req gen.GetUserAttributeValuesRequestObject) (gen.GetUserAttributeValuesResponseObject, error) {
	effective, err := s.store.EffectiveValues(ctx, organizationOf(ctx), req.UserUuid)
	if err != nil {
		return nil, err
	}
	return gen.GetUserAttributeValues200JSONResponse{Status: "ok", Results: each(effective, effectiveAttributeFrom)}, nil
}

// rules are what the schemas cannot say, by operationId.
var rules = map[string]rule{
	"createUserAttribute": userAttributeRule,
	"updateUserAttribute": userAttributeRule,
}

// userAttributeRule wants each user and each group once, by a uuid.
func userAttributeRule(body any, f *faults) {
	attribute, _ := body.(map[string]any)
	onceByUUID("body.users", attribute["users"], "userUuid", f)
	onceByUUID("body.groups", attribute["groups"], "groupUuid", f)
}

// onceByUUID adds a fault for each element whose member key is no uuid, or one
// that an earlier element has, in whatever case. What is no string is the
// schema's to refuse.
func onceByUUID(place string, list any, key string, f *faults) {
	elements, _ := list.([]any)
	seen := make(map[string]bool, len(elements))
	for i, element := range elements {
		if f.full() {
			return
		}
		object, _ := element.(map[string]any)
		id, ok := object[key].(string)
		if !ok {
			continue
		}
		id = strings.ToLower(id)
		if !store.IsUUID(id) {
			f.add(memberPlace(elementPlace(place, i), key), "must be a UUID, written with 36 characters")
		} else if seen[id] {
			f.add(memberPlace(elementPlace(place, i), key), "is there a second time")
		}
		seen[id] = true
	}
}
