package knowledge

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
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
	Path     string
	Content  []byte     `json:"-"`
	Explicit Attributes // win over what the document says
	Default  Attributes // where it says nothing
	Groups   []string   // where the document names none
	Override bool       // Groups, if any, win over the document's own
	URL      string
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

// groupsOf tells who may see a document. Groups that are named but can't be
// read would leave it open to everyone: that is an error.
func groupsOf(in input, doc chunk.Doc) ([]string, error) {
	if in.Override && len(in.Groups) > 0 {
		return in.Groups, nil
	}
	for key, value := range doc.Attributes {
		if !strings.EqualFold(key, groupsKey) {
			continue
		}
		switch v := value.(type) {
		case chunk.List:
			for i, name := range v {
				v[i] = noNUL(name)
			}
			return slices.Compact(slices.Sorted(slices.Values(v))), nil
		case chunk.String:
			return []string{noNUL(string(v))}, nil
		}
		return nil, errGroups
	}
	if namesGroups(in.Content) {
		return nil, errGroups
	}
	return in.Groups, nil
}

const groupsKey = "groups"

var (
	errGroups  = fmt.Errorf("its front matter names groups, but not as a list of names: %w", ErrInvalid)
	groupsLine = regexp.MustCompile(`(?i)^["']?groups["']?[ \t]*:`)
)

// namesGroups tells whether a line of the front matter, well-formed or not,
// starts with "groups:".
func namesGroups(content []byte) bool {
	text := strings.TrimPrefix(string(content[:min(len(content), 64<<10)]), "\ufeff")
	first := true
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		if isFence := line == "---"; first != isFence || line == "..." {
			return false // no front matter, or its end
		}
		if groupsLine.MatchString(line) {
			return true
		}
		first = false
	}
	return false
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
