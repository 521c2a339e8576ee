package textindex

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"testing"
)

// A merge gives the very bytes of building the live documents afresh.
func TestMergeEqualsBuild(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 2))
		docs := randomCorpus(r, 1+r.IntN(500))
		var live []Document
		var parts []Part
		for rest := docs; len(rest) > 0; {
			n := 1 + r.IntN(len(rest))
			p := Part{Segment: build(t, rest[:n])}
			for i, d := range rest[:n] {
				if r.IntN(3) == 0 {
					p.Deleted = append(p.Deleted, i)
					continue
				}
				live = append(live, d)
			}
			r.Shuffle(len(p.Deleted), func(i, j int) { p.Deleted[i], p.Deleted[j] = p.Deleted[j], p.Deleted[i] })
			parts = append(parts, p)
			rest = rest[n:]
		}
		merged, err := Merge(parts)
		if err != nil {
			t.Fatal(err)
		}
		if fresh := build(t, live); !bytes.Equal(merged.data, fresh.data) {
			t.Fatalf("seed %d: merging %d parts gives other bytes than building", seed, len(parts))
		}
	}
}

func TestSegmentNames(t *testing.T) {
	s := reopened(t, build(t, []Document{
		{Key: "x", Chunks: make([]Chunk, 3)},
		{Key: ""},
		{Key: "a/b c.md", Chunks: make([]Chunk, 1)},
	}))
	if s.Docs() != 3 {
		t.Errorf("%d documents", s.Docs())
	}
	for doc, want := range []struct {
		key    string
		chunks int
	}{{"x", 3}, {"", 0}, {"a/b c.md", 1}} {
		if s.Key(doc) != want.key || s.Chunks(doc) != want.chunks {
			t.Errorf("document %d is %q with %d chunks, want %v", doc, s.Key(doc), s.Chunks(doc), want)
		}
	}
}

func TestOpenRefusesDamage(t *testing.T) {
	good := build(t, randomCorpus(rand.New(rand.NewPCG(3, 3)), 40)).data
	for at := range good {
		bad := slices.Clone(good)
		bad[at] ^= 0x10
		if _, err := Open(bad); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("byte %d changed: %v", at, err)
		}
		if _, err := Open(good[:at]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut at %d: %v", at, err)
		}
	}
}

// Bytes that pass the checksum but lie must give an error or a segment that
// can be searched and merged without a panic.
func FuzzOpen(f *testing.F) {
	for _, n := range []int{0, 1, 5, 300} {
		f.Add(build(f, randomCorpus(rand.New(rand.NewPCG(4, 4)), n)).data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= 4 {
			data = slices.Clone(data)
			sum := crc32.Checksum(data[:len(data)-4], castagnoli)
			binary.LittleEndian.PutUint32(data[len(data)-4:], sum)
		}
		s, err := Open(data)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("error does not wrap ErrCorrupt: %v", err)
			}
			return
		}
		x := index(t, Part{Segment: s})
		searchFor(t, x, "pod node disk volume restart etcd", Options{PerDoc: 2})
		if s.docs > 0 {
			searchFor(t, index(t, Part{Segment: s, Deleted: []int{0}}), "pod node", Options{})
		}
		if _, err := Merge([]Part{{Segment: s}, {Segment: s}}); err != nil {
			t.Fatal(err)
		}
	})
}
