// Package chunk cuts a document, Markdown or plain text, along its headings
// into the pieces that search indexes and answers cite. A chunk is a run of
// whole source lines, so a quote from it can be found in the file and its line
// numbers hold. The package stores nothing.
package chunk

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// ErrNotText is returned for a source that is not UTF-8 text.
var ErrNotText = errors.New("not UTF-8 text")

// Default sizes of a chunk in bytes.
const (
	DefaultTarget = 800
	DefaultMax    = 6000
)

// Options say what is cut and how large the pieces are.
type Options struct {
	// Name is the document's file name or slash-separated path. Names that
	// end in .txt, .text or .log are plain text, all others Markdown.
	Name string
	// Target is the size in bytes that a chunk aims at; 0 means
	// DefaultTarget.
	Target int
	// Max is the size in bytes above which even a code block or table is
	// cut, between lines; 0 means DefaultMax. A single longer line stays
	// whole.
	Max int
}

// Doc is a document after cutting.
type Doc struct {
	// Title is the front matter's title, else the first heading of level 1,
	// else made from Options.Name.
	Title string
	// Attributes are the front matter's scalars and lists of scalars; nil
	// where it has none.
	Attributes map[string]Value
	// Chunks come in the order of their lines and never overlap. Together
	// they hold every line that is neither blank nor front matter.
	Chunks []Chunk
}

// Chunk is one piece of a document.
type Chunk struct {
	// Text holds the lines FirstLine to LastLine word for word, joined by
	// "\n", without a final newline.
	Text string
	// Section is the path of headings that holds for the whole chunk,
	// outermost first.
	Section []string
	// Anchor is the slug, as GitHub makes it, of the nearest heading: the
	// first within the chunk, else the last before it. It is empty before
	// the first heading. Chunks of one section share it.
	Anchor string
	// FirstLine and LastLine count from 1 and are inclusive.
	FirstLine, LastLine int
}

// Split cuts src. Front matter that is not valid YAML counts as text; the only
// error wraps ErrNotText.
func Split(src []byte, opt Options) (Doc, error) {
	if !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0 {
		return Doc{}, fmt.Errorf("chunk %s: %w", opt.Name, ErrNotText)
	}
	if opt.Target <= 0 {
		opt.Target = DefaultTarget
	}
	if opt.Max <= 0 {
		opt.Max = max(DefaultMax, opt.Target)
	}
	text := newSource(src)
	var doc Doc
	var start int
	doc.Attributes, start = frontMatter(text)

	var blocks []block
	if plainText(opt.Name) {
		blocks = paragraphs(text, start)
	} else {
		blocks = markdownBlocks(text, start)
	}
	sections := outline(blocks)
	doc.Title = title(doc.Attributes, sections, opt.Name)
	doc.Chunks = cut(text, sections, opt)
	return doc, nil
}

func plainText(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".txt", ".text", ".log":
		return true
	}
	return false
}

func title(attributes map[string]Value, sections []section, name string) string {
	if t, ok := attributes["title"].(String); ok && t != "" {
		return string(t)
	}
	for _, s := range sections {
		if s.level == 1 && s.heading != "" {
			return s.heading
		}
	}
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	if dir := path.Base(path.Dir(name)); isIndexName(base) && dir != "." && dir != "/" {
		base = dir
	}
	return strings.TrimSpace(strings.NewReplacer("-", " ", "_", " ").Replace(base))
}

// isIndexName reports whether a file of this name stands for its folder.
func isIndexName(base string) bool {
	return strings.EqualFold(base, "readme") || strings.EqualFold(base, "index")
}
