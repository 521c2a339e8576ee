package chunk

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// block is a run of lines that belong together: a heading, a paragraph or
// table, a code block, a list item, a comment. Blocks follow each other
// without gaps; blank lines belong to the block before them.
type block struct {
	first, end int // lines [first, end)
	level      int // of a heading, else 0
	heading    string
}

// blockParsers are goldmark's own. There are no inline parsers: only the
// structure of blocks is needed, and inline parsing is most of the cost. A
// table without its extension is one paragraph, which is what keeps it whole.
func blockParsers() []util.PrioritizedValue { return parser.DefaultBlockParsers() }

// markdownBlocks parses the lines from start on.
func markdownBlocks(s source, start int) []block {
	if start >= s.lines() {
		return nil
	}
	base := s.starts[start]
	body := []byte(s.text[base:])
	flatten(body)
	doc := parser.NewParser(parser.WithBlockParsers(blockParsers()...)).Parse(text.NewReader(body))

	b := blockList{s: s, base: base, blocks: []block{{first: start}}}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok {
			b.heading(h, body)
			continue
		}
		b.add(n, 0)
	}
	return b.finish()
}

// maxContainers is how many quotations and list items one line may open. The
// parser's time grows with their square.
const maxContainers = 100

// flatten overwrites the markers of quotations and list items beyond
// maxContainers on a line with plain text. Only positions are taken from the
// parsed text, so no chunk shows it.
func flatten(body []byte) {
	for at := 0; at < len(body); {
		line := body[at:]
		if n := bytes.IndexByte(line, '\n'); n >= 0 {
			line = line[:n+1]
		}
		at += len(line)
		containers := 0
		for i := 0; i < len(line) && strings.IndexByte(containerBytes, line[i]) >= 0; i++ {
			if isSpace(line[i]) {
				continue
			}
			if line[i] == '>' || i+1 < len(line) && isSpace(line[i+1]) {
				containers++
			}
			if containers > maxContainers {
				line[i] = 'x'
			}
		}
	}
}

// containerBytes are those of quotation and list markers and the space between.
const containerBytes = " \t>-*+.)0123456789"

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// blockList gathers blocks by the line each begins on.
type blockList struct {
	s      source
	base   int
	blocks []block
}

// maxNesting is how deep lists within lists are looked into for borders.
const maxNesting = 4

// add begins a block at n and at the children of a list or quotation, which is
// where a long one may be cut.
func (b *blockList) add(n ast.Node, depth int) {
	if n.Type() != ast.TypeBlock {
		return
	}
	b.begin(n, block{})
	switch n.Kind() {
	case ast.KindList, ast.KindListItem, ast.KindBlockquote:
		if depth >= maxNesting {
			return
		}
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			b.add(c, depth+1)
		}
	}
}

func (b *blockList) heading(h *ast.Heading, body []byte) {
	var raw []byte
	for i := range h.Lines().Len() {
		line := h.Lines().At(i)
		raw = append(raw, line.Value(body)...)
		raw = append(raw, ' ')
	}
	b.begin(h, block{level: h.Level, heading: plain(string(raw))})
}

// begin starts a block at the node's line, unless one starts there already or
// the node's position is not known.
func (b *blockList) begin(n ast.Node, next block) {
	pos := n.Pos()
	if pos < 0 {
		return
	}
	next.first = b.s.lineAt(b.base + pos)
	last := &b.blocks[len(b.blocks)-1]
	switch {
	case next.first < last.first:
		return
	case next.first == last.first:
		if next.level > 0 {
			*last = next
		}
		return
	}
	b.blocks = append(b.blocks, next)
}

func (b *blockList) finish() []block {
	for i := range b.blocks {
		if i+1 < len(b.blocks) {
			b.blocks[i].end = b.blocks[i+1].first
		} else {
			b.blocks[i].end = b.s.lines()
		}
	}
	return b.blocks
}

// paragraphs are the blocks of plain text, each begun by a blank line.
func paragraphs(s source, start int) []block {
	if start >= s.lines() {
		return nil
	}
	b := blockList{s: s, blocks: []block{{first: start}}}
	for i := start + 1; i < s.lines(); i++ {
		if !s.blank(i) && s.blank(i-1) {
			b.blocks = append(b.blocks, block{first: i})
		}
	}
	return b.finish()
}
