package server

import (
	"net/http"
	"time"

	"github.com/honehq/hone/agent"
)

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
	// Next is the parameter before that gets what follows; empty at the end and
	// of lists that come whole.
	Next string `json:"next,omitempty"`
}

func (s *Server) runs(w http.ResponseWriter, r *http.Request) error {
	f, err := runFilter(r)
	if err != nil {
		return err
	}
	limit := f.Limit
	f.Limit++ // one more tells whether more follow
	found, err := s.cfg.Runs.Runs(r.Context(), f)
	if err != nil {
		return err
	}
	out := list[runJSON]{Data: []runJSON{}}
	for _, run := range found[:min(limit, len(found))] {
		out.Data = append(out.Data, toRunJSON(run))
	}
	if len(found) > limit {
		out.Next = found[limit-1].CreatedAt.Format(time.RFC3339Nano)
	}
	return writeJSON(w, http.StatusOK, out)
}

func runFilter(r *http.Request) (f agent.RunFilter, err error) {
	values, err := query(r, "agent", "thread", "status", "origin", "before", "limit")
	if err != nil {
		return f, err
	}
	f.Agent, f.Thread = values.Get("agent"), values.Get("thread")
	if f.Status, err = oneOf(values, "status", agent.Answered, agent.NotFound, agent.Degraded); err != nil {
		return f, err
	}
	if f.Origin, err = oneOf(values, "origin", agent.FromHTTP, agent.FromCLI, agent.FromSlack, agent.FromDemo); err != nil {
		return f, err
	}
	if f.Before, err = timeOf(values, "before"); err != nil {
		return f, err
	}
	f.Limit, err = limitOf(values)
	return f, err
}

func (s *Server) run(w http.ResponseWriter, r *http.Request) error {
	run, err := s.cfg.Runs.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return missing(err, "id", "run", r.PathValue("id"))
	}
	return writeJSON(w, http.StatusOK, toRunJSON(run))
}
