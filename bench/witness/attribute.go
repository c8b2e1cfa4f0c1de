package witness

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"attributed/store"
)

// Who may have values.
var (
	users  = []string{store.DemoUserUUID, store.DemoEditorUUID, store.DemoViewerUUID}
	groups = []string{store.DemoGroupUUID, store.DemoOtherGroupUUID}
)

// Attribute is what is known of one.
type Attribute struct {
	UUID, name, description string
	users, groups           map[string]string // values by uuid
	twice                   bool              // a list has more than one of the name
}

// body is the attribute as a create or an update has it.
func (a *Attribute) body() any {
	type member map[string]string
	body := map[string]any{"name": a.name, "description": a.description, "attributeDefault": nil}
	for kind, values := range map[string]map[string]string{"user": a.users, "group": a.groups} {
		list := []member{}
		for uuid, value := range values {
			list = append(list, member{kind + "Uuid": uuid, "value": value})
		}
		body[kind+"s"] = list
	}
	return body
}

func (a *Attribute) clone() *Attribute {
	c := *a
	c.users, c.groups = maps.Clone(a.users), maps.Clone(a.groups)
	return &c
}

// same reports whether a and b, of which either may be nil for one that is not there, say
// the same. The uuid of one whose create was not answered is not known.
func same(a, b *Attribute) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.name == b.name && a.description == b.description && maps.Equal(a.users, b.users) && maps.Equal(a.groups, b.groups)
}

// Listed returns all attributes, by name, as they are at a position or later; "" is any.
func Listed(ctx context.Context, c *Caller, position string) (map[string]*Attribute, error) {
	a := c.read(ctx, AttributesPath, position)
	if !a.OK() {
		return nil, fmt.Errorf("the list of attributes: %d %.200s", a.Status, a.Body)
	}
	return a.attributes()
}

// listed is an attribute as answers have it.
type listed struct {
	UUID, Name, Description string
	Users, Groups           []struct{ UserUUID, GroupUUID, Value string }
}

func (l listed) attribute() *Attribute {
	a := &Attribute{UUID: l.UUID, name: l.Name, description: l.Description, users: map[string]string{}, groups: map[string]string{}}
	for _, user := range l.Users {
		a.users[user.UserUUID] = user.Value
	}
	for _, group := range l.Groups {
		a.groups[group.GroupUUID] = group.Value
	}
	return a
}

// attributes are those that a list has, by name.
func (a Answer) attributes() (map[string]*Attribute, error) {
	var list struct{ Results []listed }
	if err := json.Unmarshal(a.Body, &list); err != nil {
		return nil, err
	}
	all := map[string]*Attribute{}
	for _, one := range list.Results {
		found := one.attribute()
		found.twice = all[one.Name] != nil
		all[one.Name] = found
	}
	return all, nil
}

// attribute is the one that was read, nil if there is none.
func (a Answer) attribute() (*Attribute, error) {
	if a.Status == http.StatusNotFound {
		return nil, nil
	}
	var one struct{ Results listed }
	if err := json.Unmarshal(a.Body, &one); err != nil {
		return nil, err
	}
	return one.Results.attribute(), nil
}
