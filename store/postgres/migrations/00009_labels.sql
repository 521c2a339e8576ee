-- +goose Up

-- Answers for people to grade. data is the calibrate.Item as JSON without its
-- label; files are the IDs of those that it cites.
CREATE TABLE label_items (
    seq   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent text NOT NULL,
    id    text COLLATE "C" NOT NULL,
    data  jsonb NOT NULL,
    files text[] NOT NULL,
    label jsonb, -- NULL: none yet
    UNIQUE (agent, id)
);

CREATE TABLE calibrations (
    agent text NOT NULL,
    judge text NOT NULL,
    data  jsonb NOT NULL,
    PRIMARY KEY (agent, judge)
);
