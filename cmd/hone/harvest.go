package main

import (
	"context"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/harvest"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/prompts"
)

// harvesting says which cases come in by themselves while Hone serves.
type harvesting struct {
	SampleQuestions float64 `default:"0.02" help:"Share of live questions that are proposed as cases, whatever became of them, for a person to accept; 0: none."`
	Replenish       int     `default:"0" help:"While fewer clusters of cases than this are sealed, cases are made of the documents and enter without a person; 0: never."`
}

// desk is where an agent's cases come in.
func (u *unit) desk(share float64) (*harvest.Desk, error) {
	model := u.settings.rewriter()
	judge, err := u.judge()
	if err != nil {
		return nil, err
	}
	client, err := u.served("writer", model, u.settings.rewriteProvider())
	if err != nil {
		return nil, err
	}
	desk, err := harvest.New(harvest.Config{
		Store: u.store, Agent: u.settings.Agent, Documents: u.base, Share: share, Logger: u.log, Judge: judge,
		Sources: func(ctx context.Context) ([]string, error) { return u.sources(ctx, u.base) },
		Writer:  harvest.NewWriter(client, model, model == offlineModel),
		Answer:  u.answerFrom, Seed: u.settings.SplitSeed,
	})
	if err != nil {
		return nil, usageError{err}
	}
	return desk, nil
}

// keeper collects an agent's cases in the background.
func (u *unit) keeper(h harvesting) (func(context.Context) error, error) {
	desk, err := u.desk(h.SampleQuestions)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return desk.Keep(ctx, harvest.Keeping{Sealed: h.Replenish}) }, nil
}

// answerFrom answers from one text alone: the agent's model on a source that
// holds nothing else, without tools. A remote backend has its own documents, so
// there the offline model answers.
func (u *unit) answerFrom(ctx context.Context, question, path, text string) (agent.Answer, error) {
	frozen, err := u.base.Freeze(ctx, nil)
	if err != nil {
		return agent.Answer{}, err
	}
	overlay := frozen.Overlay()
	source, err := overlay.EnsureSource(ctx, "evidence of a case", knowledge.KindUpload)
	if err != nil {
		return agent.Answer{}, err
	}
	if _, err := overlay.Put(ctx, source.ID, knowledge.Upload{Path: path, Content: []byte(text)}); err != nil {
		return agent.Answer{}, err
	}
	engine, err := newEngine(overlay, u.prompts, nil, u.models, u.log)
	if err != nil {
		return agent.Answer{}, err
	}
	model, provider := u.settings.Model, providerName(u.settings.BaseURL)
	if u.settings.Backend == "remote" || model == offlineModel {
		model, provider = offlineModel, offlineProvider
	}
	runner, err := agent.New(agent.Config{
		Name: u.settings.Agent, Prompts: u.prompts, PromptID: u.promptID, Logger: u.log,
		Backend: agent.Backend{Client: inProcess(engine), Model: model, Provider: provider,
			Sources: func(context.Context) ([]string, error) { return []string{source.ID}, nil }},
	})
	if err != nil {
		return agent.Answer{}, err
	}
	return runner.Answer(ctx, agent.Question{
		Text: question, Origin: agent.FromEval, Prompt: &prompts.Prompt{ID: u.promptID, Text: agent.FirstPrompt}, Access: knowledge.Access{All: true},
	})
}

// Proposed implements server.Harvest.
func (f *fleet) Proposed(ctx context.Context, agent string) ([]harvest.Proposal, error) {
	desk, err := f.deskOf(ctx, agent)
	if err != nil {
		return nil, err
	}
	return desk.Proposed(ctx)
}

// AcceptCase implements server.Harvest.
func (f *fleet) AcceptCase(ctx context.Context, agent, id string, edited *eval.Case) (eval.Admitted, error) {
	desk, err := f.deskOf(ctx, agent)
	if err != nil {
		return eval.Admitted{}, err
	}
	return desk.Accept(ctx, id, edited)
}

// DeclineCase implements server.Harvest.
func (f *fleet) DeclineCase(ctx context.Context, agent, id string) error {
	desk, err := f.deskOf(ctx, agent)
	if err != nil {
		return err
	}
	return desk.Decline(ctx, id)
}

func (f *fleet) deskOf(ctx context.Context, agent string) (*harvest.Desk, error) {
	u, err := f.unit(ctx, agent)
	if err != nil {
		return nil, err
	}
	return u.desk(0)
}
