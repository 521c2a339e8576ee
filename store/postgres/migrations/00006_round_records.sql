-- +goose Up

ALTER TABLE rounds ADD COLUMN seed bigint NOT NULL DEFAULT 0; -- the 64 bits of an unsigned number
ALTER TABLE rounds ADD COLUMN progress jsonb NOT NULL DEFAULT '{}';
ALTER TABLE rounds ADD COLUMN cancelled_by text NOT NULL DEFAULT '';

-- What the work of a round has brought forth. files are the IDs of those cited.
-- result is JSON, kept byte by byte.
CREATE TABLE round_records (
    round      text COLLATE "C" NOT NULL REFERENCES rounds (id) ON DELETE CASCADE,
    kind       text NOT NULL,
    conditions text NOT NULL,
    prompt     text NOT NULL,
    case_id    text COLLATE "C" NOT NULL,
    repeat     integer NOT NULL,
    files      text[] NOT NULL,
    result     text NOT NULL,
    PRIMARY KEY (round, kind, conditions, prompt, case_id, repeat)
);
CREATE INDEX round_records_by_file ON round_records USING gin (files);

CREATE TABLE agents_paused (
    agent     text PRIMARY KEY,
    paused_at timestamptz NOT NULL
);
