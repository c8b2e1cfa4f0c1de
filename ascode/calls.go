package ascode

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"attributed/gen/client"
)

// The bodies are of our own types for the reason that the answers are: a server may have one
// value for an entry or several.
type (
	sentAttribute struct {
		Name              string      `json:"name"`
		Description       *string     `json:"description,omitempty"`
		AttributeDefault  *string     `json:"attributeDefault"`
		AttributeDefaults []string    `json:"attributeDefaults,omitempty"`
		Users             []sentEntry `json:"users"`
		Groups            []sentEntry `json:"groups"`
	}
	sentEntry struct {
		UserUUID  string   `json:"userUuid,omitempty"`
		GroupUUID string   `json:"groupUuid,omitempty"`
		Value     *string  `json:"value"`
		Values    []string `json:"values,omitempty"`
	}
)

// wire returns values as servers of either version take them: a list only where there are several.
func wire(values []string) (first *string, several []string) {
	switch {
	case values == nil:
		return nil, nil
	case len(values) == 0:
		return new(string), nil
	case len(values) == 1:
		return &values[0], nil
	}
	return &values[0], values
}

func sent(a *attribute) sentAttribute {
	body := sentAttribute{Name: a.name, Users: []sentEntry{}, Groups: []sentEntry{}}
	body.AttributeDefault, body.AttributeDefaults = wire(a.defaults)
	for w, values := range a.values {
		e := sentEntry{}
		e.Value, e.Values = wire(values)
		if w.Kind == User {
			e.UserUUID = w.UUID
			body.Users = append(body.Users, e)
		} else {
			e.GroupUUID = w.UUID
			body.Groups = append(body.Groups, e)
		}
	}
	order := func(a, b sentEntry) int { return strings.Compare(a.UserUUID+a.GroupUUID, b.UserUUID+b.GroupUUID) }
	slices.SortFunc(body.Users, order)
	slices.SortFunc(body.Groups, order)
	return body
}

const jsonType = "application/json"

func encoded(body any) (*bytes.Reader, error) {
	data, err := json.Marshal(body)
	return bytes.NewReader(data), err
}

// one reads an answer that is one attribute.
func (s *Server) one(response *http.Response, err error) (*attribute, error) {
	var answer struct {
		Results answeredAttribute `json:"results"`
	}
	if err := s.read(response, err, &answer); err != nil {
		return nil, err
	}
	a := answer.Results.attribute()
	a.version = response.Header.Get("ETag")
	return a, nil
}

func (s *Server) get(ctx context.Context, id string) (*attribute, error) {
	return s.one(s.api.GetUserAttribute(ctx, id, nil))
}

func (s *Server) create(ctx context.Context, a *attribute) (*attribute, error) {
	body := sent(a)
	if a.description != "" {
		body.Description = &a.description
	}
	reader, err := encoded(body)
	if err != nil {
		return nil, err
	}
	return s.one(s.api.CreateUserAttributeWithBody(ctx, nil, jsonType, reader, s.key()))
}

// key lets a server recognize a call that is sent again, if it is a server that can. Without a
// key, a call is sent only once.
func (s *Server) key() client.RequestEditorFn {
	return func(_ context.Context, request *http.Request) error {
		if s.features.idempotency {
			request.Header.Set("Idempotency-Key", uuid.NewString())
		}
		return nil
	}
}

// update sends the whole of an attribute, bound to a version if one is given. Its description
// is cleared only where described says that this is meant: one that is left out stays.
func (s *Server) update(ctx context.Context, a *attribute, described bool, version string) (*attribute, error) {
	body := sent(a)
	if described || a.description != "" {
		body.Description = &a.description
	}
	reader, err := encoded(body)
	if err != nil {
		return nil, err
	}
	return s.one(s.api.UpdateUserAttributeWithBody(ctx, a.uuid, &client.UpdateUserAttributeParams{IfMatch: ifMatch(version)}, jsonType, reader))
}

// manyLimit is how many values one call sets: of users and groups together, which is less
// than the server takes.
const manyLimit = 10_000

// setMany sets and clears values, at most one of each entry, and leaves the others. Each
// call is bound to the version before.
func (s *Server) setMany(ctx context.Context, id string, values []ValueChange, version string) error {
	type body struct {
		Users  []sentEntry `json:"users"`
		Groups []sentEntry `json:"groups"`
	}
	for part := range slices.Chunk(values, manyLimit) {
		b := body{[]sentEntry{}, []sentEntry{}} // null would be no list
		for _, v := range part {
			first, several := wire(v.New)
			if v.Kind == User {
				b.Users = append(b.Users, sentEntry{UserUUID: v.UUID, Value: first, Values: several})
			} else {
				b.Groups = append(b.Groups, sentEntry{GroupUUID: v.UUID, Value: first, Values: several})
			}
		}
		reader, err := encoded(b)
		if err != nil {
			return err
		}
		response, err := s.api.SetUserAttributeValuesWithBody(ctx, id, &client.SetUserAttributeValuesParams{IfMatch: ifMatch(version)}, jsonType, reader)
		if err := s.read(response, err, &struct{}{}); err != nil {
			return err
		}
		version = response.Header.Get("ETag")
	}
	return nil
}

func (s *Server) remove(ctx context.Context, id, version string) error {
	response, err := s.api.RemoveUserAttribute(ctx, id, &client.RemoveUserAttributeParams{IfMatch: ifMatch(version)})
	return s.read(response, err, &struct{}{})
}

func ifMatch(version string) *string {
	if version == "" {
		return nil
	}
	return &version
}
