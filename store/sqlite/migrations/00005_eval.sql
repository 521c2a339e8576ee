-- +goose Up

-- data is the eval.Case as JSON.
CREATE TABLE cases (
    agent      TEXT NOT NULL,
    id         TEXT NOT NULL,
    data       TEXT NOT NULL,
    split      TEXT NOT NULL,
    cluster    TEXT NOT NULL,
    position   INTEGER NOT NULL,
    retired_at INTEGER NOT NULL,
    added_at   INTEGER NOT NULL,
    origin     TEXT NOT NULL,
    PRIMARY KEY (agent, id)
) STRICT;

-- certificate is kept byte by byte: its hash may be taken.
CREATE TABLE rounds (
    id          TEXT PRIMARY KEY,
    agent       TEXT NOT NULL,
    cause       TEXT NOT NULL,
    state       TEXT NOT NULL,
    prompt      TEXT NOT NULL,
    champion    INTEGER NOT NULL,
    promoted    INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL,
    verdict     TEXT NOT NULL,
    entered     INTEGER NOT NULL,
    alpha       REAL NOT NULL,
    won         INTEGER NOT NULL,
    certificate TEXT
) STRICT;
CREATE INDEX rounds_by_agent ON rounds (agent, started_at, id);
