-- Several values of one user, of one group and as the default, with the columns that
-- Lightdash's own newer tables have. The empty text becomes none, as the API has it.

-- +goose Up
ALTER TABLE user_attributes ALTER COLUMN attribute_default TYPE text[]
    USING CASE WHEN attribute_default <> '' THEN ARRAY[attribute_default] WHEN attribute_default = '' THEN '{}' END;
ALTER TABLE user_attributes RENAME COLUMN attribute_default TO attribute_defaults;

ALTER TABLE organization_member_user_attributes ALTER COLUMN value TYPE text[]
    USING CASE WHEN value <> '' THEN ARRAY[value] ELSE '{}' END;
ALTER TABLE organization_member_user_attributes RENAME COLUMN value TO "values";

ALTER TABLE group_user_attributes ALTER COLUMN value TYPE text[]
    USING CASE WHEN value <> '' THEN ARRAY[value::text] ELSE '{}' END;
ALTER TABLE group_user_attributes RENAME COLUMN value TO "values";

-- +goose Down
-- The first of several values stays, and the others are lost.
ALTER TABLE group_user_attributes RENAME COLUMN "values" TO value;
ALTER TABLE group_user_attributes ALTER COLUMN value TYPE varchar(255) USING COALESCE(value[1], '');

ALTER TABLE organization_member_user_attributes RENAME COLUMN "values" TO value;
ALTER TABLE organization_member_user_attributes ALTER COLUMN value TYPE text USING COALESCE(value[1], '');

ALTER TABLE user_attributes RENAME COLUMN attribute_defaults TO attribute_default;
ALTER TABLE user_attributes ALTER COLUMN attribute_default TYPE text
    USING CASE WHEN attribute_default IS NOT NULL THEN COALESCE(attribute_default[1], '') END;
