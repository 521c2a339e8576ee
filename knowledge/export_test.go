package knowledge

import (
	"context"
	"io/fs"
)

// WithFaults lets a test put faults between a sync and its folder.
func (c SyncConfig) WithFaults(wrap func(fs.FS) fs.FS) SyncConfig {
	c.wrap = wrap
	return c
}

// NewMemory returns the store that overlays write to.
func NewMemory() Store { return newMemory() }

// ChunksOf reads chunks of a base.
func ChunksOf(b *Base, refs []ChunkRef) ([]Chunk, error) {
	return b.store.Chunks(context.Background(), refs)
}
