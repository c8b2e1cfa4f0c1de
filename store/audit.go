package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// Origin says whose a change is. It is written down with each change of an attribute or a
// value, in the change's own transaction.
type Origin struct {
	UserUUID  string // of whom the change is; "" is nobody who is known: who used the command line
	Operation string // its operationId, or the command's name
	RequestID string // "" where there was no request
}

type originKey struct{}

// WithOrigin returns a context that says whose all changes are that are made with it. Without
// one they are nobody's.
func WithOrigin(ctx context.Context, origin Origin) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

// auditedState is what an attribute is, or the part of it that a change has changed: what is
// missing before, the change has added, and what is missing after, it has removed.
type auditedState struct {
	Name        string              `json:"name,omitempty"`
	Description *string             `json:"description,omitempty"`
	Defaults    []string            `json:"attributeDefaults,omitzero"` // also an empty list
	Users       map[string][]string `json:"users,omitempty"`            // by uuid
	Groups      map[string][]string `json:"groups,omitempty"`
}

// difference is what a change makes of an attribute. One that does not exist is empty.
type difference struct {
	before, after auditedState
	attribute     bool // in more than the values of users and groups
}

func differenceOf(before, after UserAttribute) difference {
	var d difference
	if before.Name != after.Name {
		d.before.Name, d.after.Name, d.attribute = before.Name, after.Name, true
	}
	if (before.Description == nil) != (after.Description == nil) || before.Description != nil && *before.Description != *after.Description {
		d.before.Description, d.after.Description, d.attribute = before.Description, after.Description, true
	}
	if (before.Defaults == nil) != (after.Defaults == nil) || !slices.Equal(before.Defaults, after.Defaults) {
		d.before.Defaults, d.after.Defaults, d.attribute = before.Defaults, after.Defaults, true
	}
	usersBefore, groupsBefore := valuesOf(before)
	usersAfter, groupsAfter := valuesOf(after)
	d.before.Users, d.after.Users = valuesWithout(usersBefore, usersAfter), valuesWithout(usersAfter, usersBefore)
	d.before.Groups, d.after.Groups = valuesWithout(groupsBefore, groupsAfter), valuesWithout(groupsAfter, groupsBefore)
	return d
}

// valuesWithout returns what some have that they have not, or not the same, in others.
func valuesWithout(values, others map[string][]string) map[string][]string {
	var left map[string][]string
	for id, of := range values {
		if other, there := others[id]; !there || !slices.Equal(of, other) {
			if left == nil {
				left = make(map[string][]string, len(values))
			}
			left[id] = of
			if of == nil {
				left[id] = []string{} // which JSON has as a list
			}
		}
	}
	return left
}

func (d difference) none() bool {
	return !d.attribute && len(d.before.Users)+len(d.after.Users)+len(d.before.Groups)+len(d.after.Groups) == 0
}

// json returns the state as it is kept, nil where there is nothing.
func (a auditedState) json() *string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // which would make six bytes of one
	_ = encoder.Encode(a)        // texts always have a JSON form, and a Builder takes all
	kept := strings.TrimSuffix(text.String(), "\n")
	if kept == "{}" {
		return nil
	}
	return &kept
}

// auditEvent is a row of audit_events, but for its states.
type auditEvent struct {
	at           timestamp
	organization string // uuid
	origin       Origin
	attribute    string // uuid
}

func (s *Store) auditEvent(ctx context.Context, organization, attribute string) auditEvent {
	origin, _ := ctx.Value(originKey{}).(Origin)
	return auditEvent{timestampOf(s.now()), organization, origin, attribute}
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// auditColumns are the columns that are written, in the order of all parameters about an event.
const auditColumns = `audit_events (created_at, organization_uuid, actor_user_uuid, operation, user_attribute_uuid, before, after, request_id)`

// changed is the command that writes what a change has changed.
func (e auditEvent) changed(d difference) command {
	return command{`INSERT INTO ` + auditColumns + ` VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, []any{
		e.at, e.organization, orNull(e.origin.UserUUID), e.origin.Operation, e.attribute, d.before.json(), d.after.json(), orNull(e.origin.RequestID),
	}}
}

// removed is the command of one of auditQueries. The parameters are what it finds by.
func (e auditEvent) removed(statement string, parameters ...any) command {
	columns := []any{e.at, e.organization, orNull(e.origin.UserUUID), e.origin.Operation, e.attribute, orNull(e.origin.RequestID)}
	return command{statement, append(columns, parameters...)}
}

// auditQueries write that something goes, where it is there: by the statement that finds it, so
// that nothing need be read before. Parameters: time, organization's uuid, user, operation,
// attribute, request; organization, attribute; userGoes and groupGoes: whose value goes.
type auditQueries struct{ attributeGoes, userGoes, groupGoes string }

func auditQueriesFor(d dialect) auditQueries {
	goes := func(state, tables, condition string) string {
		return `INSERT INTO ` + auditColumns + `
			SELECT ?, ?, ?, ?, ?, ` + state + `, NULL, ?
			FROM user_attributes AS attribute` + tables + `
			WHERE attribute.organization_id = ? AND attribute.user_attribute_uuid = ?` + condition
	}
	one := func(member, holder string) string {
		return d.json.object + `('` + member + `', ` + d.json.object + `(` + holder + `, ` + d.json.value(`given."values"`) + `))`
	}
	all := func(tables, holder string) string {
		return d.json.value(`(SELECT ` + d.json.pairs + `(` + holder + `, ` + d.json.value(`given."values"`) + `) FROM ` + tables + `
			WHERE given.user_attribute_uuid = attribute.user_attribute_uuid HAVING count(*) > 0)`)
	}
	const (
		ofAttribute = ` ON given.user_attribute_uuid = attribute.user_attribute_uuid`
		users       = `organization_member_user_attributes AS given`
		groups      = `group_user_attributes AS given`
		joinUsers   = ` JOIN users ON users.user_id = given.user_id`
	)
	return auditQueries{
		attributeGoes: goes(d.json.withoutNulls(d.json.object+`(
				'name', attribute.name, 'description', attribute.description, 'attributeDefaults', `+d.json.value("attribute.attribute_defaults")+`,
				'users', `+all(users+joinUsers, "users.user_uuid")+`, 'groups', `+all(groups, "given.group_uuid")+`)`), "", ""),
		userGoes:  goes(one("users", "users.user_uuid"), ` JOIN `+users+ofAttribute+joinUsers, ` AND users.user_uuid = ?`),
		groupGoes: goes(one("groups", "given.group_uuid"), ` JOIN `+groups+ofAttribute, ` AND given.group_uuid = ?`),
	}
}
