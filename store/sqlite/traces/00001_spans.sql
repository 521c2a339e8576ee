-- +goose Up

-- Says "hont": the traces of Hone.
PRAGMA application_id = 0x686f6e74;

-- Times are nanoseconds since 1970 in UTC. attributes, events and links are JSON.
CREATE TABLE spans (
    trace_id   TEXT NOT NULL,
    span_id    TEXT NOT NULL,
    parent_id  TEXT NOT NULL,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    start_at   INTEGER NOT NULL,
    end_at     INTEGER NOT NULL,
    status     TEXT NOT NULL,
    message    TEXT NOT NULL,
    attributes TEXT NOT NULL,
    events     TEXT NOT NULL,
    links      TEXT NOT NULL,
    PRIMARY KEY (trace_id, span_id)
) STRICT;

-- What a list of traces shows, kept up to date as spans come in.
CREATE TABLE traces (
    trace_id TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    start_at INTEGER NOT NULL,
    end_at   INTEGER NOT NULL,
    spans    INTEGER NOT NULL,
    errors   INTEGER NOT NULL,
    status   TEXT NOT NULL,
    question TEXT NOT NULL,
    bytes    INTEGER NOT NULL
) STRICT;
CREATE INDEX traces_by_start ON traces (start_at);
