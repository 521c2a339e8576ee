package knowledge

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/honehq/hone/knowledge/textindex"
)

// viewer gives the searchable state of sources, by ID; of all sources if none
// are named. An unknown source is an error that wraps fs.ErrNotExist.
type viewer interface {
	view(ctx context.Context, sources []string) (*view, error)
}

// view is one state of some sources under one index. It never changes.
type view struct {
	snapshots []*snapshot
	parts     []part // of all snapshots, as the index counts them
	index     *textindex.Index
}

func newView(snapshots []*snapshot) (*view, error) {
	v := &view{snapshots: snapshots}
	var indexed []textindex.Part
	for _, s := range snapshots {
		for _, p := range s.parts {
			v.parts = append(v.parts, p)
			indexed = append(indexed, textindex.Part{Segment: p.index, Deleted: p.Deleted})
		}
	}
	index, err := textindex.NewIndex(indexed)
	if err != nil {
		return nil, err
	}
	v.index = index
	return v, nil
}

// document returns a document by revision; nil if the view doesn't hold it.
func (v *view) document(rev int64) *Document {
	for _, s := range v.snapshots {
		if d := s.byRev()[rev]; d != nil {
			return d
		}
	}
	return nil
}

func (v *view) sources() []string {
	ids := make([]string, len(v.snapshots))
	for i, s := range v.snapshots {
		ids[i] = s.source
	}
	return ids
}

// views keeps the newest view of each set of sources that was searched, so
// that an index is made once per change and not once per search.
type views struct {
	mu    sync.Mutex
	bySet map[string]*view
}

// maxViews bounds how many sets of sources are remembered.
const maxViews = 32

func (c *views) of(snapshots []*snapshot) (*view, error) {
	ids := (&view{snapshots: snapshots}).sources()
	key := strings.Join(ids, " ")
	c.mu.Lock()
	defer c.mu.Unlock()
	if v := c.bySet[key]; v != nil && slices.Equal(v.snapshots, snapshots) {
		return v, nil
	}
	v, err := newView(snapshots)
	if err != nil {
		return nil, err
	}
	if c.bySet == nil || len(c.bySet) >= maxViews {
		c.bySet = make(map[string]*view)
	}
	c.bySet[key] = v
	return v, nil
}

func (c *views) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.bySet)
}
