package knowledge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"strings"
	"time"

	"github.com/honehq/hone/internal/id"
)

// LocalSource names the source of documents that the agent "default" indexed by
// itself.
const LocalSource = "local"

// LocalSourceOf names the source of documents that an agent indexed by itself.
func LocalSourceOf(agent string) string {
	if agent == "default" {
		return LocalSource
	}
	return LocalSource + ":" + agent
}

// IsLocal tells whether a source has the name of one that an agent fills.
func IsLocal(source string) bool {
	return source == LocalSource || strings.HasPrefix(source, LocalSource+":")
}

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
	Embedder Embedder     // nil: text search only
	Logger   *slog.Logger // nil: slog.Default
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

// Base is a knowledge base. It is safe for concurrent use. Sources and files
// are the store's own; documents and search pass through Base.
type Base struct {
	SourceStore
	FileStore

	store    Store
	viewer   viewer
	embedder Embedder
	log      *slog.Logger
	merges   *merger // nil where the index is not ours to merge
	frozen   *frozen // nil for a live base
}

// New returns a Base over a store. Close it before the store.
func New(c Config) (*Base, error) {
	if c.Store == nil {
		return nil, fmt.Errorf("knowledge: no store: %w", ErrInvalid)
	}
	b := &Base{
		SourceStore: c.Store,
		FileStore:   c.Store,
		store:       c.Store,
		viewer:      newLive(c.Store),
		embedder:    c.Embedder,
		log:         c.Logger,
	}
	if b.log == nil {
		b.log = slog.Default()
	}
	b.merges = &merger{store: c.Store, log: b.log}
	return b, nil
}

// Close waits for merges of the index that are under way. It does not close
// the store.
func (b *Base) Close() error {
	if b.merges != nil {
		b.merges.close()
	}
	return nil
}

// EnsureSource returns the source of this name, or creates it. If it is of
// another kind, the error wraps ErrInvalid.
func (b *Base) EnsureSource(ctx context.Context, name string, kind SourceKind) (Source, error) {
	if name == "" {
		return Source{}, fmt.Errorf("source without a name: %w", ErrInvalid)
	}
	s, err := b.Source(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		s = Source{ID: id.New("vs_"), Name: name, Kind: kind, CreatedAt: time.Now().UTC()}
		err = b.CreateSource(ctx, s)
		if errors.Is(err, fs.ErrExist) { // someone else was faster
			s, err = b.Source(ctx, name)
		}
	}
	if err != nil {
		return Source{}, fmt.Errorf("source %s: %w", name, err)
	}
	if s.Kind != kind {
		return Source{}, fmt.Errorf("source %s is of kind %s, not %s: %w", name, s.Kind, kind, ErrInvalid)
	}
	return s, nil
}

// DeleteSource deletes a source with everything in it; files that are in no
// other source and came with this one go, too.
func (b *Base) DeleteSource(ctx context.Context, id string) error {
	if err := b.SourceStore.DeleteSource(ctx, id); err != nil {
		return err
	}
	if l, ok := b.viewer.(*live); ok {
		l.forget(id)
	}
	return nil
}

// DeleteFile deletes a file and the documents made of it in all sources.
func (b *Base) DeleteFile(ctx context.Context, id string) error {
	if err := b.FileStore.DeleteFile(ctx, id); err != nil {
		return err
	}
	sources, err := b.Sources(ctx)
	for _, s := range sources {
		b.merges.soon(ctx, s.ID, true)
	}
	return err
}

// Documents returns the documents of a source, by path.
func (b *Base) Documents(ctx context.Context, source string) iter.Seq2[Document, error] {
	return b.store.Documents(ctx, source)
}

// Document returns one document by the IDs of its source and file.
func (b *Base) Document(ctx context.Context, source, fileID string) (Document, error) {
	return b.store.Document(ctx, source, fileID)
}

// model names the embedding model in use; empty if there is none.
func (b *Base) model() string {
	if b.embedder == nil {
		return ""
	}
	return b.embedder.Model()
}
