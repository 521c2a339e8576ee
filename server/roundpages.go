package server

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/roundpage"
)

// roundsShown is how many rounds the page of all rounds shows.
const roundsShown = 200

// roundsPage shows an agent's rounds and its learning curve.
func (s *Server) roundsPage(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "agent")
	if err != nil {
		return err
	}
	agent := cmp.Or(values.Get("agent"), s.cfg.Agents[0].Name())
	rounds, err := s.cfg.Eval.Rounds(r.Context(), agent, roundsShown)
	if err != nil {
		return err
	}
	reports := make([]eval.RoundReport, 0, len(rounds))
	for _, round := range slices.Backward(rounds) {
		report, err := eval.OpenReport(r.Context(), s.cfg.Eval, round)
		if err != nil {
			return err
		}
		reports = append(reports, report)
	}
	return sendRounds(w, func(w io.Writer) error {
		return roundpage.Rounds(w, agent, reports, func(id string) string { return "/rounds/" + url.PathEscape(id) })
	})
}

// roundPage shows one round.
func (s *Server) roundPage(w http.ResponseWriter, r *http.Request) error {
	report, err := s.openReport(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	questions, err := eval.OpenQuestions(r.Context(), s.cfg.Eval, report.Agent)
	if err != nil {
		return err
	}
	return sendRounds(w, func(w io.Writer) error { return roundpage.Round(w, report, questions) })
}

func (s *Server) openReport(ctx context.Context, id string) (eval.RoundReport, error) {
	round, err := s.cfg.Eval.Round(ctx, id)
	if err != nil {
		return eval.RoundReport{}, missing(err, "id", "round", id)
	}
	return eval.OpenReport(ctx, s.cfg.Eval, round)
}

// certificate is a round's certificate, byte by byte, as far as it may be seen.
func (s *Server) certificate(w http.ResponseWriter, r *http.Request) error {
	round, err := s.cfg.Eval.Round(r.Context(), r.PathValue("id"))
	if err != nil {
		return missing(err, "id", "round", r.PathValue("id"))
	}
	c, err := eval.OpenCertificate(r.Context(), s.cfg.Eval, round)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(c) //nolint:gosec // it is JSON, and said to be
	return nil
}

func sendRounds(w http.ResponseWriter, write func(io.Writer) error) error {
	return sendMade(w, roundpage.Policy, write)
}
