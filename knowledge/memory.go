package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
)

// memory is a Store that lives in memory: it takes what an overlay writes.
// Revisions are negative, so that they never meet those of a database.
type memory struct {
	mu      sync.RWMutex
	sources map[string]Source // those created here
	content map[string]*memorySource
	files   map[string]memoryFile
	last    int64 // the last number given to a revision, segment or file
}

type memorySource struct {
	generation int64
	docs       map[string]*memoryDocument // by path
	segments   map[int64]*memorySegment
}

type memoryDocument struct {
	Document
	chunks []Chunk
	model  string
}

type memorySegment struct {
	Segment
	data []byte
	docs []Document
}

type memoryFile struct {
	File
	content []byte
	number  int64
}

func newMemory() *memory {
	return &memory{
		sources: make(map[string]Source),
		content: make(map[string]*memorySource),
		files:   make(map[string]memoryFile),
	}
}

func (m *memory) next() int64 {
	m.last++
	return m.last
}

// adopt makes room for documents of a source that was not created here.
func (m *memory) adopt(source string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.content[source] == nil {
		m.content[source] = &memorySource{docs: make(map[string]*memoryDocument), segments: make(map[int64]*memorySegment)}
	}
}

func missing(what, key string) error { return fmt.Errorf("%s %s: %w", what, key, fs.ErrNotExist) }

// CreateSource is part of Store.
func (m *memory) CreateSource(_ context.Context, s Source) error {
	m.mu.Lock()
	for _, other := range m.sources {
		if other.Name == s.Name || other.ID == s.ID {
			m.mu.Unlock()
			return fmt.Errorf("source %s: %w", s.Name, fs.ErrExist)
		}
	}
	m.sources[s.ID] = s
	m.mu.Unlock()
	m.adopt(s.ID)
	return nil
}

// Source is part of Store.
func (m *memory) Source(_ context.Context, idOrName string) (Source, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if s, ok := m.sources[idOrName]; ok {
		return m.counted(s), nil
	}
	for _, s := range m.sources {
		if s.Name == idOrName {
			return m.counted(s), nil
		}
	}
	return Source{}, missing("source", idOrName)
}

func (m *memory) counted(s Source) Source {
	s.Documents, s.Chunks, s.Bytes = 0, 0, 0
	for _, d := range m.content[s.ID].docs {
		s.Documents++
		s.Chunks += d.Chunks
		s.Bytes += d.Bytes
	}
	return s
}

// Sources is part of Store.
func (m *memory) Sources(context.Context) ([]Source, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var all []Source
	for _, s := range m.sources {
		all = append(all, m.counted(s))
	}
	slices.SortFunc(all, func(a, b Source) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// UpdateSource is part of Store.
func (m *memory) UpdateSource(_ context.Context, s Source) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	old, ok := m.sources[s.ID]
	if !ok {
		return missing("source", s.ID)
	}
	old.Name, old.Root, old.Metadata, old.SyncedAt = s.Name, s.Root, s.Metadata, s.SyncedAt
	m.sources[s.ID] = old
	return nil
}

// DeleteSource is part of Store.
func (m *memory) DeleteSource(_ context.Context, source string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.sources[source]; !ok {
		return missing("source", source)
	}
	docs := m.content[source].docs
	delete(m.sources, source)
	delete(m.content, source)
	for _, d := range docs {
		m.dropUnused(d.FileID)
	}
	return nil
}

// dropUnused deletes a file that no source has.
func (m *memory) dropUnused(fileID string) {
	for _, c := range m.content {
		for _, d := range c.docs {
			if d.FileID == fileID {
				return
			}
		}
	}
	delete(m.files, fileID)
}

// PutFile is part of Store.
func (m *memory) PutFile(_ context.Context, f File, content []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.putFile(f, content)
	return nil
}

func (m *memory) putFile(f File, content []byte) {
	m.files[f.ID] = memoryFile{File: f, content: slices.Clone(content), number: m.next()}
}

// File is part of Store.
func (m *memory) File(_ context.Context, fileID string) (File, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	f, ok := m.files[fileID]
	if !ok {
		return File{}, missing("file", fileID)
	}
	return f.File, nil
}

// FileContent is part of Store.
func (m *memory) FileContent(_ context.Context, fileID string) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	f, ok := m.files[fileID]
	if !ok {
		return nil, missing("file", fileID)
	}
	return f.content, nil
}

// Files is part of Store.
func (m *memory) Files(_ context.Context, after string, limit int) ([]File, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	from := m.files[after].number
	all := slices.SortedFunc(maps.Values(m.files), func(a, b memoryFile) int { return cmp.Compare(a.number, b.number) })
	var files []File
	for _, f := range all {
		if f.number > from && len(files) < limit {
			files = append(files, f.File)
		}
	}
	return files, nil
}

// DeleteFile is part of Store.
func (m *memory) DeleteFile(_ context.Context, fileID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.files[fileID]; !ok {
		return missing("file", fileID)
	}
	for _, c := range m.content {
		for _, d := range c.docs {
			if d.FileID == fileID {
				c.remove(d)
				c.generation = m.next()
			}
		}
	}
	delete(m.files, fileID)
	return nil
}
