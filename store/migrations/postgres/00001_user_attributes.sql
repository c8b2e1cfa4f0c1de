-- The tables that user attributes need, with Lightdash's own names and columns.
-- Times have no zone and are UTC; three digits, because that is all the API tells.

-- +goose Up
CREATE TABLE organizations (
    organization_id   serial PRIMARY KEY,
    organization_uuid uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    organization_name text NOT NULL,
    created_at        timestamp(3) NOT NULL DEFAULT (now() AT TIME ZONE 'utc')
);

CREATE TABLE users (
    user_id    serial PRIMARY KEY,
    user_uuid  uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    first_name text NOT NULL DEFAULT '',
    last_name  text NOT NULL DEFAULT '',
    is_active  boolean NOT NULL DEFAULT true,
    created_at timestamp(3) NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
    updated_at timestamp(3) NOT NULL DEFAULT (now() AT TIME ZONE 'utc')
);

CREATE TABLE emails (
    email_id   serial PRIMARY KEY,
    user_id    integer NOT NULL REFERENCES users ON DELETE CASCADE,
    email      text NOT NULL,
    is_primary boolean NOT NULL DEFAULT false,
    created_at timestamp(3) NOT NULL DEFAULT (now() AT TIME ZONE 'utc')
);
-- Lightdash's own column is citext: an e-mail is the same in any case.
CREATE UNIQUE INDEX emails_email_unique ON emails (lower(email));
CREATE UNIQUE INDEX emails_one_primary ON emails (user_id) WHERE is_primary;
CREATE INDEX emails_user_id ON emails (user_id);

CREATE TABLE organization_memberships (
    organization_id integer NOT NULL REFERENCES organizations ON DELETE CASCADE,
    user_id         integer NOT NULL REFERENCES users ON DELETE CASCADE,
    role            text NOT NULL DEFAULT 'member'
                    CHECK (role IN ('admin', 'developer', 'editor', 'interactive_viewer', 'viewer', 'member')),
    created_at      timestamp(3) NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
    UNIQUE (user_id, organization_id), -- what values refer to
    UNIQUE (user_id)                   -- a user belongs to at most one organisation
);
CREATE INDEX organization_memberships_organization_id ON organization_memberships (organization_id);

CREATE TABLE groups (
    group_uuid           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name                 text NOT NULL,
    organization_id      integer NOT NULL REFERENCES organizations ON DELETE CASCADE,
    created_at           timestamp(3) NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
    updated_at           timestamp(3) NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
    created_by_user_uuid uuid REFERENCES users (user_uuid) ON DELETE SET NULL,
    updated_by_user_uuid uuid REFERENCES users (user_uuid) ON DELETE SET NULL,
    UNIQUE (organization_id, name),
    UNIQUE (group_uuid, organization_id)
);

CREATE TABLE group_memberships (
    group_uuid      uuid NOT NULL,
    user_id         integer NOT NULL,
    organization_id integer NOT NULL,
    PRIMARY KEY (group_uuid, user_id),
    FOREIGN KEY (group_uuid, organization_id) REFERENCES groups (group_uuid, organization_id) ON DELETE CASCADE,
    FOREIGN KEY (user_id, organization_id) REFERENCES organization_memberships (user_id, organization_id) ON DELETE CASCADE
);
CREATE INDEX group_memberships_user_id ON group_memberships (user_id);

CREATE TABLE personal_access_tokens (
    personal_access_token_uuid uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    created_by_user_id         integer NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash                 text NOT NULL UNIQUE,
    description                text NOT NULL DEFAULT '',
    created_at                 timestamp(3) NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
    expires_at                 timestamp(3),
    rotated_at                 timestamp(3),
    last_used_at               timestamp(3)
);
CREATE INDEX personal_access_tokens_created_by_user_id ON personal_access_tokens (created_by_user_id);

CREATE TABLE user_attributes (
    user_attribute_uuid uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name                varchar(255) NOT NULL,
    description         varchar(255),
    attribute_default   text,
    organization_id     integer NOT NULL REFERENCES organizations ON DELETE CASCADE,
    created_at          timestamp(3) NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
    UNIQUE (name, organization_id),
    UNIQUE (user_attribute_uuid, organization_id)
);
CREATE INDEX user_attributes_organization_id_created_at ON user_attributes (organization_id, created_at);

CREATE TABLE organization_member_user_attributes (
    user_id             integer NOT NULL,
    organization_id     integer NOT NULL,
    user_attribute_uuid uuid NOT NULL,
    value               text NOT NULL,
    PRIMARY KEY (user_id, user_attribute_uuid),
    FOREIGN KEY (user_id, organization_id) REFERENCES organization_memberships (user_id, organization_id) ON DELETE CASCADE,
    FOREIGN KEY (user_attribute_uuid, organization_id) REFERENCES user_attributes (user_attribute_uuid, organization_id) ON DELETE CASCADE
);
CREATE INDEX organization_member_user_attributes_user_attribute_uuid ON organization_member_user_attributes (user_attribute_uuid);

CREATE TABLE group_user_attributes (
    group_uuid          uuid NOT NULL REFERENCES groups ON DELETE CASCADE,
    user_attribute_uuid uuid NOT NULL REFERENCES user_attributes ON DELETE CASCADE,
    value               varchar(255) NOT NULL,
    PRIMARY KEY (group_uuid, user_attribute_uuid)
);
CREATE INDEX group_user_attributes_user_attribute_uuid ON group_user_attributes (user_attribute_uuid);

-- +goose Down
DROP TABLE group_user_attributes;
DROP TABLE organization_member_user_attributes;
DROP TABLE user_attributes;
DROP TABLE personal_access_tokens;
DROP TABLE group_memberships;
DROP TABLE groups;
DROP TABLE organization_memberships;
DROP TABLE emails;
DROP TABLE users;
DROP TABLE organizations;
