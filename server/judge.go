package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/honehq/hone/eval/calibrate"
)

// Judges tell how far agents' judges are trusted. An unknown agent wraps
// fs.ErrNotExist.
type Judges interface {
	Judge(ctx context.Context, agent string) (calibrate.Report, error)
}

func (s *Server) judge(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "agent")
	if err != nil {
		return err
	}
	name := cmp.Or(values.Get("agent"), s.cfg.Agents[0].Name())
	if s.cfg.Judges == nil {
		return missing(fmt.Errorf("judge of agent %s: %w", name, fs.ErrNotExist), "agent", "judge of agent", name)
	}
	report, err := s.cfg.Judges.Judge(r.Context(), name)
	if errors.Is(err, fs.ErrNotExist) {
		return missing(err, "agent", "agent", name)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, report)
}
