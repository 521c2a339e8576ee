package server

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"github.com/honehq/hone/eval"
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
	found, err := s.cfg.Sources.Sources(r.Context())
	if err != nil {
		return err
	}
	out := list[sourceJSON]{Data: []sourceJSON{}}
	for _, src := range found {
		out.Data = append(out.Data, sourceJSON{src.ID, src.Name, string(src.Kind), src.Documents, src.Bytes, src.CreatedAt, src.SyncedAt})
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

func (s *Server) agentParam(r *http.Request) string {
	return cmp.Or(r.URL.Query().Get("agent"), s.cfg.Agents[0].Name())
}

func (s *Server) rounds(w http.ResponseWriter, r *http.Request) error {
	limit, err := limitParam(r)
	if err != nil {
		return err
	}
	found, err := s.cfg.Eval.Rounds(r.Context(), s.agentParam(r), limit)
	if err != nil {
		return err
	}
	if found == nil {
		found = []eval.Round{}
	}
	writeJSON(w, http.StatusOK, list[eval.Round]{found})
	return nil
}

func (s *Server) round(w http.ResponseWriter, r *http.Request) error {
	round, err := s.cfg.Eval.Round(r.Context(), r.PathValue("id"))
	if err != nil {
		return fmt.Errorf("round %q: %w", r.PathValue("id"), err)
	}
	writeJSON(w, http.StatusOK, round)
	return nil
}

// cases shows train and dev cases, and sealed ones once they have retired: until
// then nobody reads them.
func (s *Server) cases(w http.ResponseWriter, r *http.Request) error {
	found, err := s.cfg.Eval.Cases(r.Context(), eval.CaseFilter{Agent: s.agentParam(r), Retired: true})
	if err != nil {
		return err
	}
	type caseJSON struct {
		eval.Case
		Split   eval.Split `json:"split"`
		Retired bool       `json:"retired"`
	}
	out := struct {
		Data   []caseJSON `json:"data"`
		Sealed int        `json:"sealed"`
	}{Data: []caseJSON{}}
	for _, c := range found {
		if c.Split == eval.Sealed && c.Retired.IsZero() {
			out.Sealed++
			continue
		}
		out.Data = append(out.Data, caseJSON{c.Case, c.Split, !c.Retired.IsZero()})
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}
