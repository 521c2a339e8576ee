package knowledge

import (
	"context"
	"iter"
)

// Store is what Base needs from a database.
type Store interface {
	SourceStore
	FileStore
	DocumentStore
	SegmentStore
	VectorStore
}

// SourceStore keeps sources.
type SourceStore interface {
	// CreateSource fails with an error wrapping fs.ErrExist if the name is taken.
	CreateSource(ctx context.Context, s Source) error
	// Source returns the source with this ID, or else with this name.
	Source(ctx context.Context, idOrName string) (Source, error)
	// Sources returns all sources, oldest first.
	Sources(ctx context.Context) ([]Source, error)
	// UpdateSource replaces name, root, metadata and SyncedAt.
	UpdateSource(ctx context.Context, s Source) error
	// DeleteSource deletes a source with everything in it; files that are in no
	// other source and came with this one go, too.
	DeleteSource(ctx context.Context, id string) error
}

// FileStore keeps the content of files.
type FileStore interface {
	PutFile(ctx context.Context, f File, content []byte) error
	File(ctx context.Context, id string) (File, error)
	FileContent(ctx context.Context, id string) ([]byte, error)
	// Files returns files in order of creation, then ID, after the file with
	// the ID after (empty: from the start), at most limit.
	Files(ctx context.Context, after string, limit int) ([]File, error)
	// DeleteFile deletes a file and the documents made of it in all sources.
	DeleteFile(ctx context.Context, id string) error
}

// NewDocument is a document to be stored: with the file's content where the
// file is new, and its chunks in order.
type NewDocument struct {
	Document
	File    File
	Content []byte // nil: the file is already stored
	Chunks  []Chunk
}

// Change is one atomic change of a source. Each document in Put replaces the
// one of the same path; its place in Put is its ordinal in Segment.
type Change struct {
	Source  string
	Put     []NewDocument
	Delete  []string // file IDs of documents to remove, with their files if no other source has them
	Segment []byte   // the text index of Put; nil if Put is empty
	Model   string   // the embedding model of the chunks' vectors; "" if they have none
}

// DocumentStore keeps documents and their chunks.
type DocumentStore interface {
	// Apply makes a change in one transaction: documents, chunks, vectors,
	// files, segment, deletions in older segments, and the source's generation,
	// which grows by one.
	Apply(ctx context.Context, c Change) error
	// Documents returns the documents of a source, by path.
	Documents(ctx context.Context, source string) iter.Seq2[Document, error]
	// Document returns one document by file ID.
	Document(ctx context.Context, source, fileID string) (Document, error)
	// Chunks returns the chunks named by refs, in their order. A chunk that is
	// gone (its document was replaced or deleted) has Ordinal -1.
	Chunks(ctx context.Context, refs []ChunkRef) ([]Chunk, error)
}

// ChunkRef names a chunk of one revision of a document.
type ChunkRef struct {
	Rev     int64
	Ordinal int
}

// Segment describes a stored index segment.
type Segment struct {
	ID      int64
	Docs    int // documents in it, deleted ones included
	Bytes   int
	Deleted []int // ordinals of documents that were replaced or deleted
}

// SegmentStore keeps the text index: immutable segments per source.
type SegmentStore interface {
	// Generations returns a number per source that grows with each change of
	// it; a source that does not exist is left out.
	Generations(ctx context.Context, sources []string) (map[string]int64, error)
	// Segments returns the source's segments, by ID, and the generation that
	// they belong to.
	Segments(ctx context.Context, source string) ([]Segment, int64, error)
	// SegmentData returns a segment's bytes and its documents by ordinal;
	// a deleted document is the zero Document.
	SegmentData(ctx context.Context, id int64) ([]byte, []Document, error)
	// MergeSegments replaces the segments old by one that holds their live
	// documents, whose revisions revs gives by ordinal. ErrStale if the source
	// is no longer at the given generation.
	MergeSegments(ctx context.Context, source string, generation int64, old []int64, data []byte, revs []int64) error
}

// VectorQuery asks for the chunks nearest to a vector.
type VectorQuery struct {
	Sources []string
	Model   string
	Vector  []float32
	Filter  *Filter
	Access  Access
	Limit   int
}

// VectorHit is a chunk with its document and cosine similarity.
type VectorHit struct {
	Document Document
	Ordinal  int
	Score    float64
}

// VectorStore searches vectors: exactly in SQLite, by HNSW in Postgres.
type VectorStore interface {
	// NearestChunks returns the nearest chunks that filter and access admit,
	// best first.
	NearestChunks(ctx context.Context, q VectorQuery) ([]VectorHit, error)
}
