-- +goose Up

-- What an agent's splits are drawn with, made once: who names documents and
-- agents must not foresee them.
CREATE TABLE case_secrets (
    agent  TEXT PRIMARY KEY,
    secret BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- 1: a person's question that nobody looked at yet to make a case of it.
ALTER TABLE runs ADD COLUMN to_harvest INTEGER NOT NULL DEFAULT 0;
UPDATE runs SET to_harvest = 1
WHERE error = '' AND status IN ('answered', 'not_found') AND origin IN ('http', 'cli', 'slack') AND id NOT IN (SELECT run FROM harvested_runs);
DROP TABLE harvested_runs;
CREATE INDEX runs_to_harvest ON runs (agent, created_at, id) WHERE to_harvest = 1;

CREATE INDEX runs_by_prompt ON runs (agent, answer ->> '$.prompt.id', answer ->> '$.prompt.version', created_at, id);

CREATE INDEX rounds_entered ON rounds (agent, started_at, id) WHERE entered = 1;

-- Sealed cases up to a won entry retire with it. Those of a candidate that then
-- was not put in use did not: rounds left them out by reading all certificates.
UPDATE cases SET retired_at = unixepoch() * 1000000
WHERE split = 'sealed' AND retired_at = 0 AND (agent, cluster) IN (
    SELECT r.agent, k.value ->> '$.cluster'
    FROM rounds AS r, json_each(CASE WHEN json_valid(r.certificate) THEN r.certificate ELSE '{}' END, '$.entry.clusters') AS k
    WHERE r.entered = 1 AND EXISTS (
        SELECT 1 FROM rounds AS w
        WHERE w.agent = r.agent AND w.won = 1 AND w.state <> 'waiting' AND (w.started_at, w.id) >= (r.started_at, r.id)));
