package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/sample"
)

// kills is how often an ingest is killed.
const kills = 20

// An ingest that is killed at twenty random moments, each time in the midst of
// bringing in a folder in which every document has changed, some have come and
// some have gone, leaves what the next one needs: the index is then that of an
// ingest that nobody disturbed.
func TestKilledIngest(t *testing.T) {
	t.Parallel()
	k := &killing{t: t, hone: honeBinary(t), docs: manyDocs(t), dir: t.TempDir(), random: rand.New(rand.NewPCG(20, 1))}
	k.test()
}

// manyDocs are real documents, where they are at hand, or else those of the
// sample, again and again until they are enough to be killed in.
func manyDocs(t *testing.T) map[string]string {
	t.Helper()
	docs := sample.Docs()
	shared := cmp.Or(os.Getenv("HONE_SHARED"), filepath.Join("..", "..", "..", "shared"))
	if dir := filepath.Join(shared, "corpus", "runbooks"); isFolder(dir) {
		docs = os.DirFS(dir)
	}
	const enough = 450
	read := map[string]string{}
	for again := 0; len(read) < enough; again++ {
		err := fs.WalkDir(docs, ".", func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil || d.IsDir() || !strings.HasSuffix(path, ".md"):
				return err
			case len(read) == enough:
				return fs.SkipAll
			}
			b, err := fs.ReadFile(docs, path)
			read[fmt.Sprintf("%d/%s", again, path)] = string(b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return read
}

func isFolder(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

// killing kills ingests of one folder.
type killing struct {
	t      *testing.T
	hone   string
	docs   map[string]string
	dir    string
	random *rand.Rand
}

func (k *killing) test() {
	k.vary(0)
	k.ingest("undisturbed.db")
	k.vary(1)
	start := time.Now()
	k.ingest("undisturbed.db")
	whole := time.Since(start)

	k.vary(0)
	k.ingest("killed.db")
	halfway := 0
	for i := range kills {
		k.vary(i + 1)
		// The moments are spread over the whole time, one in each twentieth.
		moment := time.Duration((float64(i) + k.random.Float64()) / kills * float64(whole))
		for !k.kill("killed.db", moment) {
			k.vary(i + 1 + kills) // it was faster: it shall begin anew
			k.vary(i + 1)
			moment = moment * 3 / 4
		}
		halfway += k.halfway("killed.db", i+1)
	}
	k.t.Logf("an ingest of %d documents takes %v; of %d killed ones %d had done a part", len(k.docs), whole, kills, halfway)
	if halfway == 0 {
		k.t.Error("no ingest was killed while it wrote")
	}

	k.vary(kills + 1)
	k.ingest("killed.db")
	k.ingest("afresh.db")
	if diff := gocmp.Diff(k.index("afresh.db"), k.index("killed.db")); diff != "" {
		k.t.Errorf("index (-undisturbed +killed):\n%s", diff)
	}
}

// vary writes the folder's nth version: each document differs from all other
// versions, and every tenth one is left out.
func (k *killing) vary(n int) {
	k.t.Helper()
	folder := filepath.Join(k.dir, "docs")
	if err := os.RemoveAll(folder); err != nil {
		k.t.Fatal(err)
	}
	for i, path := range slices.Sorted(maps.Keys(k.docs)) {
		if i%10 == n%10 {
			continue
		}
		text := k.docs[path]
		path = filepath.Join(folder, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			k.t.Fatal(err)
		}
		if err := os.WriteFile(path, fmt.Appendf(nil, "%s\n\nThis is edition e%d.\n", text, n), 0o600); err != nil {
			k.t.Fatal(err)
		}
	}
}

func (k *killing) command(db string) *exec.Cmd {
	c := exec.CommandContext(k.t.Context(), k.hone, "ingest", filepath.Join(k.dir, "docs"), "--db=sqlite:"+filepath.Join(k.dir, db))
	c.Env = []string{"HOME=" + k.dir, "OTEL_TRACES_EXPORTER=none"}
	return c
}

func (k *killing) ingest(db string) {
	k.t.Helper()
	if out, err := k.command(db).CombinedOutput(); err != nil {
		k.t.Fatalf("ingest: %v\n%s", err, out)
	}
}

// kill kills an ingest; false if that had ended before.
func (k *killing) kill(db string, after time.Duration) bool {
	k.t.Helper()
	c := k.command(db)
	if err := c.Start(); err != nil {
		k.t.Fatal(err)
	}
	time.Sleep(after)
	if err := c.Process.Kill(); err != nil {
		k.t.Logf("after %v: %v", after, err)
	}
	err := c.Wait()
	status, ok := c.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case err == nil:
		return false
	case !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL:
		k.t.Fatalf("after %v the ingest had failed: %v", after, err)
	}
	return true
}

// halfway is 1 if the index holds some documents of the nth version and some
// of others.
func (k *killing) halfway(db string, n int) int {
	k.t.Helper()
	a := k.open(db)
	defer a.Close()
	passages := func(edition string) bool {
		found, err := a.base.Search(k.t.Context(), knowledge.Query{Texts: []string{edition}, Limit: 1, Access: knowledge.Access{All: true}})
		if err != nil {
			k.t.Fatalf("search after a kill: %v", err)
		}
		return len(found) > 0 && strings.Contains(found[0].Text, edition)
	}
	others := false
	for i := range n {
		others = others || passages(fmt.Sprintf("e%d", i))
	}
	if passages(fmt.Sprintf("e%d", n)) && others {
		return 1
	}
	return 0
}

func (k *killing) open(db string) *app {
	k.t.Helper()
	a, err := openApp(context.WithoutCancel(k.t.Context()), settings{
		DB: "sqlite:" + filepath.Join(k.dir, db), SpansDB: filepath.Join(k.dir, "traces.db"),
		Agent: "default", Backend: "embedded", Log: "warn", Model: offlineModel,
	}, terminal{out: k.t.Output(), err: k.t.Output()})
	if err != nil {
		k.t.Fatal(err)
	}
	return a
}

// indexed is what must not depend on how an index came about.
type indexed struct {
	Documents []knowledge.Document
	Chunks    [][]knowledge.Chunk
	Files     int
	Results   map[string][]string
}

func (k *killing) index(db string) indexed {
	k.t.Helper()
	a := k.open(db)
	defer a.Close()
	ctx := k.t.Context()
	src, err := a.base.Source(ctx, "docs")
	if err != nil {
		k.t.Fatal(err)
	}
	x := indexed{Results: map[string][]string{}}
	for d, err := range a.base.Documents(ctx, src.ID) {
		if err != nil {
			k.t.Fatal(err)
		}
		var refs []knowledge.ChunkRef
		for i := range d.Chunks {
			refs = append(refs, knowledge.ChunkRef{Rev: d.Rev, Ordinal: i})
		}
		chunks, err := a.store.Chunks(ctx, refs)
		if err != nil {
			k.t.Fatal(err)
		}
		d.Source, d.FileID, d.Rev, d.UpdatedAt = "", "", 0, time.Time{}
		x.Documents, x.Chunks = append(x.Documents, d), append(x.Chunks, chunks)
	}
	files, err := a.store.Files(ctx, "", 1<<20)
	if err != nil {
		k.t.Fatal(err)
	}
	x.Files = len(files)
	for _, q := range []string{"roll back a deployment", "connection pool exhausted", "who is on call", "restart redis", fmt.Sprintf("edition e%d", kills+1), "e3"} {
		found, err := a.base.Search(ctx, knowledge.Query{Texts: []string{q}, Limit: 50, Access: knowledge.Access{All: true}})
		if err != nil {
			k.t.Fatal(err)
		}
		for _, p := range found {
			x.Results[q] = append(x.Results[q], fmt.Sprintf("%s %d %.12g", p.Path, p.Ordinal, p.Score))
		}
	}
	return x
}
