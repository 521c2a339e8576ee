-- +goose Up

-- data is the eval.Case as JSON.
CREATE TABLE cases (
    agent      text NOT NULL,
    id         text COLLATE "C" NOT NULL,
    data       jsonb NOT NULL,
    split      text NOT NULL,
    cluster    text NOT NULL,
    position   bigint NOT NULL,
    retired_at timestamptz, -- NULL: not yet
    added_at   timestamptz NOT NULL,
    origin     text NOT NULL,
    PRIMARY KEY (agent, id)
);

-- certificate is JSON, kept byte by byte: its hash may be taken.
CREATE TABLE rounds (
    id          text COLLATE "C" PRIMARY KEY,
    agent       text NOT NULL,
    cause       text NOT NULL,
    state       text NOT NULL,
    prompt      text NOT NULL,
    champion    integer NOT NULL,
    promoted    integer NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz, -- NULL: not yet
    verdict     text NOT NULL,
    entered     boolean NOT NULL,
    alpha       double precision NOT NULL,
    won         boolean NOT NULL,
    certificate text
);
CREATE INDEX rounds_by_agent ON rounds (agent, started_at, id);
