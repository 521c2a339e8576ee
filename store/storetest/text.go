package storetest

import (
	"encoding/json"
	"io/fs"
	"testing"
	"time"

	"github.com/honehq/hone/knowledge"
)

// testText checks that any text can be kept: what Postgres refuses, NUL and
// broken UTF-8, becomes U+FFFD in both stores, and everything else stays.
func testText(t *testing.T, s Store) {
	ctx := t.Context()
	const odd = "ü 文 🙂 \x00 \xff ' \" \\ \\u0000 \\x00 %s $1 ? \r\n\t\u2028 e\u0301"
	const kept = "ü 文 🙂 \uFFFD \uFFFD ' \" \\ \\u0000 \\x00 %s $1 ? \r\n\t\u2028 e\u0301"

	src := source("vs_1", odd, 1)
	src.Root, src.Metadata = odd, map[string]string{odd: odd}
	ok(t, s.CreateSource(ctx, src))
	src.Name, src.Root, src.Metadata = kept, kept, map[string]string{kept: kept}
	same(t, must(s.Source(ctx, odd))(t), src) // what is looked up changes alike

	d := doc(odd, odd)
	d.FileID, d.File.ID = "file-1", "file-1"
	d.Attributes, d.Groups = knowledge.Attributes{odd: odd}, []string{odd}
	d.Chunks[0].Section, d.Chunks[0].Anchor, d.Chunks[0].Vector = []string{odd}, odd, []float32{1}
	ok(t, s.Apply(ctx, embedded("vs_1", odd, d)))
	got := must(s.Document(ctx, "vs_1", "file-1"))(t)
	same(t, got.Path, kept)
	same(t, got.Attributes, knowledge.Attributes{kept: kept})
	same(t, got.Groups, []string{kept})
	same(t, must(s.Chunks(ctx, []knowledge.ChunkRef{{Rev: got.Rev}}))(t),
		[]knowledge.Chunk{{Section: []string{kept}, Anchor: kept, FirstLine: 3, LastLine: 4, Text: kept}})
	same(t, string(must(s.FileContent(ctx, "file-1"))(t)), odd) // bytes, not text
	same(t, hits(t, s, knowledge.VectorQuery{
		Sources: []string{"vs_1"}, Model: odd, Vector: []float32{2}, Limit: 1, Access: knowledge.Access{Groups: []string{kept}},
		Filter: &knowledge.Filter{Type: knowledge.Eq, Key: kept, Value: kept},
	}), []string{kept + "#0"})

	ok(t, s.CreatePrompt(ctx, prompt("pmpt_1", odd)))
	same(t, must(s.Prompt(ctx, "pmpt_1", 0))(t).Text, kept)

	r := run("run_1", "thr_1", 1)
	r.Answer.Answer, r.Question = odd, odd
	r.Items = json.RawMessage("[\"\xff\", \"\\u0000\"]") // an escape is JSON like any other
	ok(t, s.PutRun(ctx, r))
	back := must(s.Run(ctx, "run_1"))(t)
	same(t, back.Answer.Answer, kept)
	same(t, back.Question, kept)
	same(t, string(back.Items), "[\"\uFFFD\", \"\\u0000\"]")

	_, err := s.Prompt(ctx, "pmpt_\x00", 0)
	fails(t, err, fs.ErrNotExist, "pmpt_")
}

// testTimes checks that times come back in UTC, to the microsecond, and that
// they compare across zones.
func testTimes(t *testing.T, s Store) {
	ctx := t.Context()
	zone := time.FixedZone("somewhere", 5*3600+1800)
	early, late := source("vs_early", "early", 0), source("vs_late", "late", 0)
	early.CreatedAt = time.Date(2026, 3, 29, 3, 30, 0, 999999999, zone)
	late.CreatedAt = early.CreatedAt.Add(time.Microsecond).UTC()
	early.SyncedAt = time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)
	ok(t, s.CreateSource(ctx, late))
	ok(t, s.CreateSource(ctx, early))
	list := must(s.Sources(ctx))(t)
	if len(list) != 2 || list[0].ID != "vs_early" {
		t.Fatalf("sources %+v", list)
	}
	if got := list[0].CreatedAt; !got.Equal(early.CreatedAt.Truncate(time.Microsecond)) || got.Location() != time.UTC {
		t.Errorf("created %v, want %v", got, early.CreatedAt)
	}
	if got := list[0].SyncedAt; !got.Equal(early.SyncedAt) {
		t.Errorf("synced %v, want %v", got, early.SyncedAt)
	}
	if !list[1].SyncedAt.IsZero() {
		t.Errorf("synced %v, want never", list[1].SyncedAt)
	}
}
