-- +goose Up

-- The tables are made anew, in words that .schema shows to those who query them.
ALTER TABLE spans RENAME TO old_spans;
ALTER TABLE traces RENAME TO old_traces;
DROP INDEX traces_by_start;

-- One row per trace: a question, an ingest, a round, with all that it led to.
CREATE TABLE traces (
    trace_id    TEXT PRIMARY KEY,  -- 32 hexadecimal digits, as in X-Trace-Id and traceparent
    name        TEXT NOT NULL,     -- of the span that began first
    start_at    INTEGER NOT NULL,  -- nanoseconds since 1970, UTC
    end_at      INTEGER NOT NULL,  -- of the span that ended last, likewise
    spans       INTEGER NOT NULL,  -- how many are kept
    errors      INTEGER NOT NULL,  -- how many of them failed
    roots       INTEGER NOT NULL,  -- how many of them have no parent in Hone; 0: the trace goes on, or lost its root
    bytes       INTEGER NOT NULL,  -- how much they take, about
    started     TEXT AS (strftime('%Y-%m-%d %H:%M:%f', start_at / 1e9, 'unixepoch')), -- start_at for people, UTC
    duration_ms REAL AS ((end_at - start_at) / 1e6) -- from start_at to end_at
) STRICT;

-- One row per span: a step of the work, from the request down to the SQL statement.
CREATE TABLE spans (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT, -- grows in the order in which spans came in
    trace_id    TEXT NOT NULL REFERENCES traces (trace_id) ON DELETE CASCADE,
    span_id     TEXT NOT NULL,     -- 16 hexadecimal digits
    parent_id   TEXT NOT NULL,     -- the span that this one is a part of, or ''
    remote      INTEGER NOT NULL,  -- 1: the parent is a span of another process, and not kept here
    name        TEXT NOT NULL,     -- what is done: 'invoke_agent default', 'chat gpt-5', 'execute_tool file_search'
    kind        TEXT NOT NULL,     -- internal, server, client, producer or consumer
    scope       TEXT NOT NULL,     -- what made the span: the Go package
    start_at    INTEGER NOT NULL,  -- nanoseconds since 1970, UTC
    end_at      INTEGER NOT NULL,  -- likewise
    status      TEXT NOT NULL,     -- '', 'ok' or 'error'
    message     TEXT NOT NULL,     -- of an error
    attributes  TEXT NOT NULL,     -- JSON object by OpenTelemetry's names: attributes ->> 'gen_ai.request.model'
    events      TEXT NOT NULL,     -- JSON list of objects with name, at (nanoseconds) and attributes
    links       TEXT NOT NULL,     -- JSON list of objects with trace_id, span_id and attributes: what caused this
    started     TEXT AS (strftime('%Y-%m-%d %H:%M:%f', start_at / 1e9, 'unixepoch')), -- start_at for people, UTC
    duration_ms REAL AS ((end_at - start_at) / 1e6), -- from start_at to end_at
    UNIQUE (trace_id, span_id)
) STRICT;

-- One row per answer: a run of an agent, or a response of the OpenAI-compatible API.
CREATE TABLE answers (
    trace_id       TEXT NOT NULL REFERENCES traces (trace_id) ON DELETE CASCADE,
    span_id        TEXT NOT NULL,     -- the span that the answer is
    answer_id      TEXT NOT NULL,     -- run_… or resp_…, as the caller got it
    agent          TEXT NOT NULL,     -- name of the agent, or ''
    thread         TEXT NOT NULL,     -- thr_…: the thread or conversation, or ''
    origin         TEXT NOT NULL,     -- the way in: http, cli, slack …, or ''
    status         TEXT NOT NULL,     -- answered, not_found or degraded; '' if it failed
    prompt_id      TEXT NOT NULL,     -- the prompt, or ''
    prompt_version INTEGER NOT NULL,  -- its version; 0: none that is stored
    model          TEXT NOT NULL,     -- the model that was asked for
    start_at       INTEGER NOT NULL,  -- nanoseconds since 1970, UTC
    end_at         INTEGER NOT NULL,  -- likewise
    input_tokens   INTEGER NOT NULL,  -- of all its model calls
    output_tokens  INTEGER NOT NULL,  -- likewise
    trace_start    INTEGER NOT NULL,  -- start_at of the trace, by which lists are in order
    duration_ms    REAL AS ((end_at - start_at) / 1e6), -- from start_at to end_at
    PRIMARY KEY (trace_id, span_id)
) STRICT, WITHOUT ROWID;

-- Texts of questions, only where OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT asks for them.
CREATE TABLE questions (
    trace_id TEXT NOT NULL,     -- the trace, whose spans may come later
    span_id  TEXT NOT NULL,     -- the span that asked
    at       INTEGER NOT NULL,  -- nanoseconds since 1970, UTC
    text     TEXT NOT NULL,     -- the question
    PRIMARY KEY (trace_id, at, span_id)
) STRICT, WITHOUT ROWID;

INSERT INTO traces (trace_id, name, start_at, end_at, spans, errors, roots, bytes)
    SELECT trace_id, coalesce(name, ''), start_at, end_at, spans, errors, 0, bytes FROM old_traces;
INSERT INTO spans (trace_id, span_id, parent_id, remote, name, kind, scope, start_at, end_at, status, message, attributes, events, links)
    SELECT trace_id, span_id, parent_id,
        parent_id <> '' AND NOT EXISTS (SELECT 1 FROM old_spans AS p WHERE p.trace_id = s.trace_id AND p.span_id = s.parent_id),
        name, kind, '', start_at, end_at, status, message, attributes, events,
        (SELECT json_group_array(json_object('trace_id', value, 'span_id', '', 'attributes', json('{}'))) FROM json_each(s.links))
    FROM old_spans AS s WHERE trace_id IN (SELECT trace_id FROM old_traces) ORDER BY end_at;
UPDATE traces SET roots = (SELECT count(*) FROM spans AS s WHERE s.trace_id = traces.trace_id AND (s.remote OR s.parent_id = ''));
INSERT INTO answers
    SELECT s.trace_id, span_id, attributes ->> 'hone.run.id',
        coalesce(attributes ->> 'gen_ai.agent.name', ''), coalesce(attributes ->> 'gen_ai.conversation.id', ''),
        coalesce(attributes ->> 'hone.origin', ''), coalesce(attributes ->> 'hone.status', ''),
        coalesce(attributes ->> 'hone.prompt.id', ''), coalesce(attributes ->> 'hone.prompt.version', 0),
        coalesce(attributes ->> 'gen_ai.request.model', ''), s.start_at, s.end_at,
        coalesce(attributes ->> 'gen_ai.usage.input_tokens', 0), coalesce(attributes ->> 'gen_ai.usage.output_tokens', 0),
        t.start_at
    FROM spans AS s JOIN traces AS t USING (trace_id) WHERE attributes ->> 'hone.run.id' <> '';
DROP TABLE old_spans;
DROP TABLE old_traces;

CREATE INDEX traces_by_start ON traces (start_at, trace_id, end_at);
CREATE INDEX traces_with_errors ON traces (start_at, trace_id) WHERE errors > 0;
CREATE INDEX answers_by_id ON answers (answer_id);
CREATE INDEX answers_by_start ON answers (trace_start, trace_id);
CREATE INDEX answers_by_status ON answers (status, trace_start, trace_id);
CREATE INDEX answers_by_agent ON answers (agent, trace_start, trace_id);
CREATE INDEX answers_by_thread ON answers (thread, trace_start, trace_id);
CREATE INDEX answers_by_origin ON answers (origin, trace_start, trace_id);
CREATE INDEX answers_by_prompt ON answers (prompt_version, trace_start, trace_id);
