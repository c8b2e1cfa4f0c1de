package store

import (
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// userAttributeQueries are the statements about attributes and their values, whole
// for one engine. Each takes any number of values as one parameter (see dialect.pairs).
type userAttributeQueries struct {
	// references finds those of the named users and groups that are of the organization.
	// Parameters: user pairs, organization, group pairs, organization.
	references string

	// update and remove change an attribute itself. Parameters of update: name, description,
	// default, organization, attribute; of remove: the last two.
	update, remove string

	// insertUserValues and insertGroupValues write values whose references were found.
	// Parameters: organization (users only), attribute, pairs.
	insertUserValues, insertGroupValues string

	// setUserValues and setGroupValues do the same where there may be values already. In
	// the pairs of all four, values are as dialect.list writes them.
	setUserValues, setGroupValues string

	// clearUserValues and clearGroupValues take values back. Parameters: attribute, pairs.
	clearUserValues, clearGroupValues string

	// createAtOnce writes an attribute with its values, if all references are of the
	// organization and otherwise nothing, and answers as references does. It stands on
	// what the engine promises of a WITH: its parts see the same snapshot, and foreign
	// keys are checked at the statement's end. The guard stands on the attribute's INSERT,
	// since all parts are carried out before a count could be read and the rows taken back.
	// Parameters: those of references; uuid, name, description, default, organization,
	// time; number of users, number of groups; organization; organization's
	// uuid, user, operation, state after and request of the event.
	createAtOnce string

	// createAlone does the same where there are no values, and answers no row. Parameters: those
	// of createAtOnce from the uuid to the time, and those of the event.
	createAlone string

	// readAll and readOne read the attributes of an organization or one of them, each in
	// one statement: that is one round trip, and sees one moment without a transaction.
	// Rows come in the order of a list, those of one attribute in any order: to sort by more than that
	// is slower. Each row has the attribute's time and uuid, and then one of three forms. The
	// attribute itself: NULL, name, description, defaults. The values of a user: user, e-mail, NULL,
	// values. The values of a group: group, NULL, NULL, values. Parameters, three times over:
	// organization; where it is one attribute, its uuid. Those of readAll: organization, so often as
	// readAllTimes says.
	readAll, readOne string
	readAllTimes     int

	// audit writes down what goes.
	audit auditQueries

	// effective reads what each attribute comes to for one user, see effectiveQuery.
	effective string
}

func userAttributeQueriesFor(d dialect) userAttributeQueries {
	namedUsers := `
		SELECT named.position, users.user_id, named.value, COALESCE(emails.email, '') AS email
		FROM ` + d.pairs + ` AS named
		` + d.inOrder + `users ON users.user_uuid = named.uuid
		` + d.inOrder + `organization_memberships AS membership ON membership.user_id = users.user_id AND membership.organization_id = ?
		LEFT JOIN emails ON emails.user_id = users.user_id AND emails.is_primary`
	namedGroups := `
		SELECT named.position, groups.group_uuid, named.value
		FROM ` + d.pairs + ` AS named
		` + d.inOrder + `groups ON groups.group_uuid = named.uuid AND groups.organization_id = ?`
	with := `WITH named_users AS (` + namedUsers + `), named_groups AS (` + namedGroups + `)`
	found := `
		SELECT true AS is_user, position, email FROM named_users
		UNION ALL SELECT false, position, '' FROM named_groups`
	insertUserValues := `
			INSERT INTO organization_member_user_attributes (organization_id, user_attribute_uuid, user_id, ` + d.values + `)
			SELECT ?, ?, users.user_id, ` + d.asList("named.value") + `
			FROM ` + d.pairs + ` AS named` + d.inOrder + `users ON users.user_uuid = named.uuid`
	insertGroupValues := `
			INSERT INTO group_user_attributes (user_attribute_uuid, group_uuid, ` + d.values + `)
			SELECT ?, uuid, ` + d.asList("value") + ` FROM ` + d.pairs + ` AS named`
	// Without a WHERE, SQLite takes the ON for a join's.
	orReplace := func(holder string) string {
		return ` WHERE true ON CONFLICT (` + holder + `, user_attribute_uuid) DO UPDATE SET ` + d.values + ` = excluded.` + d.values
	}
	insertAttribute := `
				INSERT INTO user_attributes (user_attribute_uuid, name, description, ` + d.defaults + `, organization_id, created_at)
				SELECT ?::uuid, ?::text, ?::text, ` + d.asList("?") + `, ?::integer, ?::timestamp`
	insertEvent := `
				` + d.auditInsert() + `
				SELECT created_at, ?::uuid, ?::uuid, ?, user_attribute_uuid, NULL, ?, ? FROM attribute`
	event := `,
			event AS (` + insertEvent + `)`
	if d.noneOurs { // there is no such table
		event, insertEvent = ``, `SELECT true AS is_user, 0 AS position, '' AS email FROM attribute WHERE false`
	}
	readAll := readAllQuery(d)
	return userAttributeQueries{
		references: with + found,
		update: `
			UPDATE user_attributes SET name = ?, description = ?, ` + d.defaults + ` = ` + d.asList("?") + `
			WHERE organization_id = ? AND user_attribute_uuid = ?`,
		remove:            `DELETE FROM user_attributes WHERE organization_id = ? AND user_attribute_uuid = ?`,
		insertUserValues:  insertUserValues,
		insertGroupValues: insertGroupValues,
		setUserValues:     insertUserValues + orReplace("user_id"),
		setGroupValues:    insertGroupValues + orReplace("group_uuid"),
		clearUserValues: `
			DELETE FROM organization_member_user_attributes WHERE user_attribute_uuid = ? AND user_id IN (
				SELECT users.user_id FROM ` + d.pairs + ` AS named` + d.inOrder + `users ON users.user_uuid = named.uuid)`,
		clearGroupValues: `
			DELETE FROM group_user_attributes WHERE user_attribute_uuid = ? AND group_uuid IN (SELECT uuid FROM ` + d.pairs + ` AS named)`,
		createAtOnce: numberParameters(with + `,
			attribute AS (` + insertAttribute + `
				WHERE (SELECT count(*) FROM named_users) = ? AND (SELECT count(*) FROM named_groups) = ?
				RETURNING user_attribute_uuid, created_at
			),
			user_values AS (
				INSERT INTO organization_member_user_attributes (user_id, organization_id, user_attribute_uuid, ` + d.values + `)
				SELECT user_id, ?::integer, user_attribute_uuid, ` + d.asList("value") + ` FROM attribute, named_users
			),
			group_values AS (
				INSERT INTO group_user_attributes (group_uuid, user_attribute_uuid, ` + d.values + `)
				SELECT group_uuid, user_attribute_uuid, ` + d.asList("value") + ` FROM attribute, named_groups
			)` + event + found),
		createAlone: numberParameters(`WITH attribute AS (` + insertAttribute + `
				RETURNING user_attribute_uuid, created_at
			) ` + insertEvent),
		readAll:      numberedFor(d, readAll),
		readAllTimes: strings.Count(readAll, "?"),
		readOne:      numberedFor(d, readQuery(d, "user_attributes", " WHERE attribute.organization_id = ? AND attribute.user_attribute_uuid = ?")),
		audit:        auditQueriesFor(d),
		effective:    numberedFor(d, effectiveQuery(d)),
	}
}

// numberParameters makes $1, $2, … of the question marks of a statement, and leaves
// out its indentation, which is half of what would be copied at each call. The statement
// must have no comment, and no text in quotes with a question mark or several spaces.
func numberParameters(statement string) string {
	parts := strings.Split(strings.Join(strings.Fields(statement), " "), "?")
	for i := range parts[:len(parts)-1] {
		parts[i] += "$" + strconv.Itoa(i+1)
	}
	return strings.Join(parts, "")
}

// numberedFor numbers the parameters of a statement where the engine takes numbers.
func numberedFor(d dialect, statement string) string {
	if !d.numbers {
		return statement
	}
	return numberParameters(statement)
}

// numbered is a query whose parameters have numbers already. db.Raw puts these in with
// every call, a byte at a time, which is a quarter of what a create allocates.
type numbered struct {
	db         *gorm.DB
	statement  string
	parameters []any
}

// query is a query with a statement that numberedFor made.
func (s *Store) query(db *gorm.DB, statement string, parameters ...any) rowsQuery {
	if s.dialect.numbers {
		return numbered{db, statement, parameters}
	}
	return db.Raw(statement, parameters...)
}

// Rows sends the query as it is.
func (q numbered) Rows() (*sql.Rows, error) {
	return q.db.Statement.ConnPool.QueryContext(q.db.Statement.Context, q.statement, q.parameters...)
}

// creation is what createAtOnce writes.
type creation struct {
	attribute userAttributeRow
	values    valuePairs
	event     *createdEvent // nil where none is written
}

// parameters are those of createAtOnce, or where there are no values those of createAlone.
func (c creation) parameters() []any {
	attribute := []any{
		c.attribute.UserAttributeUUID, c.attribute.Name, c.attribute.Description, c.attribute.AttributeDefaults,
		c.attribute.OrganizationID, c.attribute.CreatedAt.Time, // in UTC; of a text the driver would make one
	}
	if c.alone() {
		return append(attribute, c.event.parameters()...)
	}
	return slices.Concat(
		[]any{c.values.users, c.attribute.OrganizationID, c.values.groups, c.attribute.OrganizationID},
		attribute,
		[]any{len(c.values.users), len(c.values.groups), c.attribute.OrganizationID},
		c.event.parameters())
}

// alone reports whether there are no values.
func (c creation) alone() bool { return c.values.count() == 0 }

// A list of more than longList attributes begins with mostFirst that are read by themselves: they mostly come to
// more than what is held of an answer before it is sent.
const longList, mostFirst = 2000, 192

// readAllQuery reads all attributes. Of a long list PostgreSQL sorts all but the newest when these are sent already. It
// carries out the parts of a UNION ALL one after the other, unless several processes do, and these cannot read what a
// WITH has MATERIALIZED. To have it sort a shorter list so, whose people it looks up twice then, takes longer.
func readAllQuery(d dialect) string {
	const of, table = " WHERE attribute.organization_id = ?", "user_attributes"
	if d.oneWriter || d.beside != nil { // SQLite sorts all whatever it is told, and a Lightdash has no such keys
		return readQuery(d, table, of)
	}
	return `
		WITH newest AS MATERIALIZED (
			SELECT * FROM user_attributes AS attribute` + of + ` ORDER BY created_at DESC, user_attribute_uuid
			LIMIT (SELECT CASE count(*) WHEN ` + strconv.Itoa(longList+1) + ` THEN ` + strconv.Itoa(mostFirst) + ` ELSE 0 END
				FROM (SELECT FROM user_attributes AS attribute` + of + ` LIMIT ` + strconv.Itoa(longList+1) + `) AS counted)
		)
		SELECT * FROM (` + readQuery(d, "newest", of) + `) AS at_once
		UNION ALL
		SELECT * FROM (` + readQuery(d, table, of+` AND attribute.user_attribute_uuid NOT IN (SELECT user_attribute_uuid FROM newest)`) + `) AS afterwards`
}

// readQuery reads attributes of a table and all their values, for which it goes three ways: to
// join users and groups in one would give their product.
func readQuery(d dialect, from, where string) string {
	of := d.created("attribute.created_at") + ` AS made, attribute.user_attribute_uuid`
	return `
		SELECT ` + of + `, NULL AS holder, CAST(attribute.name AS text), NULLIF(attribute.description, ''), ` + d.asText("attribute."+d.defaults) + `
		FROM ` + from + ` AS attribute` + where + `
		UNION ALL
		SELECT ` + of + `, users.user_uuid, CAST(COALESCE(emails.email, '') AS text), NULL, ` + d.asText("given."+d.values) + `
		FROM ` + from + ` AS attribute
		JOIN organization_member_user_attributes AS given ON given.user_attribute_uuid = attribute.user_attribute_uuid
		JOIN users ON users.user_id = given.user_id
		LEFT JOIN emails ON emails.user_id = users.user_id AND emails.is_primary` + where + `
		UNION ALL
		SELECT ` + of + `, given.group_uuid, NULL, NULL, ` + d.asText("given."+d.values) + `
		FROM ` + from + ` AS attribute
		JOIN group_user_attributes AS given ON given.user_attribute_uuid = attribute.user_attribute_uuid
		JOIN groups ON groups.group_uuid = given.group_uuid AND groups.organization_id = attribute.organization_id` + where + `
		ORDER BY made DESC, user_attribute_uuid`
}
