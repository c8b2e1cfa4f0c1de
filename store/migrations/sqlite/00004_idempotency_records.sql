-- What was answered to calls with an Idempotency-Key, so that the same call made again within a
-- day is answered the same and changes nothing. Ours: Lightdash has no such table.

-- +goose Up
CREATE TABLE idempotency_records (
    user_id      integer NOT NULL REFERENCES users ON DELETE CASCADE,
    operation    text NOT NULL,
    path         text NOT NULL,
    key          text NOT NULL,
    request_hash text NOT NULL,
    status       integer NOT NULL,
    etag         text NOT NULL,
    body         blob NOT NULL,
    created_at   timestamp NOT NULL,
    PRIMARY KEY (user_id, operation, path, key)
);
CREATE INDEX idempotency_records_created_at ON idempotency_records (created_at);

-- +goose Down
DROP TABLE idempotency_records;
