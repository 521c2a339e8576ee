package knowledge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
)

// Freeze returns a base whose searches see the sources (IDs; none means all)
// as they are now, whatever is written later. Of documents that are replaced
// or deleted later, the texts go; a search leaves them out. A frozen base
// can't be written; an Overlay of it can.
func (b *Base) Freeze(ctx context.Context, sources []string) (*Base, error) {
	v, err := b.viewer.view(ctx, sources)
	if err != nil {
		return nil, fmt.Errorf("freeze: %w", err)
	}
	f := &frozen{snapshots: v.snapshots}
	store := readOnly{b.store, v.sources()}
	return &Base{
		SourceStore: store, FileStore: store, store: store,
		viewer: f, frozen: f, embedder: b.embedder, log: b.log,
	}, nil
}

// Fingerprint identifies what a frozen base holds: the hexadecimal SHA-256
// over paths and hashes of its documents, the same in every store. It is empty
// for a live base.
func (b *Base) Fingerprint() string {
	if b.frozen == nil {
		return ""
	}
	return b.frozen.fingerprint()
}

// frozen gives views of snapshots that stay.
type frozen struct {
	snapshots []*snapshot
	views     views
	once      sync.Once
	print     string
}

func (f *frozen) view(_ context.Context, sources []string) (*view, error) {
	if len(sources) == 0 {
		return f.views.of(f.snapshots)
	}
	var found []*snapshot
	for _, id := range sources {
		i := slices.IndexFunc(f.snapshots, func(s *snapshot) bool { return s.source == id })
		if i < 0 {
			return nil, fmt.Errorf("source %s: %w", id, fs.ErrNotExist)
		}
		found = append(found, f.snapshots[i])
	}
	return f.views.of(found)
}

func (f *frozen) fingerprint() string {
	f.once.Do(func() {
		var lines []string
		for i, s := range f.snapshots {
			s.each(func(d *Document) { lines = append(lines, fmt.Sprintf("%d %q %s\n", i, d.Path, d.Hash)) })
		}
		slices.Sort(lines)
		h := sha256.New()
		for _, line := range lines {
			h.Write([]byte(line))
		}
		f.print = hex.EncodeToString(h.Sum(nil))
	})
	return f.print
}

// errReadOnly is what writes to a frozen base wrap.
var errReadOnly = errors.New("a frozen knowledge base cannot be written")

// readOnly is a store that refuses to be written, and knows the frozen sources
// only: what an overlay writes to another one of the same name is its own.
type readOnly struct {
	Store
	known []string
}

// Source is part of Store.
func (r readOnly) Source(ctx context.Context, idOrName string) (Source, error) {
	s, err := r.Store.Source(ctx, idOrName)
	if err == nil && !slices.Contains(r.known, s.ID) {
		return Source{}, missing("source", idOrName)
	}
	return s, err
}

// Sources is part of Store.
func (r readOnly) Sources(ctx context.Context) ([]Source, error) {
	all, err := r.Store.Sources(ctx)
	return slices.DeleteFunc(all, func(s Source) bool { return !slices.Contains(r.known, s.ID) }), err
}

// The rest of Store that would write.

func (readOnly) CreateSource(context.Context, Source) error  { return errReadOnly }
func (readOnly) UpdateSource(context.Context, Source) error  { return errReadOnly }
func (readOnly) DeleteSource(context.Context, string) error  { return errReadOnly }
func (readOnly) PutFile(context.Context, File, []byte) error { return errReadOnly }
func (readOnly) DeleteFile(context.Context, string) error    { return errReadOnly }
func (readOnly) Apply(context.Context, Change) error         { return errReadOnly }
func (readOnly) MergeSegments(context.Context, string, int64, []int64, []byte, []int64) error {
	return errReadOnly
}
