package server

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"attributed/gen"
)

// CreateUserAttribute implements POST /api/v1/org/attributes.
func (s *Server) CreateUserAttribute(ctx context.Context, req gen.CreateUserAttributeRequestObject) (gen.CreateUserAttributeResponseObject, error) {
	created, err := s.store.CreateUserAttribute(ctx, organizationOf(ctx), draftFrom(*req.Body))
	if err != nil {
		return nil, err
	}
	return gen.CreateUserAttribute200JSONResponse{Status: "ok", Results: userAttributeFrom(created)}, nil
}

// rules are what the schemas cannot say, by operationId.
var rules = map[string]rule{
	"createUserAttribute": userAttributeRule,
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
		if !isUUID(id) {
			f.add(memberPlace(elementPlace(place, i), key), "must be a UUID, written with 36 characters")
		} else if seen[id] {
			f.add(memberPlace(elementPlace(place, i), key), "is there a second time")
		}
		seen[id] = true
	}
}

// isUUID takes the one form that the API uses, not the others that there are.
func isUUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }
