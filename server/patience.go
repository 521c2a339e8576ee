package server

import (
	"io"
	"net/http"
	"time"
)

// patience is how long a caller may neither send what we wait for nor take what
// we send. Answers may stream for as long as they take; a caller who stalls
// would hold a run, its connection and its memory for ever.
const patience = 30 * time.Second

// maxPiece is what a caller must take within patience, in bytes; longer writes
// are cut.
const maxPiece = 64 << 10

// patient ends connections of callers who stall.
func patient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn := http.NewResponseController(w)
		if body := r.Body; body != nil && body != http.NoBody {
			r.Body = &patientBody{body, conn}
			// For what is refused unread, which net/http reads before it answers.
			_ = conn.SetReadDeadline(time.Now().Add(patience)) // not every connection has deadlines
			defer func() { r.Body = body }()                   // net/http looks at its own afterwards
		}
		next.ServeHTTP(&patientWriter{w, conn}, r)
		// net/http first reads what is left of the body, then writes what is left
		// of the response.
		_ = conn.SetWriteDeadline(time.Now().Add(2 * patience))
	})
}

// patientBody waits for each piece of a body anew.
type patientBody struct {
	io.ReadCloser
	conn *http.ResponseController
}

func (b *patientBody) Read(p []byte) (int, error) {
	_ = b.conn.SetReadDeadline(time.Now().Add(patience))
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		// net/http now waits for the caller's going away, which may be long.
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

// patientWriter waits for each piece of a response anew.
type patientWriter struct {
	http.ResponseWriter
	conn *http.ResponseController
}

// Unwrap lets http.ResponseController find what else the writer can do.
func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *patientWriter) Write(p []byte) (n int, err error) {
	for {
		_ = w.conn.SetWriteDeadline(time.Now().Add(patience))
		wrote, err := w.ResponseWriter.Write(p[:min(len(p), maxPiece)])
		n += wrote
		if p = p[wrote:]; err != nil || len(p) == 0 {
			return n, err
		}
	}
}

// FlushError is what http.ResponseController flushes by.
func (w *patientWriter) FlushError() error {
	_ = w.conn.SetWriteDeadline(time.Now().Add(patience))
	return w.conn.Flush()
}
