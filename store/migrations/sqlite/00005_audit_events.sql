-- Every change of an attribute or a value: who made it, and what it was before and after. Ours:
-- Lightdash has no such table. It refers to nothing, so that it outlives what it tells of. The
-- program writes its own changes itself; the triggers write what goes with a user, a member or a
-- group, whoever removes them. An id is never given twice, also after the newest was pruned.

-- +goose Up
CREATE TABLE audit_events (
    id                  integer PRIMARY KEY AUTOINCREMENT,
    created_at          timestamp NOT NULL,
    organization_uuid   text NOT NULL,
    actor_user_uuid     text,
    operation           text NOT NULL,
    user_attribute_uuid text NOT NULL,
    before              text,
    after               text,
    request_id          text
);
CREATE INDEX audit_events_organization_uuid_created_at ON audit_events (organization_uuid, created_at);

-- +goose StatementBegin
CREATE TRIGGER audit_values_of_user BEFORE DELETE ON users BEGIN
    INSERT INTO audit_events (created_at, organization_uuid, operation, user_attribute_uuid, before)
    SELECT strftime('%Y-%m-%d %H:%M:%f', 'now'), organizations.organization_uuid, 'user removed', given.user_attribute_uuid,
           json_object('users', json_object(OLD.user_uuid, json(given."values")))
    FROM organization_member_user_attributes AS given
    JOIN organizations ON organizations.organization_id = given.organization_id
    WHERE given.user_id = OLD.user_id
    ORDER BY given.user_attribute_uuid;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_values_of_member BEFORE DELETE ON organization_memberships BEGIN
    INSERT INTO audit_events (created_at, organization_uuid, operation, user_attribute_uuid, before)
    SELECT strftime('%Y-%m-%d %H:%M:%f', 'now'), organizations.organization_uuid, 'member removed', given.user_attribute_uuid,
           json_object('users', json_object(users.user_uuid, json(given."values")))
    FROM organization_member_user_attributes AS given
    JOIN users ON users.user_id = given.user_id
    JOIN organizations ON organizations.organization_id = given.organization_id
    WHERE given.user_id = OLD.user_id
    ORDER BY given.user_attribute_uuid;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_values_of_group BEFORE DELETE ON groups BEGIN
    INSERT INTO audit_events (created_at, organization_uuid, operation, user_attribute_uuid, before)
    SELECT strftime('%Y-%m-%d %H:%M:%f', 'now'), organizations.organization_uuid, 'group removed', given.user_attribute_uuid,
           json_object('groups', json_object(given.group_uuid, json(given."values")))
    FROM group_user_attributes AS given
    JOIN organizations ON organizations.organization_id = OLD.organization_id
    WHERE given.group_uuid = OLD.group_uuid
    ORDER BY given.user_attribute_uuid;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER audit_values_of_group;
DROP TRIGGER audit_values_of_member;
DROP TRIGGER audit_values_of_user;
DROP TABLE audit_events;
