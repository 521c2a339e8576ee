-- +goose Up

-- input, response and item are kept as the engine wrote them.
CREATE TABLE responses (
    id           TEXT PRIMARY KEY,
    previous     TEXT NOT NULL,
    conversation TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    input        TEXT,
    response     TEXT
) STRICT;

CREATE TABLE response_files (
    response TEXT NOT NULL REFERENCES responses (id) ON DELETE CASCADE,
    file_id  TEXT NOT NULL,
    PRIMARY KEY (response, file_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX response_files_by_file ON response_files (file_id);

CREATE TABLE conversations (
    id         TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    metadata   TEXT NOT NULL
) STRICT;

CREATE TABLE conversation_items (
    seq          INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    id           TEXT NOT NULL,
    item         TEXT,
    UNIQUE (conversation, id)
) STRICT;
CREATE INDEX conversation_items_in_order ON conversation_items (conversation, seq);

CREATE TABLE item_files (
    item    INTEGER NOT NULL REFERENCES conversation_items (seq) ON DELETE CASCADE,
    file_id TEXT NOT NULL,
    PRIMARY KEY (item, file_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_files_by_file ON item_files (file_id);
