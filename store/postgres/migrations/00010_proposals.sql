-- +goose Up

-- What was decided about documents and questions, by a hash of each, for good:
-- also once the cases about them are deleted.
CREATE TABLE case_ties (
    agent    text NOT NULL,
    hash     text NOT NULL,
    cluster  text NOT NULL,
    split    text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (agent, hash)
);
CREATE INDEX case_ties_by_cluster ON case_ties (agent, cluster);

-- Files that cases quote which were made from them.
CREATE TABLE case_files (
    agent   text NOT NULL,
    id      text COLLATE "C" NOT NULL,
    file_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (agent, id, file_id),
    FOREIGN KEY (agent, id) REFERENCES cases (agent, id) ON DELETE CASCADE
);
CREATE INDEX case_files_by_file ON case_files (file_id);

-- data is the proposed eval.Case as JSON; NULL once it is not open any more. The
-- row stays, so that nothing is proposed twice.
CREATE TABLE proposals (
    agent      text NOT NULL,
    id         text COLLATE "C" NOT NULL,
    kind       text NOT NULL,
    run        text COLLATE "C" NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    state      text NOT NULL,
    note       text NOT NULL,
    data       jsonb,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (agent, id)
);
CREATE INDEX proposals_by_run ON proposals (run);

CREATE TABLE proposal_files (
    agent   text NOT NULL,
    id      text COLLATE "C" NOT NULL,
    file_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (agent, id, file_id),
    FOREIGN KEY (agent, id) REFERENCES proposals (agent, id) ON DELETE CASCADE
);
CREATE INDEX proposal_files_by_file ON proposal_files (file_id);

-- Feedback and runs that were looked at, whatever was proposed of them.
CREATE TABLE harvested_feedback (
    seq bigint PRIMARY KEY REFERENCES feedback (seq) ON DELETE CASCADE
);
CREATE TABLE harvested_runs (
    run text COLLATE "C" PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE
);

-- Documents that were read for cases, by a hash of their text.
CREATE TABLE harvested_texts (
    agent text NOT NULL,
    hash  text NOT NULL,
    PRIMARY KEY (agent, hash)
);

-- Who makes cases for an agent, until when.
CREATE TABLE harvest_turns (
    agent text PRIMARY KEY,
    owner text NOT NULL,
    until timestamptz NOT NULL
);
