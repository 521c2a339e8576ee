package openresponses

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/knowledge"
)

// fileObject is a file as clients see it.
type fileObject struct {
	ID        string `json:"id"`
	Object    string `json:"object"` // "file"
	Bytes     int64  `json:"bytes"`
	CreatedAt int64  `json:"created_at"`
	ExpiresAt *int64 `json:"expires_at"` // always null
	Filename  string `json:"filename"`
	Purpose   string `json:"purpose"`
	Status    string `json:"status"` // "processed"
}

func newFileObject(f knowledge.File) fileObject {
	return fileObject{
		ID: f.ID, Object: "file", Bytes: f.Bytes, CreatedAt: f.CreatedAt.Unix(),
		Filename: f.Name, Purpose: f.Purpose, Status: "processed",
	}
}

var purposes = []string{"assistants", "batch", "fine-tune", "vision", "user_data", "evals"}

// createFile answers POST /v1/files, a multipart form with "file" and "purpose".
func (e *Engine) createFile(w http.ResponseWriter, r *http.Request) error {
	const formOverhead = 1 << 20
	r.Body = http.MaxBytesReader(w, r.Body, e.limits.file+formOverhead)
	form, err := r.MultipartReader()
	if err != nil {
		return &Error{Code: InvalidValue, Message: "The request must be a multipart form with 'file' and 'purpose'.", Err: err}
	}
	f := knowledge.File{ID: id.New("file-"), CreatedAt: time.Now().UTC()}
	content, err := e.readForm(form, &f)
	if err != nil {
		return err
	}
	switch {
	case content == nil:
		return missing("file")
	case f.Purpose == "":
		return missing("purpose")
	}
	if err := checkEnum("purpose", f.Purpose, purposes...); err != nil {
		return err
	}
	f.Bytes = int64(len(content))
	if err := e.knowledge.PutFile(r.Context(), f, content); err != nil {
		return fmt.Errorf("store file %s: %w", f.Name, err)
	}
	return reply(w, http.StatusOK, newFileObject(f))
}

// readForm reads a file's name, purpose and content; nil content if there is
// none.
func (e *Engine) readForm(form *multipart.Reader, f *knowledge.File) (content []byte, err error) {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return content, nil
		}
		if err != nil {
			return nil, formError(err)
		}
		switch part.FormName() {
		case "purpose":
			b, err := io.ReadAll(io.LimitReader(part, 100))
			if err != nil {
				return nil, formError(err)
			}
			f.Purpose = string(b)
		case "file":
			if f.Name, err = filename(part.FileName()); err != nil {
				return nil, err
			}
			if content, err = io.ReadAll(io.LimitReader(part, e.limits.file+1)); err != nil {
				return nil, formError(err)
			}
			if int64(len(content)) > e.limits.file {
				return nil, &Error{Code: TooLarge, Param: "file", Message: fmt.Sprintf("The file is larger than %d bytes.", e.limits.file)}
			}
		}
	}
}

func formError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &Error{Code: TooLarge, Param: "file", Message: "The file is too large."}
	}
	return &Error{Code: InvalidValue, Message: "The multipart form is broken or cut off.", Err: err}
}

// filename is the last element of the name that a client gives.
func filename(s string) (string, error) {
	name := path.Base(strings.ReplaceAll(s, `\`, "/"))
	if s == "" || name == "." || name == "/" || name == ".." || len(name) > 255 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '\uFFFD' }) {
		return "", invalid("file", "Invalid 'file': a filename of at most 255 bytes without control characters is needed.")
	}
	return name, nil
}

// listFiles answers GET /v1/files.
func (e *Engine) listFiles(w http.ResponseWriter, r *http.Request) error {
	p, err := parsePaging(r.URL.Query(), 10_000, 10_000)
	if err != nil {
		return err
	}
	files, err := e.knowledge.Files(r.Context(), "", 0)
	if err != nil {
		return fmt.Errorf("list files: %w", err)
	}
	purpose := r.URL.Query().Get("purpose")
	objects := []fileObject{}
	for _, f := range files {
		if purpose == "" || f.Purpose == purpose {
			objects = append(objects, newFileObject(f))
		}
	}
	list, err := paginate(objects, func(f fileObject) string { return f.ID }, p)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, list)
}

func (e *Engine) file(r *http.Request) (knowledge.File, error) {
	f, err := e.knowledge.File(r.Context(), r.PathValue("file"))
	return f, notFound(err, "file_id", "file", r.PathValue("file"))
}

// getFile answers GET /v1/files/{file}.
func (e *Engine) getFile(w http.ResponseWriter, r *http.Request) error {
	f, err := e.file(r)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newFileObject(f))
}

// getFileContent answers GET /v1/files/{file}/content. It is always a download:
// no browser is to take a document for a page of ours.
func (e *Engine) getFileContent(w http.ResponseWriter, r *http.Request) error {
	f, err := e.file(r)
	if err != nil {
		return err
	}
	content, err := e.knowledge.FileContent(r.Context(), f.ID)
	if err != nil {
		return notFound(err, "file_id", "file", f.ID)
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", "attachment")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(content)))
	_, err = w.Write(content)
	return err
}

// deleteFile answers DELETE /v1/files/{file}: the file goes, with what was made
// of it everywhere.
func (e *Engine) deleteFile(w http.ResponseWriter, r *http.Request) error {
	f, err := e.file(r)
	if err != nil {
		return err
	}
	if err := e.knowledge.DeleteFile(r.Context(), f.ID); err != nil {
		return notFound(fmt.Errorf("delete file %s: %w", f.ID, err), "file_id", "file", f.ID)
	}
	return reply(w, http.StatusOK, deleted{f.ID, "file", true})
}
