-- +goose Up

CREATE TABLE rollouts (
    id          TEXT PRIMARY KEY,
    agent       TEXT NOT NULL,
    prompt      TEXT NOT NULL REFERENCES prompts (id) ON DELETE CASCADE,
    round       TEXT NOT NULL,
    old_version INTEGER NOT NULL,
    new_version INTEGER NOT NULL,
    share       REAL NOT NULL,
    horizon     INTEGER NOT NULL,
    state       TEXT NOT NULL,
    reason      TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    until_at    INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX rollouts_running ON rollouts (prompt) WHERE state = 'running';
CREATE INDEX rollouts_by_agent ON rollouts (agent, started_at, id);

-- Grades hold no text: it would have to be forgotten with the documents.
CREATE TABLE live_grades (
    rollout   TEXT NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE,
    run       TEXT NOT NULL,
    thread    TEXT NOT NULL,
    rubric    TEXT NOT NULL,
    judge     TEXT NOT NULL,
    score     REAL NOT NULL,
    checks    TEXT NOT NULL,
    failed    INTEGER NOT NULL,
    graded_at INTEGER NOT NULL,
    PRIMARY KEY (rollout, run)
) STRICT;
CREATE INDEX live_grades_by_thread ON live_grades (rollout, thread);

CREATE TABLE rollout_pairs (
    rollout        TEXT NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE,
    n              INTEGER NOT NULL,
    old_thread     TEXT NOT NULL,
    old_score      REAL NOT NULL,
    new_thread     TEXT NOT NULL,
    new_score      REAL NOT NULL,
    difference     REAL NOT NULL,
    e              REAL NOT NULL,
    through_at     INTEGER NOT NULL,
    through_thread TEXT NOT NULL,
    made_at        INTEGER NOT NULL,
    PRIMARY KEY (rollout, n)
) STRICT;

-- Notices, one row for each way out.
CREATE TABLE notices (
    seq      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL,
    way      TEXT NOT NULL,
    notice   TEXT NOT NULL,
    due_at   INTEGER NOT NULL, -- 0: never again
    attempts INTEGER NOT NULL,
    UNIQUE (id, way)
) STRICT;
CREATE INDEX notices_due ON notices (way, due_at) WHERE due_at > 0;
