-- +goose Up

-- What was decided about documents and questions, by a hash of each, for good:
-- also once the cases about them are deleted.
CREATE TABLE case_ties (
    agent    TEXT NOT NULL,
    hash     TEXT NOT NULL,
    cluster  TEXT NOT NULL,
    split    TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (agent, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_ties_by_cluster ON case_ties (agent, cluster);

-- Files that cases quote which were made from them.
CREATE TABLE case_files (
    agent   TEXT NOT NULL,
    id      TEXT NOT NULL,
    file_id TEXT NOT NULL,
    PRIMARY KEY (agent, id, file_id),
    FOREIGN KEY (agent, id) REFERENCES cases (agent, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX case_files_by_file ON case_files (file_id);

-- data is the proposed eval.Case as JSON; NULL once it is not open any more. The
-- row stays, so that nothing is proposed twice.
CREATE TABLE proposals (
    agent      TEXT NOT NULL,
    id         TEXT NOT NULL,
    kind       TEXT NOT NULL,
    run        TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    state      TEXT NOT NULL,
    note       TEXT NOT NULL,
    data       TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (agent, id)
) STRICT;
CREATE INDEX proposals_by_run ON proposals (run);

CREATE TABLE proposal_files (
    agent   TEXT NOT NULL,
    id      TEXT NOT NULL,
    file_id TEXT NOT NULL,
    PRIMARY KEY (agent, id, file_id),
    FOREIGN KEY (agent, id) REFERENCES proposals (agent, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX proposal_files_by_file ON proposal_files (file_id);

-- Feedback and runs that were looked at, whatever was proposed of them.
CREATE TABLE harvested_feedback (
    seq INTEGER PRIMARY KEY REFERENCES feedback (seq) ON DELETE CASCADE
) STRICT;
CREATE TABLE harvested_runs (
    run TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Documents that were read for cases, by a hash of their text.
CREATE TABLE harvested_texts (
    agent TEXT NOT NULL,
    hash  TEXT NOT NULL,
    PRIMARY KEY (agent, hash)
) STRICT, WITHOUT ROWID;

-- Who makes cases for an agent, until when.
CREATE TABLE harvest_turns (
    agent TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
