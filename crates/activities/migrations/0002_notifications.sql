-- What waits to become a notification, with the trace context of the request that asked for it.
CREATE TABLE outbox (
    -- In the order of time, and the uuid of the notification, so that the same row never makes two.
    uuid            TEXT PRIMARY KEY,
    to_handle       TEXT NOT NULL,
    kind            TEXT NOT NULL,
    activity_uuid   TEXT NOT NULL REFERENCES activities (uuid) ON DELETE CASCADE,
    from_handle     TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    traceparent     TEXT,
    tracestate      TEXT,
    -- A worker has it until then; whoever comes later may take it over.
    claimed_until   BIGINT NOT NULL
);
CREATE INDEX outbox_by_activity ON outbox (activity_uuid);

CREATE TABLE notifications (
    uuid            TEXT PRIMARY KEY,
    to_handle       TEXT NOT NULL,
    kind            TEXT NOT NULL,
    activity_uuid   TEXT NOT NULL REFERENCES activities (uuid) ON DELETE CASCADE,
    from_handle     TEXT NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX notifications_by_handle ON notifications (to_handle, created_at, uuid);
CREATE INDEX notifications_by_activity ON notifications (activity_uuid);
