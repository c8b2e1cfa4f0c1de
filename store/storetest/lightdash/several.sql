-- What newer versions of Lightdash made of the tables in tables.sql: several values of a user, of a group
-- and as the default.
ALTER TABLE user_attributes RENAME COLUMN attribute_default TO attribute_defaults;
ALTER TABLE user_attributes ALTER COLUMN attribute_defaults TYPE text[] USING CASE WHEN attribute_defaults <> '' THEN ARRAY[attribute_defaults] WHEN attribute_defaults = '' THEN '{}' END;
ALTER TABLE user_attributes ADD COLUMN managed boolean NOT NULL DEFAULT false;
ALTER TABLE organization_member_user_attributes RENAME COLUMN value TO "values";
ALTER TABLE organization_member_user_attributes ALTER COLUMN "values" TYPE text[] USING ARRAY["values"];
ALTER TABLE group_user_attributes RENAME COLUMN value TO "values";
ALTER TABLE group_user_attributes ALTER COLUMN "values" TYPE text[] USING ARRAY["values"];
