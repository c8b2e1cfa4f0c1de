package ascode

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"attributed/gen/client"
)

// State is what a server has.
type State struct {
	people     []client.OrganizationMemberProfile
	groups     []client.Group
	attributes []*attribute // by name
	several    bool         // an entry may have several values
}

// attribute is one as a server has it, or shall have it.
type attribute struct {
	uuid, name, description string
	defaults                []string // nil: none; empty: the empty text
	values                  map[who][]string
	emails                  map[string]string // of the users that the answer names
	version                 string            // its ETag, if the server sent one
}

// who is somebody that has values.
type who struct {
	Kind Kind
	UUID string
}

// Kind is what somebody that has values is.
type Kind string

// The two kinds of those who have values.
const (
	User  Kind = "user"
	Group Kind = "group"
)

// The answers are read with types of our own, and not with those that are generated: a server
// may be older or newer than our spec, and have one value for an entry or several.
type (
	answeredAttribute struct {
		UUID              string          `json:"uuid"`
		Name              string          `json:"name"`
		Description       *string         `json:"description"`
		AttributeDefault  *string         `json:"attributeDefault"`
		AttributeDefaults []string        `json:"attributeDefaults"`
		Users             []answeredEntry `json:"users"`
		Groups            []answeredEntry `json:"groups"`
	}
	answeredEntry struct {
		UserUUID  string   `json:"userUuid"`
		GroupUUID string   `json:"groupUuid"`
		Email     string   `json:"email"`
		Value     string   `json:"value"`
		Values    []string `json:"values"`
	}
)

func (e answeredEntry) values() []string {
	if len(e.Values) > 0 {
		return canonical(e.Values)
	}
	return canonical([]string{e.Value})
}

func (a answeredAttribute) attribute() *attribute {
	result := &attribute{uuid: a.UUID, name: a.Name, values: map[who][]string{}, emails: map[string]string{}}
	if a.Description != nil {
		result.description = *a.Description
	}
	if a.AttributeDefault != nil {
		result.defaults = canonical([]string{*a.AttributeDefault})
	}
	if a.AttributeDefaults != nil {
		result.defaults = canonical(a.AttributeDefaults)
	}
	for _, e := range a.Users {
		id := strings.ToLower(e.UserUUID)
		result.values[who{User, id}], result.emails[id] = e.values(), e.Email
	}
	for _, e := range a.Groups {
		result.values[who{Group, strings.ToLower(e.GroupUUID)}] = e.values()
	}
	return result
}

// State asks the server for all that it has.
func (s *Server) State(ctx context.Context) (*State, error) {
	state := &State{}
	var err error
	if state.people, err = pages[client.OrganizationMemberProfile](s, func(page *int64) (*http.Response, error) {
		return s.api.ListOrganizationMembers(ctx, &client.ListOrganizationMembersParams{Page: page})
	}); err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	if state.groups, err = pages[client.Group](s, func(page *int64) (*http.Response, error) {
		return s.api.ListGroupsInOrganization(ctx, &client.ListGroupsInOrganizationParams{Page: page})
	}); err != nil {
		return nil, fmt.Errorf("list groups: %w", err)
	}
	return state, s.list(ctx, state)
}

// list reads the attributes anew.
func (s *Server) list(ctx context.Context, state *State) error {
	var answer struct {
		Results []answeredAttribute `json:"results"`
	}
	response, err := s.api.GetUserAttributes(ctx, nil)
	if err := s.read(response, err, &answer); err != nil {
		return fmt.Errorf("list attributes: %w", err)
	}
	state.attributes = nil
	for _, a := range answer.Results {
		for _, e := range slices.Concat(a.Users, a.Groups) {
			state.several = state.several || e.Values != nil
		}
		state.several = state.several || a.AttributeDefaults != nil
		state.attributes = append(state.attributes, a.attribute())
	}
	slices.SortFunc(state.attributes, func(a, b *attribute) int { return strings.Compare(a.name, b.name) })
	state.several = (state.several || s.features.several) && !s.features.roomForOne
	s.features.several = state.several
	return nil
}

// pages reads a list, which may come whole or in pages, and from an older Lightdash bare.
func pages[T any](s *Server, ask func(page *int64) (*http.Response, error)) ([]T, error) {
	var all []T
	for page := int64(1); ; page++ {
		asked := &page
		if page == 1 {
			asked = nil // everything, where the server has no pages that must be asked for
		}
		var answer struct {
			Results json.RawMessage `json:"results"`
		}
		response, err := ask(asked)
		if err := s.read(response, err, &answer); err != nil {
			return nil, err
		}
		var paged struct {
			Data       []T                `json:"data"`
			Pagination *client.Pagination `json:"pagination"`
		}
		if err := json.Unmarshal(answer.Results, &paged); err != nil {
			if err := json.Unmarshal(answer.Results, &paged.Data); err != nil {
				return nil, fmt.Errorf("the answer cannot be read: %w", err)
			}
		}
		all = append(all, paged.Data...)
		if paged.Pagination == nil || page >= paged.Pagination.TotalPageCount || len(paged.Data) == 0 {
			return all, nil
		}
	}
}

func (s *State) attribute(name string) *attribute {
	i, found := slices.BinarySearchFunc(s.attributes, name, func(a *attribute, name string) int { return strings.Compare(a.name, name) })
	if !found {
		return nil
	}
	return s.attributes[i]
}

// copy returns one that can be changed without the other.
func (a *attribute) copy() *attribute {
	result := *a
	result.values = maps.Clone(a.values)
	return &result
}

// digest is equal for attributes that are equal, whatever their uuids; "" for one that is not there.
func (a *attribute) digest() string {
	if a == nil {
		return ""
	}
	values := map[string][]string{}
	for w, v := range a.values {
		values[string(w.Kind)+":"+w.UUID] = v
	}
	hash := sha256.New()
	_ = json.NewEncoder(hash).Encode([]any{a.name, a.description, a.defaults, values}) // a map by its keys; a hash takes all
	return hex.EncodeToString(hash.Sum(nil))
}
