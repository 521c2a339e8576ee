package server

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/harvest"
)

// Harvest is where proposed cases wait for a person. An unknown agent or
// proposal wraps fs.ErrNotExist.
type Harvest interface {
	Proposed(ctx context.Context, agent string) ([]harvest.Proposal, error)
	AcceptCase(ctx context.Context, agent, id string, edited *eval.Case) (eval.Admitted, error)
	DeclineCase(ctx context.Context, agent, id string) error
}

// harvest returns the desk and the agent that a request names.
func (s *Server) harvest(r *http.Request) (Harvest, string, error) {
	values, err := query(r, "agent")
	if err != nil {
		return nil, "", err
	}
	if s.cfg.Harvest == nil {
		return nil, "", refuse(notFound, "", "no cases are proposed here")
	}
	return s.cfg.Harvest, cmp.Or(values.Get("agent"), s.cfg.Agents[0].Name()), nil
}

// proposed shows the cases that wait for a person.
func (s *Server) proposed(w http.ResponseWriter, r *http.Request) error {
	desk, agent, err := s.harvest(r)
	if err != nil {
		return err
	}
	found, err := desk.Proposed(r.Context(), agent)
	if err != nil {
		return missing(err, "agent", "agent", agent)
	}
	return writeJSON(w, http.StatusOK, list[harvest.Proposal]{Data: append([]harvest.Proposal{}, found...)})
}

// acceptRequest is the body of POST /v1/cases/{id}/accept, which may be empty.
type acceptRequest struct {
	Case *eval.Case `json:"case"` // as edited; its ID stays
}

func (s *Server) acceptCase(w http.ResponseWriter, r *http.Request) error {
	desk, agent, err := s.harvest(r)
	if err != nil {
		return err
	}
	var req acceptRequest
	if r.ContentLength != 0 {
		if err := decode(w, r, &req); err != nil {
			return err
		}
	}
	admitted, err := desk.AcceptCase(r.Context(), agent, r.PathValue("id"), req.Case)
	switch {
	case errors.Is(err, harvest.ErrUnfit):
		return refuse(invalidRequest, "case", "%s", err)
	case errors.Is(err, eval.ErrLeftOut):
		return refuse(conflict, "id", "%s", err)
	case err != nil:
		return missing(err, "id", "open proposal", r.PathValue("id"))
	}
	return writeJSON(w, http.StatusOK, admitted)
}

func (s *Server) declineCase(w http.ResponseWriter, r *http.Request) error {
	desk, agent, err := s.harvest(r)
	if err != nil {
		return err
	}
	if err := desk.DeclineCase(r.Context(), agent, r.PathValue("id")); err != nil {
		return missing(err, "id", "open proposal", r.PathValue("id"))
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
