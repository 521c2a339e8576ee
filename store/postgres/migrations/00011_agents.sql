-- +goose Up

-- Each change of the agents is a version of the whole set; the newest is in
-- force. agents is a list of agents.Agent as JSON.
CREATE TABLE agent_sets (
    version integer PRIMARY KEY,
    agents  jsonb NOT NULL,
    author  text NOT NULL,
    at      timestamptz NOT NULL
);
