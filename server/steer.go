package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/rollout"
)

// Steering is what people decide about rounds and trials. Unknown rounds, trials
// and agents wrap fs.ErrNotExist.
type Steering interface {
	// ApproveRound puts the prompt of a waiting round in use; DeclineRound turns
	// it down. Both return eval.ErrNotWaiting if the round doesn't wait, and
	// eval.ErrBusy while a process works on the agent's rounds.
	ApproveRound(ctx context.Context, id, author string) (eval.Round, error)
	DeclineRound(ctx context.Context, id, author string) (eval.Round, error)
	// EndTrial gives the new prompt to everyone (keep), or puts the old one back.
	// It returns rollout.ErrEnded if the trial had ended.
	EndTrial(ctx context.Context, id string, keep bool, author string) (rollout.Rollout, error)
	// PauseRounds holds an agent's rounds, or lets them go on.
	PauseRounds(ctx context.Context, agent string, hold bool) error
}

// steered is a call that decides about what an ID names.
func (s *Server) steered(w http.ResponseWriter, r *http.Request, param, what string, decide func(id string) (any, error)) error {
	if s.cfg.Rounds == nil {
		return nothingHere(w, r)
	}
	id := r.PathValue(param)
	done, err := decide(id)
	switch {
	case errors.Is(err, eval.ErrNotWaiting):
		return refuse(conflict, "", "round %.100q doesn't wait for approval", id)
	case errors.Is(err, eval.ErrBusy):
		return refuse(conflict, "", "a round of this agent is being worked on; try again when it has ended")
	case errors.Is(err, rollout.ErrEnded):
		return refuse(conflict, "", "trial %.100q has ended", id)
	case err != nil:
		return missing(err, param, what, id)
	}
	return writeJSON(w, http.StatusOK, done)
}

func (s *Server) approveRound(w http.ResponseWriter, r *http.Request) error {
	return s.steered(w, r, "id", "round", func(id string) (any, error) { return s.cfg.Rounds.ApproveRound(r.Context(), id, byAPI) })
}

func (s *Server) declineRound(w http.ResponseWriter, r *http.Request) error {
	return s.steered(w, r, "id", "round", func(id string) (any, error) { return s.cfg.Rounds.DeclineRound(r.Context(), id, byAPI) })
}

func (s *Server) keepTrial(w http.ResponseWriter, r *http.Request) error {
	return s.steered(w, r, "id", "trial", func(id string) (any, error) { return s.cfg.Rounds.EndTrial(r.Context(), id, true, byAPI) })
}

func (s *Server) backTrial(w http.ResponseWriter, r *http.Request) error {
	return s.steered(w, r, "id", "trial", func(id string) (any, error) { return s.cfg.Rounds.EndTrial(r.Context(), id, false, byAPI) })
}

// paused says whether an agent's rounds are held.
type paused struct {
	Agent  string `json:"agent"`
	Paused bool   `json:"paused"`
}

func (s *Server) pauseRounds(w http.ResponseWriter, r *http.Request) error {
	return s.steered(w, r, "name", "agent", func(name string) (any, error) {
		return paused{name, true}, s.cfg.Rounds.PauseRounds(r.Context(), name, true)
	})
}

func (s *Server) resumeRounds(w http.ResponseWriter, r *http.Request) error {
	return s.steered(w, r, "name", "agent", func(name string) (any, error) {
		return paused{name, false}, s.cfg.Rounds.PauseRounds(r.Context(), name, false)
	})
}

// known returns the agent that a list is asked for, the default where none is
// named. One that there isn't is a refusal: an empty list would hide a slip.
func (s *Server) known(ctx context.Context, name string) (string, error) {
	if name == "" {
		return s.cfg.Agents[0].Name(), nil
	}
	if _, err := s.fleet.Asker(ctx, name); err != nil {
		return "", missing(err, "agent", "agent", name)
	}
	return name, nil
}
