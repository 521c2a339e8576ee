-- +goose Up

-- Says "hone" to whoever looks at the file, and tells it from other databases.
PRAGMA application_id = 0x686f6e65;

-- Times are microseconds since 1970 in UTC; 0 stands for "never".

CREATE TABLE sources (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    root       TEXT NOT NULL,
    metadata   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    synced_at  INTEGER NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A file that came with a document goes when its last document does; one that
-- was uploaded stays until it is deleted itself.
CREATE TABLE files (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    uploaded   INTEGER NOT NULL,
    content    BLOB NOT NULL
) STRICT;
CREATE INDEX files_by_creation ON files (created_at, id);

-- Files that are gone: what a run that was under way then still brings of
-- their text is forgotten as it comes.
CREATE TABLE deleted_files (
    file_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: the number of a segment or a revision is never used again.
CREATE TABLE segments (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    docs   INTEGER NOT NULL,
    data   BLOB NOT NULL
) STRICT;
CREATE INDEX segments_by_source ON segments (source);

CREATE TABLE segment_deletes (
    segment_id INTEGER NOT NULL REFERENCES segments (id) ON DELETE CASCADE,
    ordinal    INTEGER NOT NULL,
    PRIMARY KEY (segment_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
    rev        INTEGER PRIMARY KEY AUTOINCREMENT,
    source     TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    file_id    TEXT NOT NULL REFERENCES files (id),
    path       TEXT NOT NULL,
    title      TEXT NOT NULL,
    url        TEXT NOT NULL,
    hash       TEXT NOT NULL,
    attributes TEXT NOT NULL,
    groups     TEXT NOT NULL,
    chunks     INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    segment_id INTEGER NOT NULL REFERENCES segments (id),
    ordinal    INTEGER NOT NULL,
    UNIQUE (source, path),
    UNIQUE (source, file_id),
    UNIQUE (segment_id, ordinal)
) STRICT;
CREATE INDEX documents_by_file ON documents (file_id);
CREATE INDEX documents_by_size ON documents (source, bytes);

CREATE TABLE chunks (
    rev        INTEGER NOT NULL REFERENCES documents (rev) ON DELETE CASCADE,
    ordinal    INTEGER NOT NULL,
    section    TEXT NOT NULL,
    anchor     TEXT NOT NULL,
    first_line INTEGER NOT NULL,
    last_line  INTEGER NOT NULL,
    text       TEXT NOT NULL,
    PRIMARY KEY (rev, ordinal)
) STRICT;

-- Embeddings are float32, little-endian.
CREATE TABLE vectors (
    rev       INTEGER NOT NULL REFERENCES documents (rev) ON DELETE CASCADE,
    ordinal   INTEGER NOT NULL,
    model     TEXT NOT NULL,
    embedding BLOB NOT NULL,
    PRIMARY KEY (rev, ordinal)
) STRICT;
