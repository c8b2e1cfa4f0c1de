package server

import (
	"context"
	"net/http"

	"attributed/gen"
)

// GetUserAttributes implements GET /api/v1/org/attributes.
func (s *Server) GetUserAttributes(ctx context.Context, _ gen.GetUserAttributesRequestObject) (gen.GetUserAttributesResponseObject, error) {
	return userAttributeList(func(w http.ResponseWriter) error { return s.sendList(ctx, organizationOf(ctx), w) }), nil
}

// CreateUserAttribute implements POST /api/v1/org/attributes.
func (s *Server) CreateUserAttribute(ctx context.Context, req gen.CreateUserAttributeRequestObject) (gen.CreateUserAttributeResponseObject, error) {
	created, err := s.store.CreateUserAttribute(ctx, organizationOf(ctx), draftFrom(*req.Body))
	if err != nil {
		return nil, err
	}
	return userAttributeAnswer{created}, nil
}

// GetUserAttribute implements GET /api/v1/org/attributes/{userAttributeUuid}.
func (s *Server) GetUserAttribute(ctx context.Context, req gen.GetUserAttributeRequestObject) (gen.GetUserAttributeResponseObject, error) {
	found, err := s.store.GetUserAttribute(ctx, organizationOf(ctx), req.UserAttributeUuid)
	if err != nil {
		return nil, err
	}
	return userAttributeAnswer{found}, nil
}

// UpdateUserAttribute implements PUT /api/v1/org/attributes/{userAttributeUuid}.
func (s *Server) UpdateUserAttribute(ctx context.Context, req gen.UpdateUserAttributeRequestObject) (gen.UpdateUserAttributeResponseObject, error) {
	updated, err := s.store.UpdateUserAttribute(ctx, organizationOf(ctx), req.UserAttributeUuid, draftFrom(*req.Body), ifMatch(changeParams(req.Params)))
	if err != nil {
		return nil, err
	}
	return userAttributeAnswer{updated}, nil
}

// RemoveUserAttribute implements DELETE /api/v1/org/attributes/{userAttributeUuid}.
func (s *Server) RemoveUserAttribute(ctx context.Context, req gen.RemoveUserAttributeRequestObject) (gen.RemoveUserAttributeResponseObject, error) {
	err := s.store.RemoveUserAttribute(ctx, organizationOf(ctx), req.UserAttributeUuid, ifMatch(changeParams(req.Params)))
	if err != nil {
		return nil, err
	}
	return gen.RemoveUserAttribute200JSONResponse{Body: gen.ApiSuccessEmpty(emptyEnvelope{Status: "ok"})}, nil
}

// SetUserAttributeUserValue implements PUT /api/v1/org/attributes/{userAttributeUuid}/users/{userUuid}.
func (s *Server) SetUserAttributeUserValue(ctx context.Context, req gen.SetUserAttributeUserValueRequestObject) (gen.SetUserAttributeUserValueResponseObject, error) {
	values := setValueRequest(*req.Body)
	changed, err := s.store.SetUserValue(ctx, organizationOf(ctx), req.UserAttributeUuid, req.UserUuid, valuesFrom(values.Value, values.Values), ifMatch(changeParams(req.Params)))
	if err != nil {
		return nil, err
	}
	return userAttributeAnswer{changed}, nil
}

// ClearUserAttributeUserValue implements DELETE /api/v1/org/attributes/{userAttributeUuid}/users/{userUuid}.
func (s *Server) ClearUserAttributeUserValue(ctx context.Context, req gen.ClearUserAttributeUserValueRequestObject) (gen.ClearUserAttributeUserValueResponseObject, error) {
	err := s.store.ClearUserValue(ctx, organizationOf(ctx), req.UserAttributeUuid, req.UserUuid, ifMatch(changeParams(req.Params)))
	if err != nil {
		return nil, err
	}
	return gen.ClearUserAttributeUserValue200JSONResponse{Body: gen.ApiSuccessEmpty(emptyEnvelope{Status: "ok"})}, nil
}

// SetUserAttributeGroupValue implements PUT /api/v1/org/attributes/{userAttributeUuid}/groups/{groupUuid}.
func (s *Server) SetUserAttributeGroupValue(ctx context.Context, req gen.SetUserAttributeGroupValueRequestObject) (gen.SetUserAttributeGroupValueResponseObject, error) {
	values := setValueRequest(*req.Body)
	changed, err := s.store.SetGroupValue(ctx, organizationOf(ctx), req.UserAttributeUuid, req.GroupUuid, valuesFrom(values.Value, values.Values), ifMatch(changeParams(req.Params)))
	if err != nil {
		return nil, err
	}
	return userAttributeAnswer{changed}, nil
}

// ClearUserAttributeGroupValue implements DELETE /api/v1/org/attributes/{userAttributeUuid}/groups/{groupUuid}.
func (s *Server) ClearUserAttributeGroupValue(ctx context.Context, req gen.ClearUserAttributeGroupValueRequestObject) (gen.ClearUserAttributeGroupValueResponseObject, error) {
	err := s.store.ClearGroupValue(ctx, organizationOf(ctx), req.UserAttributeUuid, req.GroupUuid, ifMatch(changeParams(req.Params)))
	if err != nil {
		return nil, err
	}
	return gen.ClearUserAttributeGroupValue200JSONResponse{Body: gen.ApiSuccessEmpty(emptyEnvelope{Status: "ok"})}, nil
}

// SetUserAttributeValues implements PUT /api/v1/org/attributes/{userAttributeUuid}/values.
func (s *Server) SetUserAttributeValues(ctx context.Context, req gen.SetUserAttributeValuesRequestObject) (gen.SetUserAttributeValuesResponseObject, error) {
	counts, changed, err := s.store.SetValues(ctx, organizationOf(ctx), req.UserAttributeUuid, valueChangesFrom(*req.Body), ifMatch(changeParams(req.Params)))
	if err != nil {
		return nil, err
	}
	body := gen.ApiSetManyValuesResponse(manyValuesEnvelope{Status: "ok", Results: gen.ManyValuesSet(manyValuesAnswer(counts))})
	return gen.SetUserAttributeValues200JSONResponse{Body: body, Headers: gen.SetUserAttributeValues200ResponseHeaders(changeHeaders{ETag: versionOf(changed)})}, nil
}

// GetUserAttributeValues implements GET /api/v1/org/users/{userUuid}/attributes.
func (s *Server) GetUserAttributeValues(ctx context.Context, req gen.GetUserAttributeValuesRequestObject) (gen.GetUserAttributeValuesResponseObject, error) {
	effective, err := s.store.EffectiveValues(ctx, organizationOf(ctx), req.UserUuid)
	if err != nil {
		return nil, err
	}
	return effectiveAnswer{effective}, nil
}
