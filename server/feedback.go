package server

import (
	"net/http"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/otel"
)

// feedbackRequest is the body of POST /v1/runs/{id}/feedback.
type feedbackRequest struct {
	Rating     string `json:"rating"` // "up" or "down"
	Comment    string `json:"comment"`
	Correction string `json:"correction"` // what would have been right
}

func (s *Server) feedback(w http.ResponseWriter, r *http.Request) error {
	var req feedbackRequest
	if err := decode(w, r, &req); err != nil {
		return err
	}
	if req.Rating != "up" && req.Rating != "down" {
		return refuse(invalidRequest, "rating", `"rating" is %.100q; it must be "up" or "down"`, req.Rating)
	}
	if err := checkText("comment", req.Comment); err != nil {
		return err
	}
	if err := checkText("correction", req.Correction); err != nil {
		return err
	}
	f := agent.Feedback{Rating: req.Rating, Comment: req.Comment, Correction: req.Correction, At: time.Now().UTC()}
	if err := s.cfg.Runs.AddFeedback(r.Context(), r.PathValue("id"), f); err != nil {
		return missing(err, "id", "run", r.PathValue("id"))
	}
	if run, err := s.cfg.Runs.Run(r.Context(), r.PathValue("id")); err == nil { // it was there a moment ago
		otel.RecordFeedback(r.Context(), run.Agent, f.Rating)
	}
	return writeJSON(w, http.StatusCreated, f)
}
