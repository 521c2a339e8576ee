package server

import (
	"cmp"
	"errors"
	"iter"
	"net/http"
	"strings"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/otel"
)

// askRequest is the body of POST /v1/ask.
type askRequest struct {
	Question string `json:"question"`
	Thread   string `json:"thread"`
	Stream   *bool  `json:"stream"` // nil: as the Accept header says
	Agent    string `json:"agent"`
}

var errNoAnswer = errors.New("the run ended without an answer")

func (s *Server) ask(w http.ResponseWriter, r *http.Request) error {
	var req askRequest
	if err := decode(w, r, &req); err != nil {
		return err
	}
	ctx, check := otel.StartCheck(r.Context(), "request")
	asker, err := s.check(r.WithContext(ctx), req)
	if err != nil {
		check.Failed(otel.ErrorType(err))
		return err
	}
	check.Passed()
	events := asker.Ask(r.Context(), agent.Question{
		Text: req.Question, Thread: req.Thread, Origin: agent.FromHTTP, Access: knowledge.AccessFrom(r.Context()),
	})
	if req.streams(r) {
		return s.stream(w, r, events)
	}
	answer, err := answerOf(events)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, answer)
}

// check refuses what can't be asked, and finds who answers the rest.
func (s *Server) check(r *http.Request, req askRequest) (Asker, error) {
	if strings.TrimSpace(req.Question) == "" {
		return nil, refuse(invalidRequest, "question", `"question" is empty: send {"question": "…"}`)
	}
	if err := checkText("question", req.Question); err != nil {
		return nil, err
	}
	name := cmp.Or(req.Agent, s.cfg.Agents[0].Name())
	if req.Thread != "" {
		// Asked here, so that only this is the caller's mistake: whatever else a
		// run finds missing is ours.
		earlier, err := s.cfg.Runs.ThreadRuns(r.Context(), req.Thread, 1)
		if err != nil {
			return nil, missing(err, "thread", "thread", req.Thread)
		}
		if len(earlier) > 0 {
			of := earlier[0].Agent
			if req.Agent != "" && req.Agent != of {
				return nil, refuse(invalidRequest, "thread", "the thread is one of the agent %.100q: ask that one, or start another thread", of)
			}
			name = of
		}
	}
	asker, err := s.fleet.Asker(r.Context(), name)
	if err != nil {
		return nil, agentError(err)
	}
	return asker, nil
}

// streams tells whether the caller wants events: by the body, else because it
// accepts nothing but them.
func (req askRequest) streams(r *http.Request) bool {
	if req.Stream != nil {
		return *req.Stream
	}
	accept := strings.Join(r.Header.Values("Accept"), ",")
	return strings.Contains(accept, "text/event-stream") && !strings.Contains(accept, "application/json")
}

// answerOf drains a run.
func answerOf(events iter.Seq2[agent.Event, error]) (agent.Answer, error) {
	for e, err := range events {
		if err != nil {
			return agent.Answer{}, err
		}
		if d, ok := e.(agent.Done); ok {
			return d.Answer, nil
		}
	}
	return agent.Answer{}, errNoAnswer
}
