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
func (u *unit) freeze(ctx context.Context) (eval.Frozen, error) {
	base, err := u.base.Freeze(ctx, nil)
	if err != nil {
		return eval.Frozen{}, err
	}
	return eval.Frozen{
		Runner: benchAgent{u, base}, Model: u.settings.Model, Snapshot: base.Fingerprint(),
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
	*unit
	frozen *knowledge.Base
}

// Answer implements eval.Runner.
func (b benchAgent) Answer(ctx context.Context, prompt *prompts.Prompt, question string, _ uint64) (agent.Answer, error) {
	overlay := b.frozen.Overlay()
	engine, err := newEngine(overlay, b.prompts, nil, b.models, b.log)
	if err != nil {
		return agent.Answer{}, err
	}
	cfg := b.agentConfig(overlay, engine, nil)
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
func (u *unit) judge() (eval.Judge, error) {
	model := u.settings.judge()
	return eval.NewModelJudge(eval.ModelJudgeConfig{Client: u.clientFor(model), Model: model, Exact: model == offlineModel})
}

// clientFor returns the Responses API that serves a model.
func (u *unit) clientFor(model string) openai.Client {
	if model != offlineModel && u.settings.Backend == "remote" {
		return u.settings.client()
	}
	return inProcess(u.engine)
}

func (u *unit) evaluator(ctx context.Context, repeats int, progress func(done, total int)) (*eval.Evaluator, error) {
	frozen, err := u.freeze(ctx)
	if err != nil {
		return nil, err
	}
	judge, err := u.judge()
	if err != nil {
		return nil, err
	}
	return &eval.Evaluator{Frozen: frozen, Judge: judge, Repeats: repeats, Progress: progress}, nil
}

func (u *unit) improver(mode eval.Mode) (*eval.Improver, error) {
	judge, err := u.judge()
	if err != nil {
		return nil, err
	}
	model := u.settings.rewriter()
	rewriter, err := eval.NewReflect(eval.ReflectConfig{Client: u.clientFor(model), Model: model})
	if err != nil {
		return nil, err
	}
	return eval.NewImprover(eval.ImproverConfig{
		Store: u.store, Prompts: u.prompts, Freeze: u.freeze, Judge: judge, Rewriter: rewriter, Mode: mode, Logger: u.log,
	})
}
