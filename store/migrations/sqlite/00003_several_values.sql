-- Several values of one user, of one group and as the default, with the columns that
-- Lightdash's own newer tables have; here they hold JSON. The empty text becomes none, as
-- the API has it. The table of groups' values is made anew, since its limit was of one value.

-- +goose Up
ALTER TABLE user_attributes RENAME COLUMN attribute_default TO attribute_defaults;
UPDATE user_attributes SET attribute_defaults = CASE attribute_defaults WHEN '' THEN '[]' ELSE json_array(attribute_defaults) END
    WHERE attribute_defaults IS NOT NULL;

ALTER TABLE organization_member_user_attributes RENAME COLUMN value TO "values";
UPDATE organization_member_user_attributes SET "values" = CASE "values" WHEN '' THEN '[]' ELSE json_array("values") END;

CREATE TABLE several_values (
    group_uuid          text NOT NULL REFERENCES groups ON DELETE CASCADE,
    user_attribute_uuid text NOT NULL REFERENCES user_attributes ON DELETE CASCADE,
    "values"            text NOT NULL,
    PRIMARY KEY (group_uuid, user_attribute_uuid)
);
INSERT INTO several_values SELECT group_uuid, user_attribute_uuid, CASE value WHEN '' THEN '[]' ELSE json_array(value) END FROM group_user_attributes;
DROP TABLE group_user_attributes;
ALTER TABLE several_values RENAME TO group_user_attributes;
CREATE INDEX group_user_attributes_user_attribute_uuid ON group_user_attributes (user_attribute_uuid);

-- +goose Down
-- The first of several values stays, and the others are lost.
CREATE TABLE one_value (
    group_uuid          text NOT NULL REFERENCES groups ON DELETE CASCADE,
    user_attribute_uuid text NOT NULL REFERENCES user_attributes ON DELETE CASCADE,
    value               varchar(255) NOT NULL CHECK (length(value) <= 255),
    PRIMARY KEY (group_uuid, user_attribute_uuid)
);
INSERT INTO one_value SELECT group_uuid, user_attribute_uuid, COALESCE("values" ->> 0, '') FROM group_user_attributes;
DROP TABLE group_user_attributes;
ALTER TABLE one_value RENAME TO group_user_attributes;
CREATE INDEX group_user_attributes_user_attribute_uuid ON group_user_attributes (user_attribute_uuid);

UPDATE organization_member_user_attributes SET "values" = COALESCE("values" ->> 0, '');
ALTER TABLE organization_member_user_attributes RENAME COLUMN "values" TO value;

UPDATE user_attributes SET attribute_defaults = COALESCE(attribute_defaults ->> 0, '') WHERE attribute_defaults IS NOT NULL;
ALTER TABLE user_attributes RENAME COLUMN attribute_defaults TO attribute_default;
