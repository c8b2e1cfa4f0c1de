package store

// lightdashTable is a table of Lightdash's as far as it is used here.
type lightdashTable struct {
	name    string
	written bool // rows are inserted
	columns []lightdashColumn

	keys       []string // each the columns of a unique one, in the order of their names
	references []string // tables with which rows go, ON DELETE CASCADE
}

// lightdashColumn is a column that is read or written.
type lightdashColumn struct {
	name string
	kind lightdashType
	null bool // it must take NULL
}

// lightdashType is a type, or several of which each will do.
type lightdashType string

const (
	anUUID     lightdashType = "uuid"
	anInteger  lightdashType = "integer"
	aBoolean   lightdashType = "boolean"
	aText      lightdashType = "text"           // or any other that holds what is written to it, of at most NameLimit characters
	longText   lightdashType = "unlimited text" // of any length
	texts      lightdashType = "text[]"
	zonelessAt lightdashType = "timestamp without time zone" // of any precision
	anyTime    lightdashType = "timestamp"                   // with a zone or without
)

// lightdashTables are the tables in use, in one of the two forms that are known: with one value for each
// user, group and default, or with several.
func lightdashTables(several bool) []lightdashTable {
	fallback := lightdashColumn{name: "attribute_default", kind: longText, null: true}
	ofUser, ofGroup := lightdashColumn{name: "value", kind: longText}, lightdashColumn{name: "value", kind: aText}
	if several {
		fallback = lightdashColumn{name: "attribute_defaults", kind: texts, null: true}
		ofUser, ofGroup = lightdashColumn{name: "values", kind: texts}, lightdashColumn{name: "values", kind: texts}
	}
	return []lightdashTable{
		{name: "organizations", keys: []string{"organization_id", "organization_uuid"}, columns: []lightdashColumn{
			{name: "organization_id", kind: anInteger}, {name: "organization_uuid", kind: anUUID}, {name: "organization_name", kind: aText}}},
		{name: "users", keys: []string{"user_id", "user_uuid"}, columns: []lightdashColumn{
			{name: "user_id", kind: anInteger}, {name: "user_uuid", kind: anUUID}, {name: "first_name", kind: aText}, {name: "last_name", kind: aText},
			{name: "is_active", kind: aBoolean}, {name: "created_at", kind: anyTime}, {name: "updated_at", kind: anyTime}}},
		{name: "emails", columns: []lightdashColumn{
			{name: "user_id", kind: anInteger}, {name: "email", kind: aText}, {name: "is_primary", kind: aBoolean}}},
		{name: "organization_memberships", keys: []string{"organization_id, user_id"}, columns: []lightdashColumn{
			{name: "organization_id", kind: anInteger}, {name: "user_id", kind: anInteger}, {name: "role", kind: aText}, {name: "role_uuid", kind: anUUID}}},
		{name: "scoped_roles", columns: []lightdashColumn{
			{name: "role_uuid", kind: anUUID}, {name: "scope_name", kind: aText}}},
		{name: "groups", keys: []string{"group_uuid"}, columns: []lightdashColumn{
			{name: "group_uuid", kind: anUUID}, {name: "name", kind: aText}, {name: "organization_id", kind: anInteger},
			{name: "created_at", kind: anyTime}, {name: "updated_at", kind: anyTime},
			{name: "created_by_user_uuid", kind: anUUID}, {name: "updated_by_user_uuid", kind: anUUID}}},
		{name: "group_memberships", keys: []string{"group_uuid, user_id"}, columns: []lightdashColumn{
			{name: "group_uuid", kind: anUUID}, {name: "user_id", kind: anInteger}, {name: "organization_id", kind: anInteger}}},
		{name: "personal_access_tokens", keys: []string{"personal_access_token_uuid"}, columns: []lightdashColumn{
			{name: "personal_access_token_uuid", kind: anUUID}, {name: "created_by_user_id", kind: anInteger}, {name: "description", kind: aText},
			{name: "token_hash", kind: aText}, {name: "created_at", kind: zonelessAt}, {name: "expires_at", kind: zonelessAt, null: true}, {name: "last_used_at", kind: zonelessAt, null: true}}},
		{name: "user_attributes", written: true, keys: []string{"user_attribute_uuid", "name, organization_id"}, columns: []lightdashColumn{
			{name: "user_attribute_uuid", kind: anUUID}, {name: "name", kind: aText}, {name: "description", kind: aText, null: true},
			{name: "created_at", kind: zonelessAt}, {name: "organization_id", kind: anInteger}, fallback}},
		{name: "organization_member_user_attributes", written: true, keys: []string{"user_attribute_uuid, user_id"},
			references: []string{"organization_memberships", "user_attributes"}, columns: []lightdashColumn{
				{name: "user_id", kind: anInteger}, {name: "organization_id", kind: anInteger}, {name: "user_attribute_uuid", kind: anUUID}, ofUser}},
		{name: "group_user_attributes", written: true, keys: []string{"group_uuid, user_attribute_uuid"},
			references: []string{"groups", "user_attributes"}, columns: []lightdashColumn{
				{name: "group_uuid", kind: anUUID}, {name: "user_attribute_uuid", kind: anUUID}, ofGroup}},
	}
}
