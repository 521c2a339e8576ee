package openresponses

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/knowledge"
)

// vectorStoreObject is a source as clients see it.
type vectorStoreObject struct {
	ID           string            `json:"id"`
	Object       string            `json:"object"` // "vector_store"
	CreatedAt    int64             `json:"created_at"`
	Name         string            `json:"name"`
	UsageBytes   int64             `json:"usage_bytes"`
	FileCounts   fileCounts        `json:"file_counts"`
	Status       string            `json:"status"` // "completed": documents are searchable at once
	ExpiresAt    *int64            `json:"expires_at"`
	LastActiveAt int64             `json:"last_active_at"`
	Metadata     map[string]string `json:"metadata"`
}

type fileCounts struct {
	InProgress int `json:"in_progress"`
	Completed  int `json:"completed"`
	Failed     int `json:"failed"`
	Cancelled  int `json:"cancelled"`
	Total      int `json:"total"`
}

func newVectorStoreObject(s knowledge.Source) vectorStoreObject {
	active := s.CreatedAt
	if s.SyncedAt.After(active) {
		active = s.SyncedAt
	}
	o := vectorStoreObject{
		ID: s.ID, Object: "vector_store", CreatedAt: s.CreatedAt.Unix(), Name: s.Name, UsageBytes: s.Bytes,
		FileCounts: fileCounts{Completed: s.Documents, Total: s.Documents}, Status: completed,
		LastActiveAt: active.Unix(), Metadata: s.Metadata,
	}
	if o.Metadata == nil {
		o.Metadata = map[string]string{}
	}
	return o
}

type vectorStoreBody struct {
	Name             *string           `json:"name"`
	FileIDs          []string          `json:"file_ids"`
	Metadata         map[string]string `json:"metadata"`
	ExpiresAfter     json.RawMessage   `json:"expires_after"`
	ChunkingStrategy json.RawMessage   `json:"chunking_strategy"`
}

func (b vectorStoreBody) check() error {
	if !absent(b.ExpiresAfter) {
		return unsupported("expires_after", "Vector stores here do not expire.")
	}
	if b.Name != nil && utf8.RuneCountInString(*b.Name) > 256 {
		return invalid("name", "Invalid 'name': more than 256 characters.")
	}
	if len(b.FileIDs) > 500 {
		return invalid("file_ids", "Invalid 'file_ids': more than 500 IDs.")
	}
	if err := checkChunking(b.ChunkingStrategy); err != nil {
		return err
	}
	return checkMetadata(b.Metadata)
}

// checkChunking accepts OpenAI's strategies. Documents are cut along their
// headings whatever a client proposes.
func checkChunking(raw json.RawMessage) error {
	if absent(raw) {
		return nil
	}
	var s struct {
		Type string `json:"type"`
	}
	if err := decode(raw, &s, "chunking_strategy"); err != nil {
		return err
	}
	if s.Type == "" {
		return missing("chunking_strategy.type")
	}
	return checkEnum("chunking_strategy.type", s.Type, "auto", "static")
}

// createVectorStore answers POST /v1/vector_stores.
func (e *Engine) createVectorStore(w http.ResponseWriter, r *http.Request) error {
	var body vectorStoreBody
	if err := decodeBody(w, r, e.limits.body, &body); err != nil {
		return err
	}
	if err := body.check(); err != nil {
		return err
	}
	source, err := e.newSource(r.Context(), deref(body.Name, ""), body.Metadata)
	if err != nil {
		return err
	}
	if err := e.attachAll(r.Context(), source.ID, body.FileIDs); err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), saveTime)
		defer cancel()
		return errors.Join(err, e.knowledge.DeleteSource(ctx, source.ID))
	}
	return e.replySource(w, r, source.ID)
}

func (e *Engine) attachAll(ctx context.Context, sourceID string, fileIDs []string) error {
	for i, fileID := range fileIDs {
		if _, err := e.attach(ctx, sourceID, fileID, at("file_ids", i), nil); err != nil {
			return err
		}
	}
	return nil
}

// newSource creates a source. Its name is unique, so a name that is taken or
// empty is completed by a piece of its ID.
func (e *Engine) newSource(ctx context.Context, name string, metadata map[string]string) (knowledge.Source, error) {
	s := knowledge.Source{ID: id.New("vs_"), Name: name, Kind: knowledge.KindUpload, CreatedAt: time.Now().UTC(), Metadata: metadata}
	if name == "" {
		s.Name = s.ID
	}
	err := e.knowledge.CreateSource(ctx, s)
	if errors.Is(err, fs.ErrExist) {
		s.Name = fmt.Sprintf("%s (%s)", name, s.ID[len("vs_"):][:8])
		err = e.knowledge.CreateSource(ctx, s)
	}
	if err != nil {
		return s, fmt.Errorf("create vector store: %w", err)
	}
	return s, nil
}

// source finds the vector store of a request, by ID or name.
func (e *Engine) source(r *http.Request) (knowledge.Source, error) {
	name := r.PathValue("store")
	s, err := e.knowledge.Source(r.Context(), name)
	return s, notFound(err, "vector_store_id", "vector store", name)
}

func (e *Engine) replySource(w http.ResponseWriter, r *http.Request, sourceID string) error {
	s, err := e.knowledge.Source(r.Context(), sourceID)
	if err != nil {
		return notFound(err, "vector_store_id", "vector store", sourceID)
	}
	return reply(w, http.StatusOK, newVectorStoreObject(s))
}

// listVectorStores answers GET /v1/vector_stores.
func (e *Engine) listVectorStores(w http.ResponseWriter, r *http.Request) error {
	p, err := parsePaging(r.URL.Query(), 20, 100)
	if err != nil {
		return err
	}
	sources, err := e.knowledge.Sources(r.Context())
	if err != nil {
		return fmt.Errorf("list vector stores: %w", err)
	}
	objects := []vectorStoreObject{}
	for _, s := range sources {
		objects = append(objects, newVectorStoreObject(s))
	}
	list, err := paginate(objects, func(o vectorStoreObject) string { return o.ID }, p)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, list)
}

// getVectorStore answers GET /v1/vector_stores/{store}.
func (e *Engine) getVectorStore(w http.ResponseWriter, r *http.Request) error {
	s, err := e.source(r)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newVectorStoreObject(s))
}

// updateVectorStore answers POST /v1/vector_stores/{store}.
func (e *Engine) updateVectorStore(w http.ResponseWriter, r *http.Request) error {
	s, err := e.source(r)
	if err != nil {
		return err
	}
	var body vectorStoreBody
	if err := decodeBody(w, r, e.limits.body, &body); err != nil {
		return err
	}
	if err := body.check(); err != nil {
		return err
	}
	if body.Name != nil {
		if *body.Name == "" {
			return invalid("name", "Invalid 'name': it is empty.")
		}
		s.Name = *body.Name
	}
	if body.Metadata != nil {
		s.Metadata = body.Metadata
	}
	if err := e.knowledge.UpdateSource(r.Context(), s); err != nil {
		return notFound(fmt.Errorf("update vector store %s: %w", s.ID, err), "vector_store_id", "vector store", s.ID)
	}
	return e.replySource(w, r, s.ID)
}

// deleteVectorStore answers DELETE /v1/vector_stores/{store}.
func (e *Engine) deleteVectorStore(w http.ResponseWriter, r *http.Request) error {
	s, err := e.source(r)
	if err != nil {
		return err
	}
	if err := e.knowledge.DeleteSource(r.Context(), s.ID); err != nil {
		return notFound(fmt.Errorf("delete vector store %s: %w", s.ID, err), "vector_store_id", "vector store", s.ID)
	}
	return reply(w, http.StatusOK, deleted{s.ID, "vector_store.deleted", true})
}
