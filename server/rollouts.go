package server

import (
	"cmp"
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
	found, err := rollout.Standings(r.Context(), s.cfg.Eval, cmp.Or(values.Get("agent"), s.cfg.Agents[0].Name()), limit)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, list[rollout.Standing]{Data: found})
}
