package openresponses

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/honehq/hone/knowledge"
)

// vectorStoreFile is a document as clients see it.
type vectorStoreFile struct {
	ID               string               `json:"id"` // the file's
	Object           string               `json:"object"`
	CreatedAt        int64                `json:"created_at"`
	UsageBytes       int64                `json:"usage_bytes"`
	VectorStoreID    string               `json:"vector_store_id"`
	Status           string               `json:"status"`
	LastError        *struct{}            `json:"last_error"` // always null
	Attributes       knowledge.Attributes `json:"attributes"`
	ChunkingStrategy chunkingStrategy     `json:"chunking_strategy"`
}

// chunkingStrategy is what OpenAI calls auto. Clients want to read one; here
// documents are cut along their headings.
type chunkingStrategy struct {
	Type   string `json:"type"`
	Static struct {
		MaxChunkSizeTokens int `json:"max_chunk_size_tokens"`
		ChunkOverlapTokens int `json:"chunk_overlap_tokens"`
	} `json:"static"`
}

func newVectorStoreFile(d knowledge.Document) vectorStoreFile {
	f := vectorStoreFile{
		ID: d.FileID, Object: "vector_store.file", CreatedAt: d.UpdatedAt.Unix(), UsageBytes: d.Bytes,
		VectorStoreID: d.Source, Status: completed, Attributes: d.Attributes,
	}
	if f.Attributes == nil {
		f.Attributes = knowledge.Attributes{}
	}
	f.ChunkingStrategy.Type = "static"
	f.ChunkingStrategy.Static.MaxChunkSizeTokens, f.ChunkingStrategy.Static.ChunkOverlapTokens = 800, 400
	return f
}

type attachBody struct {
	FileID           string               `json:"file_id"`
	Attributes       knowledge.Attributes `json:"attributes"`
	ChunkingStrategy json.RawMessage      `json:"chunking_strategy"`
}

// attachFile answers POST /v1/vector_stores/{store}/files. When it answers, the
// document can be searched.
func (e *Engine) attachFile(w http.ResponseWriter, r *http.Request) error {
	s, err := e.source(r)
	if err != nil {
		return err
	}
	var body attachBody
	if err := decodeBody(w, r, e.limits.body, &body); err != nil {
		return err
	}
	if body.FileID == "" {
		return missing("file_id")
	}
	if err := checkChunking(body.ChunkingStrategy); err != nil {
		return err
	}
	d, err := e.attach(r.Context(), s.ID, body.FileID, "file_id", body.Attributes)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newVectorStoreFile(d))
}

// attach makes a document of a file. Two files of one name are two documents:
// the later one's path begins with its ID.
func (e *Engine) attach(ctx context.Context, sourceID, fileID, param string, attributes knowledge.Attributes) (knowledge.Document, error) {
	file, err := e.knowledge.File(ctx, fileID)
	if err != nil {
		return knowledge.Document{}, notFound(err, param, "file", fileID)
	}
	path, release, err := e.freePath(ctx, sourceID, file)
	if err != nil {
		return knowledge.Document{}, err
	}
	defer release()
	return e.put(ctx, sourceID, knowledge.Upload{FileID: fileID, Path: path, Attributes: attributes}, param)
}

func (e *Engine) put(ctx context.Context, sourceID string, u knowledge.Upload, param string) (knowledge.Document, error) {
	if err := u.Attributes.Validate(); err != nil {
		return knowledge.Document{}, &Error{Code: InvalidValue, Param: "attributes", Message: err.Error(), Err: err}
	}
	d, err := e.knowledge.Put(ctx, sourceID, u)
	if errors.Is(err, knowledge.ErrInvalid) {
		return d, &Error{Code: InvalidValue, Param: param, Message: err.Error(), Err: err}
	}
	return d, notFound(err, param, "file or vector store", u.FileID)
}

// freePath finds a path for a file's document that no other file of the source
// has or is about to get. The path is the file's until release.
func (e *Engine) freePath(ctx context.Context, sourceID string, file knowledge.File) (path string, release func(), err error) {
	e.attaching.Lock()
	defer e.attaching.Unlock()
	name := docPlace{sourceID, file.Name}
	path = file.Name
	if claimant := e.attaching.claims[name]; claimant != "" && claimant != file.ID {
		path = file.ID + "/" + file.Name
	}
	for d, err := range e.knowledge.Documents(ctx, sourceID) {
		if err != nil {
			return "", nil, fmt.Errorf("documents of %s: %w", sourceID, err)
		}
		if d.FileID == file.ID {
			return d.Path, func() {}, nil
		}
		if d.Path == file.Name {
			path = file.ID + "/" + file.Name
		}
	}
	if path != file.Name {
		return path, func() {}, nil
	}
	if e.attaching.claims == nil {
		e.attaching.claims = map[docPlace]string{}
	}
	e.attaching.claims[name] = file.ID
	return path, func() {
		e.attaching.Lock()
		defer e.attaching.Unlock()
		delete(e.attaching.claims, name)
	}, nil
}

// attaching are the paths of documents that are being made.
type attaching struct {
	sync.Mutex
	claims map[docPlace]string // file IDs
}

// docPlace is a path in a source.
type docPlace struct{ source, path string }

// listVectorStoreFiles answers GET /v1/vector_stores/{store}/files.
func (e *Engine) listVectorStoreFiles(w http.ResponseWriter, r *http.Request) error {
	p, err := parsePaging(r.URL.Query(), 20, 100)
	if err != nil {
		return err
	}
	status := r.URL.Query().Get("filter")
	if err := checkEnum("filter", status, inProgress, completed, failed, "cancelled"); err != nil {
		return err
	}
	s, err := e.source(r)
	if err != nil {
		return err
	}
	objects := []vectorStoreFile{}
	for d, err := range e.knowledge.Documents(r.Context(), s.ID) {
		if err != nil {
			return fmt.Errorf("documents of %s: %w", s.ID, err)
		}
		if status == "" || status == completed {
			objects = append(objects, newVectorStoreFile(d))
		}
	}
	slices.SortStableFunc(objects, func(a, b vectorStoreFile) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	list, err := paginate(objects, func(f vectorStoreFile) string { return f.ID }, p)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, list)
}

// document finds the document of a request.
func (e *Engine) document(r *http.Request) (knowledge.Document, error) {
	s, err := e.source(r)
	if err != nil {
		return knowledge.Document{}, err
	}
	d, err := e.knowledge.Document(r.Context(), s.ID, r.PathValue("file"))
	return d, notFound(err, "file_id", "file in this vector store", r.PathValue("file"))
}

// getVectorStoreFile answers GET /v1/vector_stores/{store}/files/{file}.
func (e *Engine) getVectorStoreFile(w http.ResponseWriter, r *http.Request) error {
	d, err := e.document(r)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newVectorStoreFile(d))
}

// updateVectorStoreFile answers POST /v1/vector_stores/{store}/files/{file}: it
// replaces the attributes that clients gave.
func (e *Engine) updateVectorStoreFile(w http.ResponseWriter, r *http.Request) error {
	d, err := e.document(r)
	if err != nil {
		return err
	}
	var body attachBody
	if err := decodeBody(w, r, e.limits.body, &body); err != nil {
		return err
	}
	d, err = e.put(r.Context(), d.Source, knowledge.Upload{FileID: d.FileID, Path: d.Path, Attributes: body.Attributes, Groups: d.Groups}, "file_id")
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newVectorStoreFile(d))
}

// detachFile answers DELETE /v1/vector_stores/{store}/files/{file}. The file
// itself stays if it was uploaded.
func (e *Engine) detachFile(w http.ResponseWriter, r *http.Request) error {
	d, err := e.document(r)
	if err != nil {
		return err
	}
	if err := e.knowledge.Remove(r.Context(), d.Source, d.FileID); err != nil {
		return notFound(err, "file_id", "file in this vector store", d.FileID)
	}
	return reply(w, http.StatusOK, deleted{d.FileID, "vector_store.file.deleted", true})
}

// getVectorStoreFileContent answers GET
// /v1/vector_stores/{store}/files/{file}/content.
func (e *Engine) getVectorStoreFileContent(w http.ResponseWriter, r *http.Request) error {
	d, err := e.document(r)
	if err != nil {
		return err
	}
	content, err := e.knowledge.FileContent(r.Context(), d.FileID)
	if err != nil {
		return notFound(err, "file_id", "file", d.FileID)
	}
	return reply(w, http.StatusOK, searchPage[resultText]{
		Object: "vector_store.file_content.page", Data: []resultText{{"text", string(content)}},
	})
}
