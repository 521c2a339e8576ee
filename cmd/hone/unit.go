package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/agent/localfiles"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/prompts"
)

// unit is one agent with all that belongs to it. Whatever works for an agent
// (answers, evaluates, improves, watches) is a method of it, and goes by the
// unit's settings.
type unit struct {
	*house
	settings settings // the process's, but for what the agent's own say
	models   []openresponses.Model
	engine   *openresponses.Engine // the agent's Responses API, where it is ours
	folders  *localfiles.Folders
	promptID string
	agent    *agent.Agent
}

// openUnit wires the agent that the settings name.
func (h *house) openUnit(ctx context.Context, s settings) (_ *unit, err error) {
	u := &unit{house: h, settings: s}
	if u.models, err = h.models(s); err != nil {
		return nil, err
	}
	if u.engine, err = newEngine(h.base, h.prompts, h.store, u.models, h.log); err != nil {
		return nil, err
	}
	if u.folders, err = localfiles.Open(s.Local); err != nil {
		return nil, usageError{err}
	}
	h.onClose(u.folders.Close)
	if u.promptID, err = ensurePrompt(ctx, h.prompts, s.Agent); err != nil {
		return nil, err
	}
	u.agent, err = agent.New(u.agentConfig(h.base, u.engine, h.store))
	return u, err
}

// agentConfig is the agent over a base and an engine: the live one with a store
// for its runs, or one for an evaluation, which keeps nothing.
func (u *unit) agentConfig(base *knowledge.Base, engine http.Handler, runs agent.Store) agent.Config {
	cfg := agent.Config{
		Name: u.settings.Agent, Backend: u.backend(base, engine),
		Prompts: u.prompts, PromptID: u.promptID,
		Tools: u.folders.Tools(localIndex{base}, knowledge.LocalSource), Store: runs, Logger: u.log,
	}
	if cfg.Model != offlineModel || u.settings.Backend == "remote" {
		fallback := embedded(base, engine, offlineModel)
		cfg.Fallback = &fallback
	}
	return cfg
}

// backend is where the agent's Responses API is. A remote one has documents of
// its own and not our prompts.
func (u *unit) backend(base *knowledge.Base, engine http.Handler) agent.Backend {
	if u.settings.Backend == "remote" {
		return agent.Backend{Client: u.settings.client(), Model: u.settings.Model, PromptText: true,
			Sources: func(context.Context) ([]string, error) { return u.settings.VectorStores, nil }}
	}
	return embedded(base, engine, u.settings.Model)
}

// embedded is our engine over a base, in this process.
func embedded(base *knowledge.Base, engine http.Handler, model string) agent.Backend {
	return agent.Backend{Client: inProcess(engine), Model: model,
		Sources: func(ctx context.Context) ([]string, error) { return sourceIDs(ctx, base) }}
}

// localIndex makes the agent's own source when it first indexes something.
type localIndex struct{ *knowledge.Base }

func (l localIndex) Put(ctx context.Context, source string, u knowledge.Upload) (knowledge.Document, error) {
	if _, err := l.EnsureSource(ctx, source, knowledge.KindUpload); err != nil {
		return knowledge.Document{}, err
	}
	return l.Base.Put(ctx, source, u)
}

func sourceIDs(ctx context.Context, base *knowledge.Base) ([]string, error) {
	sources, err := base.Sources(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, s := range sources {
		ids = append(ids, s.ID)
	}
	return ids, nil
}

// ensurePrompt returns the ID of an agent's prompt, which is made of the
// agent's name, and creates its first version where there is none.
func ensurePrompt(ctx context.Context, library *prompts.Library, agentName string) (string, error) {
	sum := sha256.Sum256([]byte("agent " + agentName))
	id := "pmpt_" + hex.EncodeToString(sum[:24])
	_, err := library.InUse(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		_, err = library.Create(ctx, prompts.Draft{ID: id, Text: agent.FirstPrompt, Author: "hone", Reason: "first prompt"})
		if errors.Is(err, fs.ErrExist) { // another process was faster
			err = nil
		}
	}
	if err != nil {
		return "", fmt.Errorf("prompt of agent %s: %w", agentName, err)
	}
	return id, nil
}
