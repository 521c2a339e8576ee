-- +goose Up

-- Each change of the agents is a version of the whole set; the newest is in
-- force. agents is a list of agents.Agent as JSON.
CREATE TABLE agent_sets (
    version INTEGER PRIMARY KEY,
    agents  TEXT NOT NULL,
    author  TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
