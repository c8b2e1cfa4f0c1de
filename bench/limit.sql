\set name random(1, 9000000000000000000)
\set first_user 100000000000 + 10 * random(0, 999)
\set first_group 100000000000 + 2 * random(0, 49)
WITH named_users AS (
    SELECT users.user_id, ARRAY['EMEA ' || n] AS "values", n AS position, COALESCE(emails.email, '') AS email
    FROM generate_series(0, (:users)::integer - 1) AS n
    JOIN users ON users.user_uuid = ('5a1c0000-0000-4000-8000-' || (:first_user)::bigint + n)::uuid
    JOIN organization_memberships AS membership ON membership.user_id = users.user_id AND membership.organization_id = (:organization)::integer
    LEFT JOIN emails ON emails.user_id = users.user_id AND emails.is_primary
    WHERE n BETWEEN 0 AND 1000000000 -- as in package store: without it the planner reads all users
), named_groups AS (
    SELECT groups.group_uuid, ARRAY['EMEA ' || n] AS "values"
    FROM generate_series(0, (:groups)::integer - 1) AS n
    JOIN groups ON groups.group_uuid = ('9b1c0000-0000-4000-8000-' || (:first_group)::bigint + n)::uuid AND groups.organization_id = (:organization)::integer
    WHERE n BETWEEN 0 AND 1000000000
), attribute AS (
    INSERT INTO user_attributes (user_attribute_uuid, name, description, attribute_defaults, organization_id, created_at)
    SELECT gen_random_uuid(), (:name)::text, 'What it is good for', NULL, (:organization)::integer, now() AT TIME ZONE 'utc'
    WHERE (SELECT count(*) FROM named_users) = (:users)::integer AND (SELECT count(*) FROM named_groups) = (:groups)::integer
    RETURNING user_attribute_uuid
), user_values AS (
    INSERT INTO organization_member_user_attributes (user_id, organization_id, user_attribute_uuid, "values")
    SELECT user_id, (:organization)::integer, user_attribute_uuid, "values" FROM attribute, named_users
), group_values AS (
    INSERT INTO group_user_attributes (group_uuid, user_attribute_uuid, "values")
    SELECT group_uuid, user_attribute_uuid, "values" FROM attribute, named_groups
)
SELECT position, email FROM named_users;
