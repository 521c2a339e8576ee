// Package knowledge keeps documents and finds passages in them. A source holds
// documents; a document is a file cut into chunks along its headings; search
// fuses text (BM25) and, where an embedder is set, vectors, and gives passages.
// It stores sources, files, documents, chunks, vectors and index segments.
package knowledge

import (
	"errors"
	"time"
)

// Sentinels on which callers branch. Missing things wrap fs.ErrNotExist.
var (
	// ErrStale says that a source changed while index segments were merged.
	ErrStale = errors.New("the index changed in the meantime")
	// ErrInvalid wraps what a caller can mend: bad filters, names, limits.
	ErrInvalid = errors.New("invalid")
)

// Source is a set of documents that are searched together: a folder kept in
// step, the files that an agent indexed by itself, or a vector store filled
// over the API.
type Source struct {
	ID        string // "vs_…": seen from outside, a source is a vector store
	Name      string // unique; "local" is the agent's own
	Kind      SourceKind
	Root      string // the folder of a KindFolder, absolute; else empty
	CreatedAt time.Time
	SyncedAt  time.Time // the last complete walk; zero if none
	Metadata  map[string]string
	Documents int // how many, filled in by reads
	Chunks    int
	Bytes     int64
}

// SourceKind says who fills a source.
type SourceKind string

// The kinds of sources.
const (
	KindFolder SourceKind = "folder"
	KindUpload SourceKind = "upload"
)

// File is content that was uploaded or read from a folder.
type File struct {
	ID        string // "file-…"
	Name      string // relative path with forward slashes
	Purpose   string // "assistants", "user_data", …
	Bytes     int64
	CreatedAt time.Time
}

// Document is a file as indexed in one source. It is identified by the source
// and its file; Rev changes whenever its content or attributes do.
type Document struct {
	Source     string
	FileID     string
	Rev        int64 // unique over all documents; given by the store
	Path       string
	Title      string
	URL        string // where a person can read it; may be empty
	Hash       string // hex SHA-256 of the content and of what else decides its chunks
	Attributes Attributes
	Groups     []string // who may see it; empty: everyone
	Chunks     int
	Bytes      int64
	UpdatedAt  time.Time
}

// Chunk is a piece of a document: verbatim lines FirstLine to LastLine.
type Chunk struct {
	Ordinal   int // position in the document, from 0
	Section   []string
	Anchor    string // of the nearest heading, without #; may be empty
	FirstLine int    // 1-based
	LastLine  int    // inclusive
	Text      string
	Vector    []float32 // nil without an embedder; not filled in by reads
}

// Passage is a chunk that a search found.
type Passage struct {
	Document
	Chunk
	Score float64 // higher is better; comparable within one search only
}
