package chunk

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func split(t testing.TB, src string, opt Options) Doc {
	t.Helper()
	doc, err := Split([]byte(src), opt)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// summary is a chunk as "first-last section #anchor".
func summary(c Chunk) string {
	return fmt.Sprintf("%d-%d %s #%s", c.FirstLine, c.LastLine, strings.Join(c.Section, " > "), c.Anchor)
}

func TestSplit(t *testing.T) {
	long := strings.Repeat("word ", 30) // 150 bytes
	for _, test := range []struct {
		name, src string
		opt       Options
		title     string
		want      []string
	}{
		{
			name: "headings, with a bare one joined to what follows",
			src: "# Redis\n\n## Symptoms\n\n" + long + "\n\n## Repair\n\n" + long + "\n\n" +
				"### If that fails\n\n" + long + "\n",
			opt:   Options{Target: 160},
			title: "Redis",
			want: []string{
				"1-5 Redis > Symptoms #symptoms",
				"7-9 Redis > Repair #repair",
				"11-13 Redis > Repair > If that fails #if-that-fails",
			},
		},
		{
			name:  "short siblings are joined under their parent",
			src:   "# Redis\n\nintro\n\n## A\n\na\n\n## B\n\nb\n\n# Other\n\nc\n",
			title: "Redis",
			want:  []string{"1-3 Redis #redis", "5-11 Redis #a", "13-15 Other #other"},
		},
		{
			name: "text before the first heading stays with it",
			src:  "<!-- generated -->\n\n# Redis\n\nx\n", title: "Redis",
			want: []string{"1-5 Redis #redis"},
		},
		{
			name: "a fence hides headings and is not cut",
			src:  "# A\n\n```sh\n# not a heading\n\n" + long + "\n" + long + "\n```\nend\n",
			opt:  Options{Target: 50, Max: 1000}, title: "A",
			want: []string{"1-8 A #a", "9-9 A #a"},
		},
		{
			name: "a table stays whole, also right below text",
			src:  "# A\n\n" + long + "\n\nTable:\n| a | b |\n|---|---|\n" + strings.Repeat("| x | y |\n", 30),
			opt:  Options{Target: 100, Max: 1000}, title: "A",
			want: []string{"1-3 A #a", "5-37 A #a"},
		},
		{
			name: "what exceeds the hard bound is cut between lines",
			src:  "```\n" + strings.Repeat(strings.Repeat("x", 9)+"\n", 20) + "```\n",
			opt:  Options{Name: "docs/log-of.md", Target: 50, Max: 100}, title: "log of",
			want: []string{"1-10  #", "11-20  #", "21-22  #"},
		},
		{
			name: "a long list is cut between its items",
			src:  "# A\n\n1. " + long + "\n\n   ```\n   code\n   ```\n2. " + long + "\n3. " + long + "\n",
			opt:  Options{Target: 200}, title: "A",
			want: []string{"1-7 A #a", "8-8 A #a", "9-9 A #a"},
		},
		{
			name: "setext headings",
			src:  "Title\n=====\n\nintro\n\nPart\n----\n\n" + long + "\n",
			opt:  Options{Target: 100}, title: "Title",
			want: []string{"1-4 Title #title", "6-9 Title > Part #part"},
		},
		{
			name: "CRLF and a byte order mark",
			src:  "\ufeff# A\r\n\r\ntext\r\n\r\n## B\r\n\r\nmore\r\n", title: "A",
			want: []string{"1-3 A #a", "5-7 A > B #b"},
		},
		{
			name: "front matter",
			src:  "---\ntitle: \"The title\"\n---\n\n# Heading\n\ntext\n", title: "The title",
			want: []string{"5-7 Heading #heading"},
		},
		{
			name: "broken front matter is text",
			src:  "---\nkey: [\n---\n\ntext\n", opt: Options{Name: "a/b.md"}, title: "b",
			want: []string{"1-5 key: [ #key-"}, // a heading underlined, to Markdown
		},
		{
			name: "anchors are unique and headings lose their markup",
			src: "# The `kube-proxy` [guide](http://x)\n\n" + long + "\n# Überblick: *v1.2*!\n\n" + long +
				"\n# A\n\n" + long + "\n# A\n\n" + long + "\n# A-1\n\n" + long + "\n# A\n\n" + long + "\n",
			opt: Options{Target: 100}, title: "The kube-proxy guide",
			want: []string{
				"1-3 The kube-proxy guide #the-kube-proxy-guide",
				"4-6 Überblick: *v1.2*! #überblick-v12",
				"7-9 A #a", "10-12 A #a-1", "13-15 A-1 #a-1-1", "16-18 A #a-2",
			},
		},
		{
			name: "plain text",
			src:  "# no heading\n\n" + long + "\n\n" + long + "\n",
			opt:  Options{Name: "notes/pager_duty.txt", Target: 200}, title: "pager duty",
			want: []string{"1-3  #", "5-5  #"},
		},
		{name: "README is named by its folder", src: "text", opt: Options{Name: "runbooks/redis/README.md"}, title: "redis", want: []string{"1-1  #"}},
		{name: "nothing", src: "", opt: Options{Name: "x.md"}, title: "x", want: []string{}},
		{name: "blank lines", src: "\n \n\t\n", opt: Options{Name: "x.md"}, title: "x", want: []string{}},
		{name: "front matter alone", src: "---\ntitle: T\n---", title: "T", want: []string{}},
		{
			name: "one very long line",
			src:  "# A\n" + strings.Repeat("x", 100_000) + "\nend\n", title: "A",
			want: []string{"1-1 A #a", "2-2 A #a", "3-3 A #a"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := split(t, test.src, test.opt)
			got := []string{}
			for _, c := range doc.Chunks {
				got = append(got, summary(c))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("chunks (want -, got +)\n%s", diff)
			}
			if doc.Title != test.title {
				t.Errorf("title %q, want %q", doc.Title, test.title)
			}
			checkLines(t, test.src, doc)
		})
	}
}

func TestAttributes(t *testing.T) {
	doc := split(t, `---
title: Pager
kind: runbook
severity: 2
ratio: 0.25
draft: false
date: 2024-03-05
seen: 2024-03-05T10:20:30Z
version: "1.20"
tags: [redis, 7, true]
groups: &g
  - sre
again: *g
owner: {team: x}
none: null
nested: [[a]]
---
body
`, Options{})
	want := map[string]Value{
		"title": String("Pager"), "kind": String("runbook"),
		"severity": Number(2), "ratio": Number(0.25), "draft": Bool(false),
		"date": String("2024-03-05"), "seen": String("2024-03-05"), "version": String("1.20"),
		"tags": List{"redis", "7", "true"}, "groups": List{"sre"}, "again": List{"sre"},
	}
	if diff := cmp.Diff(want, doc.Attributes); diff != "" {
		t.Errorf("attributes (want -, got +)\n%s", diff)
	}
}

func TestSplitRefusesBinary(t *testing.T) {
	for _, src := range []string{"a\xff\xfeb", "a\x00b", "\xff\xfea\x00"} {
		if _, err := Split([]byte(src), Options{Name: "x.md"}); !errors.Is(err, ErrNotText) {
			t.Errorf("%q: %v, want ErrNotText", src, err)
		}
	}
}

// checkLines holds the promises about lines: chunks don't overlap, match the
// source, and hold each line that is neither blank nor front matter.
func checkLines(t *testing.T, src string, doc Doc) {
	t.Helper()
	s := newSource([]byte(src))
	_, start := frontMatter(s)
	next := start
	for _, c := range doc.Chunks {
		if c.FirstLine < next+1 || c.LastLine < c.FirstLine || c.LastLine > s.lines() {
			t.Fatalf("chunk of lines %d-%d after line %d of %d", c.FirstLine, c.LastLine, next, s.lines())
		}
		for ; next < c.FirstLine-1; next++ {
			if !s.blank(next) {
				t.Fatalf("line %d %q is in no chunk", next+1, s.line(next))
			}
		}
		var lines []string
		for ; next < c.LastLine; next++ {
			lines = append(lines, s.line(next))
		}
		if text := strings.Join(lines, "\n"); text != c.Text {
			t.Fatalf("lines %d-%d are %q, the chunk has %q", c.FirstLine, c.LastLine, text, c.Text)
		}
	}
	for ; next < s.lines(); next++ {
		if !s.blank(next) {
			t.Fatalf("line %d %q is in no chunk", next+1, s.line(next))
		}
	}
}

// A line that opens containers without end would take the parser minutes; as
// text it is gone through once.
func TestDeepNesting(t *testing.T) {
	for _, marker := range []string{">", "> ", "1. ", "- > "} {
		src := strings.Repeat(marker, 1_000_000) + "\n\n# Next\n"
		doc := split(t, src, Options{})
		checkLines(t, src, doc)
		if last := doc.Chunks[len(doc.Chunks)-1]; last.Anchor != "next" {
			t.Errorf("%q: the heading after it was lost", marker)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		"---\na: [b]\n---\n# A\n\ntext\n\n## B\n- x\n  - y\n\n> q\n\n```\ncode\n",
		"a | b\n--|--\nc | d\n\n<!-- c\n\n# x -->\n\nT\n=\r\n\r\n\tcode\r\n[ref]: http://x\n",
		"---\na: &x [*x]\n---\n", "\ufeff---\n---\n1) a\n\n2) b\n***\n", "# {#x}\n#\n##\n", "- - - a\n      b\n\rc\r",
	} {
		f.Add([]byte(seed), 20, 60)
	}
	f.Fuzz(func(t *testing.T, src []byte, target, limit int) {
		opt := Options{Name: "fuzz.md", Target: target, Max: limit}
		doc, err := Split(src, opt)
		if err != nil {
			if !errors.Is(err, ErrNotText) {
				t.Fatal(err)
			}
			return
		}
		checkLines(t, string(src), doc)
	})
}
