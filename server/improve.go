package server

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net/http"

	"github.com/honehq/hone/eval"
)

// Rounds begins and cancels improvement rounds, which then run in the
// background, on whichever replica takes them.
type Rounds interface {
	// BeginRound begins a round of an agent: eval.ErrBusy while one runs,
	// eval.ErrWaiting while one waits for approval, eval.ErrPaused while rounds
	// are held, and an error wrapping fs.ErrNotExist if there are no cases.
	BeginRound(ctx context.Context, agent string) (eval.Round, error)
	// CancelRound has a running round end within seconds; eval.ErrNotRunning if
	// it has ended, and an error wrapping fs.ErrNotExist if it is unknown.
	CancelRound(ctx context.Context, id, author string) (eval.Round, error)
	Steering
}

// roundRequest is the body of POST /v1/rounds.
type roundRequest struct {
	Agent string `json:"agent"` // empty: the default
}

func (s *Server) beginRound(w http.ResponseWriter, r *http.Request) error {
	if s.cfg.Rounds == nil {
		return nothingHere(w, r)
	}
	var req roundRequest
	if err := decode(w, r, &req); err != nil {
		return err
	}
	name := cmp.Or(req.Agent, s.cfg.Agents[0].Name())
	if _, err := s.fleet.Asker(r.Context(), name); err != nil {
		return missing(err, "agent", "agent", name)
	}
	round, err := s.cfg.Rounds.BeginRound(r.Context(), name)
	switch {
	case errors.Is(err, eval.ErrBusy):
		return refuse(conflict, "", "a round of agent %.100q runs already: %s", name, round.ID)
	case errors.Is(err, eval.ErrWaiting):
		return refuse(conflict, "", "a round of agent %.100q waits for approval; approve or decline it first", name)
	case errors.Is(err, eval.ErrPaused):
		return refuse(conflict, "", "rounds of agent %.100q are paused; let them go on first: hone eval rounds resume", name)
	case errors.Is(err, fs.ErrNotExist):
		return refuse(conflict, "", "agent %.100q has no cases to train and to screen on; add some", name)
	case err != nil:
		return err
	}
	w.Header().Set("Location", "/v1/rounds/"+round.ID)
	return writeJSON(w, http.StatusAccepted, round)
}

func (s *Server) cancelRound(w http.ResponseWriter, r *http.Request) error {
	if s.cfg.Rounds == nil {
		return nothingHere(w, r)
	}
	id := r.PathValue("id")
	round, err := s.cfg.Rounds.CancelRound(r.Context(), id, byAPI)
	if errors.Is(err, eval.ErrNotRunning) {
		return refuse(conflict, "", "round %.100q has ended", id)
	}
	if err != nil {
		return missing(err, "id", "round", id)
	}
	return writeJSON(w, http.StatusAccepted, round)
}
