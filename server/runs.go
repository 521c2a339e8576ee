package server

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/honehq/hone/agent"
)

// maxList bounds lists.
const maxList = 200

// runJSON is a run as the API shows it.
type runJSON struct {
	agent.Answer
	Question string           `json:"question"`
	Origin   agent.Origin     `json:"origin"`
	Error    string           `json:"error,omitempty"`
	Feedback []agent.Feedback `json:"feedback"`
}

func toRunJSON(r agent.Run) runJSON {
	if r.Feedback == nil {
		r.Feedback = []agent.Feedback{}
	}
	if r.Citations == nil {
		r.Citations = []agent.Citation{}
	}
	return runJSON{r.Answer, r.Question, r.Origin, r.Error, r.Feedback}
}

// list is a list as the API shows it.
type list[T any] struct {
	Data []T `json:"data"`
}

func (s *Server) runs(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	limit, err := limitParam(r)
	if err != nil {
		return err
	}
	f := agent.RunFilter{
		Agent: q.Get("agent"), Thread: q.Get("thread"), Status: agent.Status(q.Get("status")),
		Origin: agent.Origin(q.Get("origin")), Limit: limit,
	}
	if before := q.Get("before"); before != "" {
		if f.Before, err = time.Parse(time.RFC3339, before); err != nil {
			return badRequestf("before", "%q is not a time such as 2025-01-31T12:00:00Z", before)
		}
	}
	found, err := s.cfg.Runs.Runs(r.Context(), f)
	if err != nil {
		return err
	}
	out := list[runJSON]{Data: []runJSON{}}
	for _, run := range found {
		out.Data = append(out.Data, toRunJSON(run))
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

func (s *Server) run(w http.ResponseWriter, r *http.Request) error {
	run, err := s.cfg.Runs.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return fmt.Errorf("run %q: %w", r.PathValue("id"), err)
	}
	writeJSON(w, http.StatusOK, toRunJSON(run))
	return nil
}

func (s *Server) feedback(w http.ResponseWriter, r *http.Request) error {
	var f agent.Feedback
	if err := decode(w, r, &f); err != nil {
		return err
	}
	if f.Rating != "up" && f.Rating != "down" {
		return badRequestf("rating", `"rating" is %q; it must be "up" or "down"`, f.Rating)
	}
	f.At = time.Now().UTC()
	if err := s.cfg.Runs.AddFeedback(r.Context(), r.PathValue("id"), f); err != nil {
		return fmt.Errorf("run %q: %w", r.PathValue("id"), err)
	}
	writeJSON(w, http.StatusCreated, f)
	return nil
}

func limitParam(r *http.Request) (int, error) {
	s := r.URL.Query().Get("limit")
	if s == "" {
		return 20, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxList {
		return 0, badRequestf("limit", "limit is %q; it must be a number from 1 to %d", s, maxList)
	}
	return n, nil
}
