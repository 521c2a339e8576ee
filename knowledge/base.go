package knowledge

import (
	"context"
	"log/slog"
)

// Embedder turns texts into vectors. Implementations call an embeddings API.
type Embedder interface {
	// Model names the model; vectors of different models are never compared.
	Model() string
	// Embed returns one vector per text, all of one length.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Config configures a Base.
type Config struct {
	Store    Store
	Embedder Embedder // nil: text search only
	Logger   *slog.Logger
}

// Query is a search.
type Query struct {
	Texts   []string // one or more wordings of the same question, fused by rank
	Sources []string // IDs; empty: all
	Filter  *Filter
	Access  Access
	Limit   int // passages wanted, 1 to 50; 0 means 10
	PerDoc  int // at most so many of one document; 0: no bound
}

// Upload is a document given by a caller rather than by a folder.
type Upload struct {
	FileID     string // an existing file; else Path and Content make a new one
	Path       string
	Content    []byte
	Attributes Attributes
	Groups     []string
}

// Searcher is what the agent's engine and evaluation need of a knowledge base.
type Searcher interface {
	Search(ctx context.Context, q Query) ([]Passage, error)
}
