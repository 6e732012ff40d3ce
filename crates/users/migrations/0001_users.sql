CREATE TABLE users (
    uuid            TEXT PRIMARY KEY,
    handle          TEXT NOT NULL UNIQUE,
    display_name    TEXT NOT NULL,
    bio             TEXT NOT NULL,
    -- Microseconds since 1970.
    created_at      BIGINT NOT NULL,
    -- What the caller sent as Idempotency-Key: the same key again makes no second user.
    idempotency_key TEXT UNIQUE
);
