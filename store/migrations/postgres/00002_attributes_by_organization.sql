-- The uuids of an organization's attributes become one index, which serves both the list
-- and the foreign key of users' values. Before, while the table had no statistics, that
-- key was checked by the index on (organization_id, created_at): for each value of a
-- create, all attributes of the organization were gone through. SQLite needs no such step:
-- it finds a parent by the index of the very key.

-- +goose Up
ALTER TABLE organization_member_user_attributes
    DROP CONSTRAINT organization_member_user_attr_user_attribute_uuid_organiza_fkey;
ALTER TABLE user_attributes
    DROP CONSTRAINT user_attributes_user_attribute_uuid_organization_id_key,
    ADD UNIQUE (organization_id, user_attribute_uuid);
ALTER TABLE organization_member_user_attributes
    ADD FOREIGN KEY (user_attribute_uuid, organization_id) REFERENCES user_attributes (user_attribute_uuid, organization_id) ON DELETE CASCADE;
DROP INDEX user_attributes_organization_id_created_at;

-- +goose Down
CREATE INDEX user_attributes_organization_id_created_at ON user_attributes (organization_id, created_at);
ALTER TABLE organization_member_user_attributes
    DROP CONSTRAINT organization_member_user_attr_user_attribute_uuid_organiza_fkey;
ALTER TABLE user_attributes
    DROP CONSTRAINT user_attributes_organization_id_user_attribute_uuid_key,
    ADD UNIQUE (user_attribute_uuid, organization_id);
ALTER TABLE organization_member_user_attributes
    ADD FOREIGN KEY (user_attribute_uuid, organization_id) REFERENCES user_attributes (user_attribute_uuid, organization_id) ON DELETE CASCADE;
