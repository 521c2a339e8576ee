package knowledge

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// localFiles are the documents that the agent indexed by itself. What a synced
// folder holds, too, is taken over: otherwise search would find it twice, and
// the agent's copy would go stale.
type localFiles struct {
	source    string
	byPath    map[string]string            // file IDs
	byContent map[[sha256.Size]byte]string // of what is not empty
}

func (b *Base) localFiles(ctx context.Context) (localFiles, error) {
	l := localFiles{byPath: make(map[string]string), byContent: make(map[[sha256.Size]byte]string)}
	source, err := b.Source(ctx, LocalSource)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && source.Kind == KindFolder) {
		return l, nil
	}
	if err != nil {
		return l, err
	}
	l.source = source.ID
	for d, err := range b.Documents(ctx, source.ID) {
		if err != nil {
			return l, fmt.Errorf("documents of source %s: %w", LocalSource, err)
		}
		l.byPath[d.Path] = d.FileID
	}
	for _, fileID := range l.byPath {
		content, err := b.FileContent(ctx, fileID)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return l, err
		}
		if len(content) > 0 {
			l.byContent[sha256.Sum256(content)] = fileID
		}
	}
	return l, nil
}

// match returns the file IDs of local documents with this path or content.
func (l localFiles) match(name string, content []byte) []string {
	var ids []string
	if id, ok := l.byPath[name]; ok {
		ids = append(ids, id)
	}
	if len(l.byContent) > 0 {
		if id, ok := l.byContent[sha256.Sum256(content)]; ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// takeOver removes from the local source what the folder holds.
func (r *syncRun) takeOver(ctx context.Context) error {
	slices.Sort(r.taken)
	r.taken = slices.Compact(r.taken)
	if len(r.taken) == 0 {
		return nil
	}
	if err := r.base.write(ctx, r.local.source, nil, r.taken...); err != nil {
		return fmt.Errorf("take over %d documents from source %s: %w", len(r.taken), LocalSource, err)
	}
	r.report.TakenOver = len(r.taken)
	r.base.merges.soon(ctx, r.local.source, true)
	return nil
}
