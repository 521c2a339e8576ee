package otel

import (
	"context"
	"errors"
	"time"
)

// Run is what is measured of a question that has ended.
type Run struct {
	Agent, Model, Provider, Origin string
	Status                         string // answered, not_found, degraded; failed or canceled
	Duration                       time.Duration
	Citations                      int // of the answer
	Dropped                        int // that the model made of nothing that was retrieved
}

// StartRun counts a question as being answered until the function that it
// returns is called, once. Like all that measures, it does nothing under a
// context that is closed to telemetry.
func StartRun(ctx context.Context, agent, origin string) (end func()) {
	activeRuns.add(ctx, 1, agent, origin)
	return func() { activeRuns.add(ctx, -1, agent, origin) }
}

// RecordRun counts a question that has ended.
func RecordRun(ctx context.Context, r Run) {
	answers.add(ctx, 1, r.Agent, r.Model, r.Provider, r.Origin, r.Status)
	runDuration.add(ctx, r.Duration.Seconds(), r.Agent, r.Model, r.Provider, r.Origin, r.Status)
	if r.Status == "failed" || r.Status == "canceled" {
		return
	}
	answerCitations.add(ctx, float64(r.Citations), r.Agent, r.Origin)
	citations.add(ctx, float64(r.Citations), r.Agent, r.Origin, "kept")
	citations.add(ctx, float64(r.Dropped), r.Agent, r.Origin, "dropped")
}

// RecordDroppedCitations counts citations that a model made up and nobody gets to
// see, for the context's Caller.
func RecordDroppedCitations(ctx context.Context, n int) {
	if n > 0 {
		by := CallerOf(ctx)
		citations.add(ctx, float64(n), by.Agent, by.Origin, "dropped")
	}
}

// RecordToolCall counts a call of a tool that there is; what a model made up
// must be named "unknown". err is what ends the run, refused what the model may
// mend.
func RecordToolCall(ctx context.Context, tool string, took time.Duration, refused bool, err error) {
	status, origin := ended(err), CallerOf(ctx).Origin
	if refused {
		status = "failed"
	}
	toolCalls.add(ctx, 1, tool, origin, status)
	toolDuration.add(ctx, took.Seconds(), tool, origin)
}

// ended is how what ended with an error is counted.
func ended(err error) string {
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, context.Canceled):
		return "canceled"
	}
	return "failed"
}

// RecordFeedback counts what a person thought of an answer: "up" or "down".
func RecordFeedback(ctx context.Context, agent, rating string) {
	feedback.add(ctx, 1, agent, rating)
}

// RecordCheck counts a check of a question or an answer.
func RecordCheck(ctx context.Context, check string, passed bool) {
	outcome := "failed"
	if passed {
		outcome = "passed"
	}
	checks.add(ctx, 1, check, outcome)
}

// StartRequest counts a request as being answered until the function that it
// returns is called, once.
func StartRequest(ctx context.Context, method string) (end func()) {
	activeRequests.add(ctx, 1, method)
	return func() { activeRequests.add(ctx, -1, method) }
}
