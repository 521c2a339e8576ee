package server

import (
	"net/http"

	"github.com/honehq/hone/eval"
)

func (s *Server) rounds(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "agent", "limit")
	if err != nil {
		return err
	}
	limit, err := limitOf(values)
	if err != nil {
		return err
	}
	agent, err := s.known(r.Context(), values.Get("agent"))
	if err != nil {
		return err
	}
	found, err := s.cfg.Eval.Rounds(r.Context(), agent, limit)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, list[eval.Round]{Data: append([]eval.Round{}, found...)})
}

func (s *Server) round(w http.ResponseWriter, r *http.Request) error {
	round, err := s.cfg.Eval.Round(r.Context(), r.PathValue("id"))
	if err != nil {
		return missing(err, "id", "round", r.PathValue("id"))
	}
	return writeJSON(w, http.StatusOK, round)
}

// caseJSON is a case as the API shows it.
type caseJSON struct {
	eval.Case
	Split   eval.Split `json:"split"`
	Retired bool       `json:"retired"`
}

// cases shows train and dev cases, and sealed ones once they have retired: until
// then nobody reads them.
func (s *Server) cases(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "agent")
	if err != nil {
		return err
	}
	agent, err := s.known(r.Context(), values.Get("agent"))
	if err != nil {
		return err
	}
	found, err := s.cfg.Eval.Cases(r.Context(), eval.CaseFilter{Agent: agent, Retired: true})
	if err != nil {
		return err
	}
	out := struct {
		Data   []caseJSON `json:"data"`
		Sealed int        `json:"sealed"` // how many are not shown
	}{Data: []caseJSON{}}
	for _, c := range found {
		if c.Split == eval.Sealed && c.Retired.IsZero() {
			out.Sealed++
			continue
		}
		out.Data = append(out.Data, caseJSON{c.Case, c.Split, !c.Retired.IsZero()})
	}
	return writeJSON(w, http.StatusOK, out)
}
