package main

import (
	"context"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/prompts"
)

// freeze fixes what an evaluation runs on: the index of this moment, and
// overlays on it for what the agent's tools write.
func (a *app) freeze(ctx context.Context) (eval.Frozen, error) {
	base, err := a.base.Freeze(ctx, nil)
	if err != nil {
		return eval.Frozen{}, err
	}
	return eval.Frozen{
		Runner: benchAgent{a, base}, Model: a.settings.Model, Snapshot: base.Fingerprint(),
		Text: func(ctx context.Context, c agent.Citation) (string, error) {
			content, err := base.FileContent(ctx, c.FileID)
			return string(content), err
		},
	}, nil
}

// benchAgent answers each question with an agent of its own, which writes to an
// overlay that is thrown away, keeps nothing, and has no fallback: an
// evaluation must not grade another model.
type benchAgent struct {
	app  *app
	base *knowledge.Base
}

// Answer implements eval.Runner.
func (b benchAgent) Answer(ctx context.Context, prompt *prompts.Prompt, question string, _ uint64) (agent.Answer, error) {
	overlay := b.base.Overlay()
	engine, err := newEngine(overlay, b.app.prompts, nil, b.app.models, b.app.log)
	if err != nil {
		return agent.Answer{}, err
	}
	cfg := b.app.agentConfig(overlay, engine, nil)
	cfg.Fallback = nil
	runner, err := agent.New(cfg)
	if err != nil {
		return agent.Answer{}, err
	}
	arm := *prompt
	arm.Version = 0 // both arms are sent as text: nothing but the text differs
	return runner.Answer(ctx, agent.Question{
		Text: question, Origin: agent.FromEval, Prompt: &arm, Access: knowledge.Access{All: true},
	})
}

// judge grades with the judge's model; the offline one grades by the
// deterministic metrics, so that its grades need no calibration.
func (a *app) judge() (eval.Judge, error) {
	model := a.settings.judge()
	return eval.NewModelJudge(eval.ModelJudgeConfig{Client: a.clientFor(model), Model: model, Exact: model == offlineModel})
}

// clientFor returns the Responses API that serves a model.
func (a *app) clientFor(model string) openai.Client {
	if model != offlineModel && a.settings.Backend == "remote" {
		return a.settings.provider()
	}
	return client(a.engine)
}

func (a *app) evaluator(ctx context.Context, repeats int, progress func(done, total int)) (*eval.Evaluator, error) {
	frozen, err := a.freeze(ctx)
	if err != nil {
		return nil, err
	}
	judge, err := a.judge()
	if err != nil {
		return nil, err
	}
	return &eval.Evaluator{Frozen: frozen, Judge: judge, Repeats: repeats, Progress: progress}, nil
}

func (a *app) improver(mode eval.Mode) (*eval.Improver, error) {
	judge, err := a.judge()
	if err != nil {
		return nil, err
	}
	model := a.settings.rewriter()
	rewriter, err := eval.NewReflect(eval.ReflectConfig{Client: a.clientFor(model), Model: model})
	if err != nil {
		return nil, err
	}
	return eval.NewImprover(eval.ImproverConfig{
		Store: a.store, Prompts: a.prompts, Freeze: a.freeze, Judge: judge, Rewriter: rewriter, Mode: mode, Logger: a.log,
	})
}
