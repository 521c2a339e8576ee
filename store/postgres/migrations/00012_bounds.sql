-- +goose Up

-- What an agent's splits are drawn with, made once: who names documents and
-- agents must not foresee them.
CREATE TABLE case_secrets (
    agent  text PRIMARY KEY,
    secret bytea NOT NULL
);

-- True: a person's question that nobody looked at yet to make a case of it.
ALTER TABLE runs ADD COLUMN to_harvest boolean NOT NULL DEFAULT false;
UPDATE runs SET to_harvest = true
WHERE error = '' AND status IN ('answered', 'not_found') AND origin IN ('http', 'cli', 'slack') AND id NOT IN (SELECT run FROM harvested_runs);
DROP TABLE harvested_runs;
CREATE INDEX runs_to_harvest ON runs (agent, created_at, id) WHERE to_harvest;

CREATE INDEX runs_by_prompt ON runs (agent, (answer -> 'prompt' ->> 'id'), ((answer -> 'prompt' ->> 'version')::integer), created_at, id);

CREATE INDEX rounds_entered ON rounds (agent, started_at, id) WHERE entered;

-- Sealed cases up to a won entry retire with it. Those of a candidate that then
-- was not put in use did not: rounds left them out by reading all certificates.
UPDATE cases SET retired_at = now()
WHERE split = 'sealed' AND retired_at IS NULL AND (agent, cluster) IN (
    SELECT r.agent, k ->> 'cluster'
    FROM rounds AS r, jsonb_path_query(nullif(r.certificate, '')::jsonb, '$.entry.clusters[*]') AS k
    WHERE r.entered AND EXISTS (
        SELECT 1 FROM rounds AS w
        WHERE w.agent = r.agent AND w.won AND w.state <> 'waiting' AND (w.started_at, w.id) >= (r.started_at, r.id)));
