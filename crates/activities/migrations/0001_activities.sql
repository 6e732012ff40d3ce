-- Times are microseconds since 1970. What belongs to an activity goes when it does.

CREATE TABLE activities (
    uuid            TEXT PRIMARY KEY,
    handle          TEXT NOT NULL,
    message         TEXT NOT NULL,
    -- The message with upper and lower case made equal, for searching.
    folded          TEXT NOT NULL,
    replies_count   BIGINT NOT NULL,
    reposts_count   BIGINT NOT NULL,
    likes_count     BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    -- Never, when NULL.
    expires_at      BIGINT,
    -- What the author sent as Idempotency-Key: the same key again makes no second activity.
    idempotency_key TEXT,
    UNIQUE (handle, idempotency_key)
);
CREATE INDEX activities_by_time ON activities (created_at, uuid);
CREATE INDEX activities_by_handle ON activities (handle, created_at, uuid);
CREATE INDEX activities_by_expiry ON activities (expires_at);

CREATE TABLE replies (
    uuid            TEXT PRIMARY KEY,
    activity_uuid   TEXT NOT NULL REFERENCES activities (uuid) ON DELETE CASCADE,
    handle          TEXT NOT NULL,
    message         TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    idempotency_key TEXT,
    UNIQUE (handle, idempotency_key)
);
CREATE INDEX replies_by_activity ON replies (activity_uuid, created_at, uuid);

CREATE TABLE likes (
    activity_uuid   TEXT NOT NULL REFERENCES activities (uuid) ON DELETE CASCADE,
    handle          TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (activity_uuid, handle)
);

-- Somebody made Cruddur's sample data; it is not made again when it has expired.
CREATE TABLE seeds (
    name            TEXT PRIMARY KEY
);
