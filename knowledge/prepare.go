package knowledge

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/honehq/hone/knowledge/chunk"
	"github.com/honehq/hone/knowledge/textindex"
)

// indexVersion is part of every document's hash. Raise it when package chunk
// cuts differently, package textindex finds other terms, or other attributes
// are derived: the next sync then writes every document anew.
const indexVersion = "1"

// input is what a document is made of.
type input struct {
	Path     string     `json:"path"`
	Content  []byte     `json:"-"`
	Explicit Attributes `json:"explicit"` // win over what the document says
	Default  Attributes `json:"default"`  // where it says nothing
	Groups   []string   `json:"groups"`   // where the document names none
	Override bool       `json:"override"` // Groups, if any, win over the document's own
	URL      string     `json:"url"`
}

// hash identifies content and whatever else decides what is stored, in hex.
func (in input) hash(model string) (string, error) {
	settings, err := json.Marshal(in)
	if err != nil {
		return "", fmt.Errorf("attributes of %s: %w", in.Path, err)
	}
	h := sha256.New()
	for _, field := range [][]byte{[]byte(indexVersion), []byte(model), settings, in.Content} {
		h.Write(binary.AppendUvarint(nil, uint64(len(field))))
		h.Write(field)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// prepared is a document ready to be stored.
type prepared struct {
	NewDocument
	notes []string // attributes that were cut or left out
}

// prepare cuts a document. Content that is not text, or whose groups can't be
// told, is an error that wraps ErrInvalid.
func prepare(in input, hash string) (prepared, error) {
	if err := checkText(in.Content); err != nil {
		return prepared{}, err
	}
	doc, err := chunk.Split(in.Content, chunk.Options{Name: chunkName(in.Path)})
	if err != nil {
		return prepared{}, fmt.Errorf("%w: %w", err, ErrInvalid)
	}
	groups, err := groupsOf(in, doc)
	if err != nil {
		return prepared{}, err
	}
	attributes, notes := mergeAttributes(in.Explicit, frontMatterAttributes(doc), pathAttributes(in.Path), in.Default)
	d := prepared{notes: notes}
	d.Document = Document{
		Path: in.Path, Title: cut(noNUL(doc.Title), maxValueLen), URL: in.URL, Hash: hash,
		Attributes: attributes, Groups: groups,
		Chunks: len(doc.Chunks), Bytes: int64(len(in.Content)), UpdatedAt: time.Now().UTC(),
	}
	for i, c := range doc.Chunks {
		d.Chunks = append(d.Chunks, Chunk{
			Ordinal: i, Section: c.Section, Anchor: c.Anchor,
			FirstLine: c.FirstLine, LastLine: c.LastLine, Text: c.Text,
		})
	}
	return d, nil
}

// checkText says why content is not text, in an error that wraps ErrInvalid.
func checkText(content []byte) error {
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")):
		return fmt.Errorf("encoded as UTF-16, not UTF-8: %w", ErrInvalid)
	case bytes.IndexByte(content, 0) >= 0:
		return fmt.Errorf("binary: %w", ErrInvalid)
	case !utf8.Valid(content):
		return fmt.Errorf("not encoded as UTF-8: %w", ErrInvalid)
	}
	return nil
}

// noNUL drops the NULs that YAML can write as "\0": Postgres takes none.
func noNUL(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// chunkName has reStructuredText cut as plain text, since its marks would be
// misread as Markdown.
func chunkName(name string) string {
	if ext := path.Ext(name); strings.EqualFold(ext, ".rst") {
		return strings.TrimSuffix(name, ext) + ".txt"
	}
	return name
}

// frontMatterAttributes returns the front matter but for title and groups,
// which are a document's own fields.
func frontMatterAttributes(doc chunk.Doc) Attributes {
	a := make(Attributes)
	for key, value := range doc.Attributes {
		key = noNUL(key)
		if key == "title" || strings.EqualFold(key, groupsKey) {
			continue
		}
		switch v := value.(type) {
		case chunk.String:
			a[key] = noNUL(string(v))
		case chunk.Number:
			a[key] = float64(v)
		case chunk.Bool:
			a[key] = bool(v)
		case chunk.List:
			a[key] = noNUL(strings.Join(v, ", "))
		}
	}
	return a
}

// indexed is the document as the text index sees it. Its key is the path and
// not an ID: the order of equal hits is then the same in every store.
func (d *prepared) indexed() textindex.Document {
	doc := textindex.Document{Key: d.Path}
	for _, c := range d.NewDocument.Chunks {
		doc.Chunks = append(doc.Chunks, textindex.Chunk{
			Path: d.Path, Title: d.Title, Headings: strings.Join(c.Section, "\n"), Body: c.Text,
		})
	}
	return doc
}

// embedded is a chunk as the embedding model sees it.
func (d *prepared) embedded(c Chunk) string {
	lines := append([]string{d.Title}, c.Section...)
	return strings.Join(append(lines, c.Text), "\n")
}
