-- What attributed needs of a Lightdash's database, and no more. Run it as the owner of the tables, once the role
-- is there: CREATE ROLE attributed LOGIN PASSWORD '…';
-- Of the last two paragraphs one is for the database at hand: the other fails on a column that is not there,
-- which does no harm.

GRANT USAGE ON SCHEMA public TO attributed;

GRANT SELECT (organization_id, organization_uuid, organization_name) ON organizations TO attributed;
GRANT SELECT (user_id, user_uuid, first_name, last_name, is_active, created_at, updated_at) ON users TO attributed;
GRANT SELECT (user_id, email, is_primary) ON emails TO attributed;
GRANT SELECT (organization_id, user_id, role, role_uuid) ON organization_memberships TO attributed;
GRANT SELECT (role_uuid, scope_name) ON scoped_roles TO attributed;
GRANT SELECT (group_uuid, name, organization_id, created_at, updated_at, created_by_user_uuid, updated_by_user_uuid) ON groups TO attributed;
GRANT SELECT (group_uuid, user_id, organization_id) ON group_memberships TO attributed;
GRANT SELECT (personal_access_token_uuid, created_by_user_id, description, token_hash, created_at, expires_at, last_used_at) ON personal_access_tokens TO attributed;
GRANT UPDATE (last_used_at) ON personal_access_tokens TO attributed;

GRANT SELECT (user_attribute_uuid, name, description, organization_id, created_at) ON user_attributes TO attributed;
GRANT INSERT (user_attribute_uuid, name, description, organization_id, created_at) ON user_attributes TO attributed;
GRANT UPDATE (name, description), DELETE ON user_attributes TO attributed;
GRANT SELECT (user_id, organization_id, user_attribute_uuid) ON organization_member_user_attributes TO attributed;
GRANT INSERT (user_id, organization_id, user_attribute_uuid), DELETE ON organization_member_user_attributes TO attributed;
GRANT SELECT (group_uuid, user_attribute_uuid) ON group_user_attributes TO attributed;
GRANT INSERT (group_uuid, user_attribute_uuid), DELETE ON group_user_attributes TO attributed;

-- Lightdash with one value for each user, group and default, as 0.2110:
GRANT SELECT (attribute_default), INSERT (attribute_default), UPDATE (attribute_default) ON user_attributes TO attributed;
GRANT SELECT (value), INSERT (value), UPDATE (value) ON organization_member_user_attributes TO attributed;
GRANT SELECT (value), INSERT (value), UPDATE (value) ON group_user_attributes TO attributed;

-- Lightdash with several:
GRANT SELECT (attribute_defaults), INSERT (attribute_defaults), UPDATE (attribute_defaults) ON user_attributes TO attributed;
GRANT SELECT ("values"), INSERT ("values"), UPDATE ("values") ON organization_member_user_attributes TO attributed;
GRANT SELECT ("values"), INSERT ("values"), UPDATE ("values") ON group_user_attributes TO attributed;
