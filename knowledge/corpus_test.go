package knowledge

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// sharedFolder returns a folder of real documents that are not part of the
// repository, or skips.
func sharedFolder(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("HONE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	dir = filepath.Join(dir, name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: no documents at %s (set HONE_SHARED)", dir)
	}
	return dir
}

func TestCorpusSmoke(t *testing.T) {
	dir := sharedFolder(t, "corpus")
	b, err := New(Config{Store: newMemory()})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		start := time.Now()
		r, err := b.Sync(context.Background(), SyncConfig{Source: "corpus", Root: dir})
		if err != nil {
			t.Fatal(err)
		}
		var ms runtime.MemStats
		runtime.ReadMemStats(&ms)
		t.Logf("%v %+v sys=%dMB heap=%dMB", time.Since(start), r, ms.Sys>>20, ms.HeapAlloc>>20)
	}
	for _, q := range []string{"How long before volumes are force detached after node out of service?", "connection pool exhaustion", "rotate certificates"} {
		start := time.Now()
		p, err := b.Search(context.Background(), Query{Texts: []string{q}, Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		t.Log(time.Since(start))
		for _, p := range p {
			t.Log(p.Score, p.Path, p.Section, p.Attributes)
		}
	}
}
