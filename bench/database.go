package main

import (
	"context"
	"fmt"
)

const (
	users  = 10_000
	groups = 100

	// A uuid of the directory is a prefix and a number of twelve digits, which SQL
	// and pgbench can make too.
	userPrefix  = "5a1c0000-0000-4000-8000-"
	groupPrefix = "9b1c0000-0000-4000-8000-"
	firstNumber = 100_000_000_000
)

// directory adds users and groups to the only organization there is.
var directory = fmt.Sprintf(`
	INSERT INTO users (user_uuid, first_name, last_name)
	SELECT ('%[1]s' || %[3]d + n)::uuid, 'First ' || n, 'Last ' || n FROM generate_series(0, %[4]d - 1) AS n;

	INSERT INTO emails (user_id, email, is_primary)
	SELECT user_id, 'person' || user_id || '@example.com', true FROM users WHERE user_uuid::text LIKE '%[1]s%%';

	INSERT INTO organization_memberships (user_id, organization_id)
	SELECT user_id, organization_id FROM users, organizations WHERE user_uuid::text LIKE '%[1]s%%';

	INSERT INTO groups (group_uuid, name, organization_id)
	SELECT ('%[2]s' || %[3]d + n)::uuid, 'Group ' || n, organization_id FROM organizations, generate_series(0, %[5]d - 1) AS n;

	ANALYZE`, userPrefix, groupPrefix, int64(firstNumber), users, groups)

// clear removes all attributes, and lets the next one to be measured start as
// the one before did: with empty tables, right after a checkpoint.
func (b *bench) clear(ctx context.Context) error {
	if _, err := b.rows.Exec(ctx, `TRUNCATE user_attributes CASCADE`); err != nil {
		return err
	}
	_, err := b.rows.Exec(ctx, `CHECKPOINT`)
	return err
}

// counted fails unless there are exactly so many attributes, each with all values of s.
func (b *bench) counted(ctx context.Context, s shape, attributes int) error {
	var found, values int
	err := b.rows.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM user_attributes),
		       (SELECT count(*) FROM organization_member_user_attributes) + (SELECT count(*) FROM group_user_attributes)`).Scan(&found, &values)
	if err != nil {
		return err
	}
	if found != attributes || values != attributes*s.values() {
		return fmt.Errorf("the database has %d attributes with %d values after %d creates with %d values each", found, values, attributes, s.values())
	}
	return nil
}

// seed puts attributes of a shape into an empty table.
func (b *bench) seed(ctx context.Context, attributes int, s shape) error {
	if err := b.clear(ctx); err != nil {
		return err
	}
	_, err := b.rows.Exec(ctx, fmt.Sprintf(`
		INSERT INTO user_attributes (name, description, organization_id, created_at)
		SELECT 'attribute ' || n, 'What it is good for', organization_id, timestamp '2026-01-01' + n * interval '1 ms'
		FROM organizations, generate_series(1, %[4]d) AS n;

		INSERT INTO organization_member_user_attributes (user_id, organization_id, user_attribute_uuid, "values")
		SELECT user_id, attribute.organization_id, user_attribute_uuid, ARRAY['value ' || m]
		FROM (SELECT *, row_number() OVER () AS n FROM user_attributes) AS attribute, generate_series(0, %[7]d - 1) AS m
		JOIN users ON true WHERE user_uuid = ('%[1]s' || %[3]d + (n * %[7]d + m) %% %[5]d)::uuid;

		INSERT INTO group_user_attributes (group_uuid, user_attribute_uuid, "values")
		SELECT ('%[2]s' || %[3]d + (n * %[8]d + m) %% %[6]d)::uuid, user_attribute_uuid, ARRAY['value ' || m]
		FROM (SELECT *, row_number() OVER () AS n FROM user_attributes) AS attribute, generate_series(0, %[8]d - 1) AS m;

		ANALYZE user_attributes, organization_member_user_attributes, group_user_attributes`,
		userPrefix, groupPrefix, int64(firstNumber), attributes, users, groups, s.Users, s.Groups))
	return err
}
