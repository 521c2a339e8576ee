package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/prompts"
)

// freeze fixes what an evaluation runs on: the index of this moment as far as
// the agent and those that it asks search it, overlays on it for what their tools
// write, and the prompts of those that it asks.
func (u *unit) freeze(ctx context.Context) (eval.Frozen, error) {
	reach := u.reach()
	ids, err := u.searched(ctx, reach)
	if err != nil {
		return eval.Frozen{}, err
	}
	base, err := u.base.Freeze(ctx, ids)
	if err != nil {
		return eval.Frozen{}, err
	}
	fixed := fixedPrompts{}
	for _, asked := range reach[1:] {
		if fixed[asked.promptID], err = u.prompts.InUse(ctx, asked.promptID); err != nil {
			return eval.Frozen{}, err
		}
	}
	return eval.Frozen{
		Runner: benchAgent{u, base, fixed}, Model: u.settings.Model, Provider: u.settings.provider(), Snapshot: fixed.fingerprint(base.Fingerprint(), reach),
		Text: func(ctx context.Context, c agent.Citation) (string, error) {
			content, err := base.FileContent(ctx, c.FileID)
			return string(content), err
		},
	}, nil
}

// searched are the sources of some agents together, oldest first.
func (h *house) searched(ctx context.Context, units []*unit) ([]string, error) {
	wanted := map[string]bool{}
	for _, u := range units {
		own, err := u.sources(ctx, h.base)
		if err != nil {
			return nil, err
		}
		for _, id := range own {
			wanted[id] = true
		}
	}
	sources, err := h.base.Sources(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, s := range sources {
		if wanted[s.ID] {
			ids = append(ids, s.ID)
		}
	}
	return ids, nil
}

// fixedPrompts are the prompts of asked agents while an evaluation runs.
type fixedPrompts map[string]prompts.Prompt

// InUse implements agent.PromptSource.
func (f fixedPrompts) InUse(_ context.Context, id string) (prompts.Prompt, error) {
	p, ok := f[id]
	if !ok {
		return p, fmt.Errorf("prompt %s of an evaluation: %w", id, fs.ErrNotExist)
	}
	return p, nil
}

// fingerprint identifies documents together with the agents that may be asked.
func (f fixedPrompts) fingerprint(documents string, reach []*unit) string {
	if len(reach) == 1 {
		return documents
	}
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", documents)
	for _, u := range reach[1:] {
		fmt.Fprintf(h, "%q %q %q %q\n", u.settings.Agent, u.settings.Model, u.settings.provider(), f[u.promptID].Text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// benchAgent answers each question with an agent of its own, which writes to an
// overlay that is thrown away, keeps nothing, and has no fallback: an
// evaluation must not grade another model. So have those that it asks.
type benchAgent struct {
	*unit
	frozen *knowledge.Base
	fixed  fixedPrompts
}

// Answer implements eval.Runner.
func (b benchAgent) Answer(ctx context.Context, prompt *prompts.Prompt, question string, _ uint64) (agent.Answer, error) {
	runner, err := b.on(b.frozen.Overlay(), b.unit)
	if err != nil {
		return agent.Answer{}, err
	}
	arm := *prompt
	arm.Version = 0 // both arms are sent as text: nothing but the text differs
	return runner.Answer(ctx, agent.Question{
		Text: question, Origin: agent.FromEval, Prompt: &arm, Access: knowledge.Access{All: true},
	})
}

// on makes the agent of a unit, and those that it asks, on an overlay.
func (b benchAgent) on(overlay *knowledge.Base, u *unit) (*agent.Agent, error) {
	engine, err := newEngine(overlay, u.prompts, nil, meteredModels(u.models), u.log)
	if err != nil {
		return nil, err
	}
	cfg := u.agentConfig(overlay, engine)
	cfg.Prompts = b.fixed
	if u.settings.Backend == "remote" {
		cfg.Client = u.client(option.WithMiddleware(meterResponses))
	}
	for _, asked := range u.asks {
		other, err := b.on(overlay, asked)
		if err != nil {
			return nil, err
		}
		cfg.Tools = append(cfg.Tools, other.AsTool(asked.spec.Description))
	}
	return agent.New(cfg)
}

// clientFor returns the Responses API that serves a model.
func (u *unit) clientFor(model string, options ...option.RequestOption) openai.Client {
	if model != offlineModel && u.settings.Backend == "remote" {
		return u.client(options...)
	}
	return inProcess(u.engine, options...)
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

// modeNow is the agent's mode as the set of the agents has it at this moment;
// off if the agent was taken out of it. A set from a file stays as it was read.
func (u *unit) modeNow(ctx context.Context) (eval.Mode, error) {
	if u.settings.Agents != "" {
		return eval.Mode(u.spec.Mode), nil
	}
	set, err := u.store.AgentSet(ctx)
	if err != nil || set.Version == 0 {
		return "", err
	}
	now, ok := set.Named(u.settings.Agent)
	if !ok {
		return eval.Off, nil
	}
	return eval.Mode(now.Mode), nil
}

func (u *unit) improver(mode eval.Mode) (*eval.Improver, error) {
	if err := u.settings.checkCanary(); err != nil {
		return nil, err
	}
	judge, err := u.judge()
	if err != nil {
		return nil, err
	}
	rewriter, err := u.rewriter()
	if err != nil {
		return nil, err
	}
	cfg, err := u.budgeted(eval.ImproverConfig{
		Store: measuredRounds{u.store}, Prompts: u.prompts, Freeze: u.freeze, Judge: judge, Trust: u.trust(), Rewriter: rewriter, Mode: mode, ModeNow: u.modeNow, Logger: u.log,
		Canary: u.settings.Canary, Returned: u.returned, TurnTTL: u.settings.TurnTTL,
	})
	if err != nil {
		return nil, err
	}
	return eval.NewImprover(u.courteous(cfg))
}
