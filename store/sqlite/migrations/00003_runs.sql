-- +goose Up

-- answer is the whole agent.Answer as JSON; the columns before it repeat what
-- runs are looked up by. items is kept as the agent wrote it.
CREATE TABLE runs (
    id         TEXT PRIMARY KEY,
    thread     TEXT NOT NULL,
    agent      TEXT NOT NULL,
    status     TEXT NOT NULL,
    origin     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    question   TEXT NOT NULL,
    error      TEXT NOT NULL,
    answer     TEXT NOT NULL,
    items      TEXT
) STRICT;
CREATE INDEX runs_by_creation ON runs (created_at, id);
CREATE INDEX runs_by_thread ON runs (thread, created_at, id);

-- Files are linked by name only: the link outlives a file until its text has
-- been forgotten.
CREATE TABLE run_files (
    run     TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    file_id TEXT NOT NULL,
    PRIMARY KEY (run, file_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_files_by_file ON run_files (file_id);

CREATE TABLE feedback (
    seq        INTEGER PRIMARY KEY,
    run        TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    rating     TEXT NOT NULL,
    comment    TEXT NOT NULL,
    correction TEXT NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX feedback_by_run ON feedback (run);

-- Questions of people since the last round, and who may run rounds until when.
CREATE TABLE agents_progress (
    agent      TEXT PRIMARY KEY,
    questions  INTEGER NOT NULL DEFAULT 0,
    turn_owner TEXT NOT NULL DEFAULT '',
    turn_until INTEGER NOT NULL DEFAULT 0
) STRICT;
