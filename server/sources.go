package server

import (
	"net/http"
	"time"
)

// sourceJSON is a source as the API shows it.
type sourceJSON struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Kind      string    `json:"kind"`
	Documents int       `json:"documents"`
	Bytes     int64     `json:"bytes"`
	CreatedAt time.Time `json:"created_at"`
	SyncedAt  time.Time `json:"synced_at,omitzero"`
}

func (s *Server) sources(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	found, err := s.cfg.Sources.Sources(r.Context())
	if err != nil {
		return err
	}
	out := list[sourceJSON]{Data: []sourceJSON{}}
	for _, src := range found {
		out.Data = append(out.Data, sourceJSON{src.ID, src.Name, string(src.Kind), src.Documents, src.Bytes, src.CreatedAt, src.SyncedAt})
	}
	return writeJSON(w, http.StatusOK, out)
}
