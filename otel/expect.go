package otel

import "context"

// Expected is what a process knows at its start of what it will measure.
type Expected struct {
	Agents  []ExpectedAgent
	Sources []string
}

// ExpectedAgent is what is known of an agent.
type ExpectedAgent struct {
	Name            string
	Model, Provider string
	Tools           []string
	Models          []ExpectedModel // that work for it, its own included
}

// ExpectedModel is a model that will be called.
type ExpectedModel struct {
	Role            string
	Model, Provider string
	Priced          bool // what it costs is known
}

// Expect makes counters begin at zero rather than with what they first count,
// which queries for rates would miss: as far as their labels are known, for what
// people ask over HTTP. It may be told the same again.
func Expect(ctx context.Context, e Expected) {
	for _, a := range e.Agents {
		expectAgent(ctx, a)
	}
	for _, source := range e.Sources {
		forAll(outcomeLabel.Values, func(v string) { syncs.add(ctx, 0, source, v) })
	}
	forAll(searchLabel.Values, func(v string) { searches.add(ctx, 0, v, live) })
	forAll(indexLabel.Values, func(operation string) {
		forAll(outcomeLabel.Values, func(v string) { indexOperations.add(ctx, 0, operation, v) })
	})
	forAll(checkLabel.Values, func(check string) {
		forAll(checkedLabel.Values, func(v string) { checks.add(ctx, 0, check, v) })
	})
	forAll(signalLabel.Values, func(v string) { dropped.add(ctx, 0, v, "otlp") })
	dropped.add(ctx, 0, "traces", "sqlite")
	indexedChunks.add(ctx, 0)
	forAll([]string{"GET", "POST"}, func(v string) { activeRequests.add(ctx, 0, v) })
}

// live is the origin of what a server expects.
const live = "http"

func expectAgent(ctx context.Context, a ExpectedAgent) {
	activeRuns.add(ctx, 0, a.Name, live)
	budgetExhausted.add(ctx, 0, a.Name)
	forAll(statusLabel.Values, func(v string) { answers.add(ctx, 0, a.Name, a.Model, a.Provider, live, v) })
	forAll(citedLabel.Values, func(v string) { citations.add(ctx, 0, a.Name, live, v) })
	forAll(ratingLabel.Values, func(v string) { feedback.add(ctx, 0, a.Name, v) })
	forAll(verdictLabel.Values, func(v string) { rounds.add(ctx, 0, a.Name, v) })
	forAll(noticeLabel.Values, func(v string) { notices.add(ctx, 0, a.Name, v) })
	forAll(a.Tools, func(tool string) {
		forAll(outcomeLabel.Values, func(v string) { toolCalls.add(ctx, 0, tool, live, v) })
	})
	for _, m := range a.Models {
		activeCalls.add(ctx, 0, m.Provider, m.Model)
		forAll(outcomeLabel.Values, func(v string) { modelCalls.add(ctx, 0, "chat", m.Provider, m.Model, m.Role, v) })
		if m.Priced {
			origin := evaluation
			if m.Role == "agent" {
				origin = live
			}
			cost.add(ctx, 0, a.Name, origin, m.Role, m.Provider, m.Model)
		}
	}
}

func forAll(values []string, f func(string)) {
	for _, v := range values {
		f(v)
	}
}
