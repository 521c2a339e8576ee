package storetest

import (
	"io/fs"
	"testing"

	"github.com/honehq/hone/knowledge"
)

func testSegments(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	segments, g, err := s.Segments(ctx, "vs_1")
	ok(t, err)
	same(t, segments, nil)
	same(t, g, 0)
	_, _, err = s.Segments(ctx, "vs_none")
	fails(t, err, fs.ErrNotExist, "vs_none")
	_, _, err = s.SegmentData(ctx, 4711)
	fails(t, err, fs.ErrNotExist, "4711")

	ok(t, s.Apply(ctx, change("vs_1", doc("c.md", "c"), doc("a.md", "a"), doc("b.md", "b"))))
	ok(t, s.Apply(ctx, change("vs_1", doc("a.md", "a2"), doc("d.md", "d"))))
	ok(t, s.Apply(ctx, knowledge.Change{Source: "vs_1", Delete: []string{"file-c.md"}}))

	segments, g, err = s.Segments(ctx, "vs_1")
	ok(t, err)
	same(t, g, 3)
	if len(segments) != 2 || segments[0].ID >= segments[1].ID {
		t.Fatalf("segments %+v", segments)
	}
	first := knowledge.Segment{ID: segments[0].ID, Docs: 3, Bytes: len("segment of c.md a.md b.md"), Deleted: []int{0, 1}}
	second := knowledge.Segment{ID: segments[1].ID, Docs: 2, Bytes: len("segment of a.md d.md")}
	same(t, segments, []knowledge.Segment{first, second})

	data, docs, err := s.SegmentData(ctx, first.ID)
	ok(t, err)
	same(t, string(data), "segment of c.md a.md b.md")
	same(t, docs, []knowledge.Document{{}, {}, must(s.Document(ctx, "vs_1", "file-b.md"))(t)})
	_, docs, err = s.SegmentData(ctx, second.ID)
	ok(t, err)
	same(t, docs, []knowledge.Document{
		must(s.Document(ctx, "vs_1", "file-a.md"))(t), must(s.Document(ctx, "vs_1", "file-d.md"))(t)})

	ok(t, s.CreateSource(ctx, source("vs_2", "two", 2)))
	ok(t, s.Apply(ctx, change("vs_2", doc("x.md", "x"))))
	same(t, must(s.Generations(ctx, []string{"vs_2", "vs_1", "vs_none"}))(t), map[string]int64{"vs_1": 3, "vs_2": 1})
	same(t, must(s.Generations(ctx, nil))(t), nil)
}

// revs returns the revisions of documents by path.
func revs(t testing.TB, s Store, source string, paths ...string) []int64 {
	t.Helper()
	var list []int64
	for _, path := range paths {
		list = append(list, must(s.Document(t.Context(), source, "file-"+path))(t).Rev)
	}
	return list
}

// segmentIDs returns the IDs of a source's segments, and its generation.
func segmentIDs(t testing.TB, s Store, source string) ([]int64, int64) {
	t.Helper()
	segments, g, err := s.Segments(t.Context(), source)
	ok(t, err)
	var ids []int64
	for _, segment := range segments {
		ids = append(ids, segment.ID)
	}
	return ids, g
}

func testMergeSegments(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	ok(t, s.Apply(ctx, change("vs_1", doc("a.md", "a"), doc("b.md", "b"))))
	ok(t, s.Apply(ctx, change("vs_1", doc("a.md", "a2"), doc("c.md", "c"))))
	ok(t, s.Apply(ctx, change("vs_1", doc("d.md", "d"))))

	ids, g := segmentIDs(t, s, "vs_1")
	merged := revs(t, s, "vs_1", "c.md", "b.md", "a.md")
	ok(t, s.MergeSegments(ctx, "vs_1", g, ids[:2], []byte("merged"), merged))

	after, g2 := segmentIDs(t, s, "vs_1")
	if len(after) != 2 || after[0] != ids[2] || after[1] <= ids[2] || g2 <= g {
		t.Fatalf("segments %v of generation %d, were %v of %d", after, g2, ids, g)
	}
	data, docs, err := s.SegmentData(ctx, after[1])
	ok(t, err)
	same(t, string(data), "merged")
	for i, path := range []string{"c.md", "b.md", "a.md"} {
		same(t, docs[i], must(s.Document(ctx, "vs_1", "file-"+path))(t))
		same(t, docs[i].Rev, merged[i])
	}
	_, _, err = s.SegmentData(ctx, ids[0])
	fails(t, err, fs.ErrNotExist, "segment")

	// What is deleted later is noted in the new segment.
	ok(t, s.Apply(ctx, knowledge.Change{Source: "vs_1", Delete: []string{"file-b.md"}}))
	segments, _, err := s.Segments(ctx, "vs_1")
	ok(t, err)
	same(t, segments[1].Deleted, []int{1})

	// Segments without live documents go; nothing comes in their place.
	ok(t, s.Apply(ctx, knowledge.Change{Source: "vs_1", Delete: []string{"file-a.md", "file-c.md", "file-d.md"}}))
	ids, g = segmentIDs(t, s, "vs_1")
	ok(t, s.MergeSegments(ctx, "vs_1", g, ids, nil, nil))
	ids, _ = segmentIDs(t, s, "vs_1")
	same(t, ids, nil)
}

func testMergeSegmentsRefuses(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreateSource(ctx, source("vs_1", "one", 1)))
	ok(t, s.Apply(ctx, change("vs_1", doc("a.md", "a"))))
	ok(t, s.Apply(ctx, change("vs_1", doc("b.md", "b"))))
	ids, g := segmentIDs(t, s, "vs_1")
	all := revs(t, s, "vs_1", "a.md", "b.md")
	data := []byte("merged")

	fails(t, s.MergeSegments(ctx, "vs_1", g-1, ids, data, all), knowledge.ErrStale, "vs_1")
	fails(t, s.MergeSegments(ctx, "vs_none", g, ids, data, all), fs.ErrNotExist, "vs_none")
	for name, err := range map[string]error{
		"a document is missing":     s.MergeSegments(ctx, "vs_1", g, ids, data, all[:1]),
		"a document is twice":       s.MergeSegments(ctx, "vs_1", g, ids, data, append(all[:1:1], all[0])),
		"a document of elsewhere":   s.MergeSegments(ctx, "vs_1", g, ids[:1], data, all),
		"a segment does not exist":  s.MergeSegments(ctx, "vs_1", g, append(ids[:2:2], 4711), data, all),
		"nothing where there's two": s.MergeSegments(ctx, "vs_1", g, ids, nil, nil),
	} {
		t.Run(name, func(t *testing.T) { fails(t, err, knowledge.ErrInvalid, "vs_1") })
	}
	after, g2 := segmentIDs(t, s, "vs_1")
	same(t, after, ids)
	same(t, g2, g)

	// Of several at once, one wins.
	oneWins(t, parallel(5, func(int) error {
		return s.MergeSegments(ctx, "vs_1", g, ids, data, all)
	}), knowledge.ErrStale)
	oneWins(t, parallel(2, func(i int) error {
		if i == 0 {
			return s.MergeSegments(ctx, "vs_1", g, ids, data, all)
		}
		return s.Apply(ctx, change("vs_1", doc("c.md", "c")))
	}), knowledge.ErrStale)
	same(t, paths(t, s, "vs_1"), []string{"a.md", "b.md", "c.md"})
}
