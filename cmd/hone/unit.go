package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/agent/localfiles"
	"github.com/honehq/hone/agents"
	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/prompts"
)

// unit is one agent with all that belongs to it. Whatever works for an agent
// (answers, evaluates, improves, watches) is a method of it, and goes by the
// unit's settings.
type unit struct {
	*house
	spec     agents.Agent
	settings settings // the process's, but for what the spec says
	asks     []*unit
	models   []openresponses.Model
	engine   *openresponses.Engine // the agent's Responses API, where it is ours
	folders  *localfiles.Folders
	promptID string
	agent    *agent.Agent
}

// openUnit wires an agent. Those that it asks are wired already.
func (h *house) openUnit(ctx context.Context, spec agents.Agent, asks []*unit) (_ *unit, err error) {
	u := &unit{house: h, spec: spec, settings: h.settings.with(spec), asks: asks, folders: h.folders}
	if u.models, err = h.models(u.settings); err != nil {
		return nil, err
	}
	if u.engine, err = newEngine(h.base, h.prompts, h.store, u.models, h.log); err != nil {
		return nil, err
	}
	if spec.Local != nil {
		if u.folders, err = h.folders.Only(spec.Local); err != nil {
			return nil, usageError{fmt.Errorf("agent %s: %w", spec.Name, err)}
		}
	}
	first := agent.FirstPrompt
	if strings.TrimSpace(spec.Prompt) != "" {
		first = spec.Prompt
	}
	if u.promptID, err = ensurePrompt(ctx, h.prompts, spec.Name, first); err != nil {
		return nil, err
	}
	u.agent, err = agent.New(u.liveConfig())
	return u, err
}

// with is the settings as an agent has them.
func (s settings) with(a agents.Agent) settings {
	s.Agent = a.Name
	s.Model = cmp.Or(a.Model, s.Model)
	s.JudgeModel = cmp.Or(a.JudgeModel, s.JudgeModel)
	s.RewriteModel = cmp.Or(a.RewriteModel, s.RewriteModel)
	s.Canary = cmp.Or(a.Canary, s.Canary)
	if a.Sources != nil {
		s.VectorStores = a.Sources
	}
	return s
}

// liveConfig is the agent that people ask.
func (u *unit) liveConfig() agent.Config {
	cfg := u.agentConfig(u.base, u.engine)
	cfg.Prompts, cfg.Store = rollout.NewPrompts(u.prompts, u.store), u.store
	if cfg.Model != offlineModel || u.settings.Backend == "remote" {
		fallback := u.embedded(u.base, u.engine, offlineModel)
		cfg.Fallback = &fallback
	}
	for _, asked := range u.asks {
		cfg.Tools = append(cfg.Tools, asked.agent.AsTool(asked.spec.Description))
	}
	return cfg
}

// agentConfig is what an agent over a base has in any case, without prompts,
// store and other agents.
func (u *unit) agentConfig(base *knowledge.Base, engine http.Handler) agent.Config {
	l := u.spec.Limits
	return agent.Config{
		Name: u.settings.Agent, Backend: u.backend(base, engine), PromptID: u.promptID, Logger: u.log,
		Tools:  u.folders.Tools(localIndex{base}, knowledge.LocalSourceOf(u.settings.Agent)),
		Limits: agent.Limits{Turns: l.Turns, ToolCalls: l.ToolCalls, Tokens: l.Tokens, Time: time.Duration(l.Time)},
	}
}

// backend is where the agent's Responses API is. A remote one has documents of
// its own and not our prompts.
func (u *unit) backend(base *knowledge.Base, engine http.Handler) agent.Backend {
	if u.settings.Backend == "remote" {
		return agent.Backend{Client: u.client(), Model: u.settings.Model, Provider: providerName(u.settings.BaseURL), Remote: true, PromptText: true,
			Sources: func(context.Context) ([]string, error) { return u.settings.VectorStores, nil }}
	}
	return u.embedded(base, engine, u.settings.Model)
}

// embedded is our engine over a base, in this process.
func (u *unit) embedded(base *knowledge.Base, engine http.Handler, model string) agent.Backend {
	provider := offlineProvider
	if model != offlineModel {
		provider = providerName(u.settings.BaseURL)
	}
	return agent.Backend{Client: inProcess(engine), Model: model, Provider: provider,
		Sources: func(ctx context.Context) ([]string, error) { return u.sources(ctx, base) }}
}

// sources are the IDs of what the agent may search in a base: what it indexed
// itself, and what its spec names, or else all but what other agents indexed.
func (u *unit) sources(ctx context.Context, base *knowledge.Base) ([]string, error) {
	all, err := base.Sources(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	wanted := slices.Clone(u.spec.Sources)
	for _, s := range all {
		named := slices.Contains(wanted, s.Name) || slices.Contains(wanted, s.ID)
		wanted = slices.DeleteFunc(wanted, func(w string) bool { return w == s.Name || w == s.ID })
		others := s.Kind == knowledge.KindUpload && knowledge.IsLocal(s.Name)
		if named || s.Name == knowledge.LocalSourceOf(u.settings.Agent) || u.spec.Sources == nil && !others {
			ids = append(ids, s.ID)
		}
	}
	wanted = slices.DeleteFunc(wanted, knowledge.IsLocal) // which comes with the first document
	if len(wanted) > 0 && u.settings.Backend != "remote" {
		u.log.WarnContext(ctx, "sources of an agent are gone; it answers without them", "agent", u.settings.Agent, "sources", wanted)
	}
	return ids, nil
}

// localIndex makes the agent's own source when it first indexes something.
type localIndex struct{ *knowledge.Base }

func (l localIndex) Put(ctx context.Context, source string, u knowledge.Upload) (knowledge.Document, error) {
	if _, err := l.EnsureSource(ctx, source, knowledge.KindUpload); err != nil {
		return knowledge.Document{}, err
	}
	return l.Base.Put(ctx, source, u)
}

// ensurePrompt returns the ID of an agent's prompt, which is made of the
// agent's name, and creates its first version where there is none.
func ensurePrompt(ctx context.Context, library *prompts.Library, agentName, first string) (string, error) {
	sum := sha256.Sum256([]byte("agent " + agentName))
	id := "pmpt_" + hex.EncodeToString(sum[:24])
	_, err := library.InUse(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		_, err = library.Create(ctx, prompts.Draft{ID: id, Text: first, Author: "hone", Reason: "first prompt"})
		if errors.Is(err, fs.ErrExist) { // another process was faster
			err = nil
		}
	}
	if err != nil {
		return "", fmt.Errorf("prompt of agent %s: %w", agentName, err)
	}
	return id, nil
}
