-- +goose Up

ALTER TABLE rounds ADD COLUMN seed INTEGER NOT NULL DEFAULT 0; -- the 64 bits of an unsigned number
ALTER TABLE rounds ADD COLUMN progress TEXT NOT NULL DEFAULT '{}';
ALTER TABLE rounds ADD COLUMN cancelled_by TEXT NOT NULL DEFAULT '';

-- What the work of a round has brought forth. files are the IDs of those cited.
CREATE TABLE round_records (
    round      TEXT NOT NULL REFERENCES rounds (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    conditions TEXT NOT NULL,
    prompt     TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    repeat     INTEGER NOT NULL,
    files      TEXT NOT NULL,
    result     TEXT NOT NULL,
    PRIMARY KEY (round, kind, conditions, prompt, case_id, repeat)
) STRICT;

CREATE TABLE agents_paused (
    agent     TEXT PRIMARY KEY,
    paused_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
