package store

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// gatheredRow is an attribute as gatheredInsert takes it.
type gatheredRow struct {
	N              int     `json:"n"` // in the batch
	UUID           string  `json:"uuid"`
	Name           string  `json:"name"`
	Description    *string `json:"description"`
	Defaults       *string `json:"defaults"` // as dialect.list writes them
	OrganizationID int64   `json:"organization_id"`
	CreatedAt      string  `json:"created_at"`
	Users          int     `json:"users"` // how many values there are
	Groups         int     `json:"groups"`
	createdEvent
}

// gatheredValue is a value of a user or a group as gatheredInsert takes it.
type gatheredValue struct {
	N              int    `json:"n"` // of its attribute
	Position       int    `json:"p"`
	UUID           string `json:"u"`
	Value          string `json:"v"` // as dialect.list writes it
	OrganizationID int64  `json:"o"`
}

// gatheredInsert writes those attributes of its first parameter whose names are free and whose values, in
// the second and the third, are all of users and groups of the organization, with their events. It
// answers the number of each that was written, once for each of its users, with that one's position and
// e-mail. All write in one order, so that two such statements do not stand in each other's way. The
// conditions on positions are there for the planner, as that of postgresPairs.
var gatheredInsert = strings.Join(strings.Fields(`
	WITH wanted AS (
		SELECT * FROM json_to_recordset($1::json) AS wanted (n integer, uuid uuid, name text, description text, defaults text, organization_id integer,
			created_at timestamp, users integer, groups integer, organization_uuid uuid, actor uuid, operation text, after text, request_id text)
	), named_users AS (
		SELECT n, p, users.user_id, v, COALESCE(emails.email, '') AS email
		FROM (SELECT * FROM json_to_recordset($2::json) AS named (n integer, p integer, u uuid, v text, o integer) WHERE p BETWEEN 0 AND 1000000000) AS named
		JOIN users ON users.user_uuid = u
		JOIN organization_memberships AS membership ON membership.user_id = users.user_id AND membership.organization_id = o
		LEFT JOIN emails ON emails.user_id = users.user_id AND emails.is_primary
	), named_groups AS (
		SELECT n, group_uuid, v
		FROM (SELECT * FROM json_to_recordset($3::json) AS named (n integer, p integer, u uuid, v text, o integer) WHERE p BETWEEN 0 AND 1000000000) AS named
		JOIN groups ON group_uuid = u AND organization_id = o
	), attribute AS (
		INSERT INTO user_attributes (user_attribute_uuid, name, description, attribute_defaults, organization_id, created_at)
		SELECT uuid, name, description, defaults::text[], organization_id, created_at FROM wanted
		WHERE users = (SELECT count(*) FROM named_users WHERE named_users.n = wanted.n) AND groups = (SELECT count(*) FROM named_groups WHERE named_groups.n = wanted.n)
		ORDER BY organization_id, name
		ON CONFLICT DO NOTHING
		RETURNING user_attribute_uuid
	), written AS (
		SELECT wanted.* FROM attribute JOIN wanted ON uuid = user_attribute_uuid
	), user_values AS (
		INSERT INTO organization_member_user_attributes (user_id, organization_id, user_attribute_uuid, "values")
		SELECT user_id, organization_id, uuid, v::text[] FROM written JOIN named_users USING (n)
	), group_values AS (
		INSERT INTO group_user_attributes (group_uuid, user_attribute_uuid, "values")
		SELECT group_uuid, uuid, v::text[] FROM written JOIN named_groups USING (n)
	), event AS (
		INSERT INTO `+auditColumns+`
		SELECT created_at, organization_uuid, actor, operation, uuid, NULL, after, request_id FROM written
	)
	SELECT n, COALESCE(p, -1), COALESCE(email, '') FROM written LEFT JOIN named_users USING (n)`), " ")

// writeGathered writes the rows of a batch that can be written together, and says errAlone of all others.
func writeGathered(db *gorm.DB, batch []*waitingCreate) ([]outcome, error) {
	var named, namedGroups int
	for _, one := range batch {
		named, namedGroups = named+len(one.values.users), namedGroups+len(one.values.groups)
	}
	rows, users, groups := make([]gatheredRow, len(batch)), make([]gatheredValue, 0, named), make([]gatheredValue, 0, namedGroups)
	became := make([]outcome, len(batch))
	for i, one := range batch {
		a := one.attribute
		rows[i] = gatheredRow{
			N: i, UUID: a.UserAttributeUUID, Name: a.Name, Description: a.Description,
			Defaults: a.AttributeDefaults, OrganizationID: a.OrganizationID, CreatedAt: a.CreatedAt.Format(timestampLayout),
			Users: len(one.values.users), Groups: len(one.values.groups),
			createdEvent: *one.event, // there is always a table of them, see insertAtOnce
		}
		users = appendGathered(users, i, one.values.users, a.OrganizationID)
		groups = appendGathered(groups, i, one.values.groups, a.OrganizationID)
		became[i].err = errAlone
	}
	parameters := make([]any, 3)
	for i, each := range []any{rows, users, groups} {
		var text strings.Builder // which json.Marshal would copy once more
		if err := json.NewEncoder(&text).Encode(each); err != nil {
			return nil, err
		}
		parameters[i] = text.String()
	}
	err := eachRow(numbered{db, gatheredInsert, parameters}, func(found *sql.Rows) error {
		var n, position int
		var email string
		if err := found.Scan(&n, &position, &email); err != nil {
			return err
		}
		if became[n].err != nil {
			became[n].err = nil
			became[n].named = references{make([]*string, rows[n].Users), slices.Repeat([]bool{true}, rows[n].Groups)}
		}
		if position >= 0 {
			became[n].named.users[position] = &email
		}
		return nil
	})
	return became, err
}

func appendGathered(all []gatheredValue, n int, pairs jsonPairs, organizationID int64) []gatheredValue {
	for i, pair := range pairs {
		all = append(all, gatheredValue{n, i, pair[0], pair[1], organizationID})
	}
	return all
}
