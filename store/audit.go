package store

import (
	"context"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
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
	name          string
	description   *string
	defaults      []string // nil is none, which is told from an empty list
	users, groups []held
}

// held are the values of one user or group.
type held struct {
	uuid   string
	values []string
}

// heldIn returns what users and groups have of an attribute.
func heldIn(a UserAttribute) (users, groups []held) {
	users, groups = make([]held, len(a.Users)), make([]held, len(a.Groups))
	for i, user := range a.Users {
		users[i] = held{user.UserUUID, user.Values}
	}
	for i, group := range a.Groups {
		groups[i] = held{group.GroupUUID, group.Values}
	}
	return users, groups
}

// difference is what a change makes of an attribute. One that does not exist is empty.
type difference struct {
	before, after auditedState
	attribute     bool // in more than the values of users and groups
}

func differenceOf(before, after UserAttribute) difference {
	var d difference
	if before.Name != after.Name {
		d.before.name, d.after.name, d.attribute = before.Name, after.Name, true
	}
	if (before.Description == nil) != (after.Description == nil) || before.Description != nil && *before.Description != *after.Description {
		d.before.description, d.after.description, d.attribute = before.Description, after.Description, true
	}
	if (before.Defaults == nil) != (after.Defaults == nil) || !slices.Equal(before.Defaults, after.Defaults) {
		d.before.defaults, d.after.defaults, d.attribute = before.Defaults, after.Defaults, true
	}
	usersBefore, groupsBefore := heldIn(before)
	usersAfter, groupsAfter := heldIn(after)
	d.before.users, d.after.users = heldWithout(usersBefore, usersAfter), heldWithout(usersAfter, usersBefore)
	d.before.groups, d.after.groups = heldWithout(groupsBefore, groupsAfter), heldWithout(groupsAfter, groupsBefore)
	return d
}

// heldWithout returns those of all that are not among others, or not with the same values.
func heldWithout(all, others []held) []held {
	if len(others) == 0 {
		return all
	}
	values := valuesByUUID(others)
	return slices.DeleteFunc(slices.Clone(all), func(one held) bool {
		other, there := values[one.uuid]
		return there && slices.Equal(one.values, other)
	})
}

func valuesByUUID(all []held) map[string][]string {
	values := make(map[string][]string, len(all))
	for _, one := range all {
		values[one.uuid] = one.values
	}
	return values
}

func (d difference) none() bool {
	return !d.attribute && len(d.before.users)+len(d.after.users)+len(d.before.groups)+len(d.after.groups) == 0
}

// json returns the state as it is kept, nil where there is nothing. It is written here, since
// encoding/json would need maps for the values, which is felt in a create.
func (a auditedState) json() *string {
	b := make([]byte, 0, 64+64*(len(a.users)+len(a.groups)))
	quote := func(text string) { b, _ = jsontext.AppendQuote(b, text) } // the error tells of bytes that are not UTF-8, which nothing here has
	member := func(name string) {
		b = append(b, "{,"[min(len(b), 1)])
		quote(name)
		b = append(b, ':')
	}
	list := func(values []string) {
		b = append(b, '[')
		for i, value := range values {
			if i > 0 {
				b = append(b, ',')
			}
			quote(value)
		}
		b = append(b, ']')
	}
	holders := func(name string, all []held) {
		if len(all) == 0 {
			return
		}
		member(name)
		for i, one := range all {
			b = append(b, "{,"[min(i, 1)])
			quote(one.uuid)
			b = append(b, ':')
			list(one.values)
		}
		b = append(b, '}')
	}
	if a.name != "" {
		member("name")
		quote(a.name)
	}
	if a.description != nil {
		member("description")
		quote(*a.description)
	}
	if a.defaults != nil {
		member("attributeDefaults")
		list(a.defaults)
	}
	holders("users", a.users)
	holders("groups", a.groups)
	if len(b) == 0 {
		return nil
	}
	text := string(append(b, '}'))
	return &text
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
const auditColumns = auditEvents + ` (created_at, organization_uuid, actor_user_uuid, operation, user_attribute_uuid, before, after, request_id)`

const auditEvents = `audit_events`

// auditInsert begins what writes events.
func (d dialect) auditInsert() string { return `INSERT INTO ` + d.ours + auditColumns }

// auditTable is the table of events.
func (d dialect) auditTable() string { return d.ours + auditEvents }

// audited is where a change begins: with the command that writes an event, where there is a table of them.
func (s *Store) audited(event command) []command {
	if s.dialect.noneOurs {
		return nil
	}
	return []command{event}
}

// tell logs a change that was made, without a value, where no event is written.
func (s *Store) tell(ctx context.Context, event auditEvent) {
	if !s.dialect.noneOurs {
		return
	}
	s.log.InfoContext(ctx, "user attribute changed", "operation", event.origin.Operation, "user_attribute", event.attribute,
		"organization", event.organization, "user", event.origin.UserUUID, "request_id", event.origin.RequestID)
}

// createdEvent is the event of an INSERT of an attribute, but for what the attribute's own row has.
type createdEvent struct {
	OrganizationUUID string  `json:"organization_uuid"`
	Actor            *string `json:"actor"`
	Operation        string  `json:"operation"`
	After            *string `json:"after"`
	RequestID        *string `json:"request_id"`
}

func (e auditEvent) created(d difference) *createdEvent {
	return &createdEvent{e.organization, orNull(e.origin.UserUUID), e.origin.Operation, d.after.json(), orNull(e.origin.RequestID)}
}

// parameters are those of the statement that writes it, none where no event is written.
func (e *createdEvent) parameters() []any {
	if e == nil {
		return nil
	}
	return []any{e.OrganizationUUID, e.Actor, e.Operation, e.After, e.RequestID}
}

// changed is the command that writes what a change has changed, by the statement of auditQueries.
func (e auditEvent) changed(statement string, d difference) command {
	return command{statement, []any{
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
// changed writes what its parameters say.
type auditQueries struct{ changed, attributeGoes, userGoes, groupGoes string }

func auditQueriesFor(d dialect) auditQueries {
	goes := func(state, tables, condition string) string {
		return d.auditInsert() + `
			SELECT ?, ?, ?, ?, ?, ` + state + `, NULL, ?
			FROM user_attributes AS attribute` + tables + `
			WHERE attribute.organization_id = ? AND attribute.user_attribute_uuid = ?` + condition
	}
	one := func(member, holder string) string {
		return d.json.object + `('` + member + `', ` + d.json.object + `(` + holder + `, ` + d.json.value(`given.`+d.values) + `))`
	}
	all := func(tables, holder string) string {
		return d.json.value(`(SELECT ` + d.json.pairs + `(` + holder + `, ` + d.json.value(`given.`+d.values) + `) FROM ` + tables + `
			WHERE given.user_attribute_uuid = attribute.user_attribute_uuid HAVING count(*) > 0)`)
	}
	const (
		ofAttribute = ` ON given.user_attribute_uuid = attribute.user_attribute_uuid`
		users       = `organization_member_user_attributes AS given`
		groups      = `group_user_attributes AS given`
		joinUsers   = ` JOIN users ON users.user_id = given.user_id`
	)
	return auditQueries{
		changed: d.auditInsert() + ` VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		attributeGoes: goes(d.json.withoutNulls(d.json.object+`(
				'name', attribute.name, 'description', attribute.description, 'attributeDefaults', `+d.json.value("attribute."+d.defaults)+`,
				'users', `+all(users+joinUsers, "users.user_uuid")+`, 'groups', `+all(groups, "given.group_uuid")+`)`), "", ""),
		userGoes:  goes(one("users", "users.user_uuid"), ` JOIN `+users+ofAttribute+joinUsers, ` AND users.user_uuid = ?`),
		groupGoes: goes(one("groups", "given.group_uuid"), ` JOIN `+groups+ofAttribute, ` AND given.group_uuid = ?`),
	}
}
