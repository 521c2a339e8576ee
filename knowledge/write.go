package knowledge

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/knowledge/textindex"
	"github.com/honehq/hone/otel"
)

// filePurpose is the purpose of files that come from folders and uploads, as
// OpenAI's Files API names what file_search may use.
const filePurpose = "assistants"

// write indexes documents and stores them in one transaction.
func (b *Base) write(ctx context.Context, source string, docs []prepared, remove ...string) (err error) {
	ctx, span := startWrite(ctx, source, docs, remove)
	defer func(start time.Time) {
		endSpan(span, err)
		recordWrite(ctx, start, docs, remove, err)
	}(time.Now())
	change := Change{Source: source, Delete: remove}
	if len(docs) > 0 {
		if err := b.embed(ctx, docs); err != nil {
			return err
		}
		segment, err := buildSegment(docs)
		if err != nil {
			return err
		}
		change.Segment, change.Model = segment, b.model()
	}
	for _, d := range docs {
		change.Put = append(change.Put, d.NewDocument)
	}
	return b.store.Apply(ctx, change)
}

func buildSegment(docs []prepared) ([]byte, error) {
	texts := make([]textindex.Document, len(docs))
	for i := range docs {
		texts[i] = docs[i].indexed()
	}
	segment, err := textindex.Build(texts)
	if err != nil {
		return nil, fmt.Errorf("build index segment: %w", err)
	}
	data, err := segment.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("build index segment: %w", err)
	}
	return data, nil
}

// embed sets the vectors of all chunks.
func (b *Base) embed(ctx context.Context, docs []prepared) error {
	if b.embedder == nil {
		return nil
	}
	var texts []string
	for i := range docs {
		for _, c := range docs[i].NewDocument.Chunks {
			texts = append(texts, docs[i].embedded(c))
		}
	}
	if len(texts) == 0 {
		return nil
	}
	vectors, err := b.embedder.Embed(otel.WithCaller(ctx, otel.Caller{Role: "index"}), texts)
	if err != nil {
		return fmt.Errorf("embed %d chunks: %w", len(texts), err)
	}
	if len(vectors) != len(texts) {
		return fmt.Errorf("embed %d chunks: got %d vectors", len(texts), len(vectors))
	}
	for i := range docs {
		for j := range docs[i].NewDocument.Chunks {
			docs[i].NewDocument.Chunks[j].Vector, vectors = vectors[0], vectors[1:]
		}
	}
	return nil
}

// Put stores a document in a source, named by ID or name. It replaces the
// document of the same path, and keeps its file's ID unless the upload says
// another. An upload that changes nothing is not written. The upload's
// attributes and groups win over those of the document's front matter.
// Content that is not text, and attributes beyond the limits, wrap ErrInvalid;
// an unknown source or file wraps fs.ErrNotExist.
func (b *Base) Put(ctx context.Context, source string, u Upload) (Document, error) {
	d, err := b.put(ctx, source, u)
	if err != nil {
		return Document{}, fmt.Errorf("put document %s%s: %w", u.Path, u.FileID, err)
	}
	return d, nil
}

func (b *Base) put(ctx context.Context, source string, u Upload) (Document, error) {
	if err := u.Attributes.Validate(); err != nil {
		return Document{}, err
	}
	src, err := b.Source(ctx, source)
	if err != nil {
		return Document{}, err
	}
	file, content, err := b.uploaded(ctx, u)
	if err != nil {
		return Document{}, err
	}
	in := input{Path: file.Name, Content: content, Explicit: u.Attributes, Groups: u.Groups, Override: true}
	hash, err := in.hash(b.model())
	if err != nil {
		return Document{}, err
	}
	view, err := b.viewer.view(ctx, []string{src.ID})
	if err != nil {
		return Document{}, err
	}
	if old := view.snapshots[0].byPath()[file.Name]; old != nil {
		if old.Hash == hash && (u.FileID == "" || u.FileID == old.FileID) {
			return *old, nil
		}
		if u.FileID == "" {
			file.ID = old.FileID
		}
	}
	d, err := prepare(in, hash)
	if err != nil {
		return Document{}, err
	}
	d.file(src.ID, file, content)
	if u.FileID != "" {
		d.Content = nil // the store has it
	}
	if err := b.write(ctx, src.ID, []prepared{d}); err != nil {
		return Document{}, err
	}
	b.merges.soon(ctx, src.ID, false)
	return b.store.Document(ctx, src.ID, file.ID)
}

// uploaded returns the upload's file, named by the document's path, and its
// content.
func (b *Base) uploaded(ctx context.Context, u Upload) (File, []byte, error) {
	if u.FileID == "" {
		if !fs.ValidPath(u.Path) || u.Path == "." || !validName(u.Path) {
			return File{}, nil, fmt.Errorf("path %.80q is not relative with forward slashes, or too long: %w", u.Path, ErrInvalid)
		}
		if u.Content == nil {
			u.Content = []byte{}
		}
		return newFile(u.Path, u.Content), u.Content, nil
	}
	file, err := b.File(ctx, u.FileID)
	if err != nil {
		return File{}, nil, err
	}
	content, err := b.FileContent(ctx, u.FileID)
	if err != nil {
		return File{}, nil, err
	}
	if u.Path != "" {
		file.Name = u.Path
	}
	return file, content, nil
}

func newFile(name string, content []byte) File {
	return File{
		ID: id.New("file-"), Name: name, Purpose: filePurpose,
		Bytes: int64(len(content)), CreatedAt: time.Now().UTC(),
	}
}

// file says in which source and file a document is.
func (d *prepared) file(source string, f File, content []byte) {
	d.Source, d.FileID, d.File, d.Content = source, f.ID, f, content
}

// Remove removes a document from a source, named by ID or name. A missing one
// wraps fs.ErrNotExist.
func (b *Base) Remove(ctx context.Context, source, fileID string) error {
	src, err := b.Source(ctx, source)
	if err == nil {
		_, err = b.store.Document(ctx, src.ID, fileID)
	}
	if err == nil {
		err = b.write(ctx, src.ID, nil, fileID)
	}
	if err != nil {
		return fmt.Errorf("remove document %s: %w", fileID, err)
	}
	b.merges.soon(ctx, src.ID, true)
	return nil
}
