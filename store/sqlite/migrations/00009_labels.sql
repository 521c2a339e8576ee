-- +goose Up

-- Answers for people to grade. data is the calibrate.Item as JSON without its
-- label; files are the IDs of those that it cites.
CREATE TABLE label_items (
    seq   INTEGER PRIMARY KEY,
    agent TEXT NOT NULL,
    id    TEXT NOT NULL,
    data  TEXT NOT NULL,
    files TEXT NOT NULL,
    label TEXT, -- NULL: none yet
    UNIQUE (agent, id)
) STRICT;

CREATE TABLE calibrations (
    agent TEXT NOT NULL,
    judge TEXT NOT NULL,
    data  TEXT NOT NULL,
    PRIMARY KEY (agent, judge)
) STRICT, WITHOUT ROWID;
