-- +goose Up

CREATE TABLE prompts (
    seq    INTEGER PRIMARY KEY, -- in order of creation
    id     TEXT NOT NULL UNIQUE,
    in_use INTEGER NOT NULL
) STRICT;

CREATE TABLE prompt_versions (
    prompt     TEXT NOT NULL REFERENCES prompts (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    text       TEXT NOT NULL,
    variables  TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    author     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    PRIMARY KEY (prompt, version)
) STRICT;

CREATE TABLE prompt_log (
    seq      INTEGER PRIMARY KEY,
    prompt   TEXT NOT NULL REFERENCES prompts (id) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    action   TEXT NOT NULL,
    version  INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    author   TEXT NOT NULL,
    reason   TEXT NOT NULL
) STRICT;
CREATE INDEX prompt_log_by_prompt ON prompt_log (prompt);
