package server

import (
	"net/http"

	"github.com/honehq/hone/eval/rollout"
)

// rollouts shows prompts on trial and how that stands.
func (s *Server) rollouts(w http.ResponseWriter, r *http.Request) error {
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
	found, err := rollout.Standings(r.Context(), s.cfg.Eval, agent, limit)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, list[rollout.Standing]{Data: found})
}
