package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/agent/localfiles"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/internal/inprocess"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/openresponses/chat"
	"github.com/honehq/hone/openresponses/offline"
	"github.com/honehq/hone/prompts"
	"github.com/honehq/hone/store/postgres"
	"github.com/honehq/hone/store/sqlite"
)

// store is all that Hone keeps; both databases are one.
type store interface {
	knowledge.Store
	prompts.Store
	openresponses.Store
	agent.Store
	eval.Store
	Close() error
}

// app is a wired Hone.
type app struct {
	settings  settings
	log       *slog.Logger
	telemetry *telemetry
	store     store
	base      *knowledge.Base
	prompts   *prompts.Library
	models    []openresponses.Model
	engine    *openresponses.Engine
	folders   *localfiles.Folders
	promptID  string
	agent     *agent.Agent
	closers   []func() error
}

// openApp opens the database and wires everything over it. The caller closes
// the app.
func openApp(ctx context.Context, s settings, term terminal) (_ *app, err error) {
	a := &app{settings: s}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if a.telemetry, err = openTelemetry(ctx, s, term); err != nil {
		return a, err
	}
	a.onClose(a.telemetry.Close)
	a.log = a.telemetry.log
	if a.store, err = openStore(ctx, s); err != nil {
		return a, err
	}
	a.onClose(a.store.Close)
	if a.base, err = knowledge.New(knowledge.Config{Store: a.store, Embedder: s.embedder(), Logger: a.log}); err != nil {
		return a, err
	}
	a.onClose(a.base.Close)
	a.prompts = prompts.New(a.store)
	if err = a.openModels(); err != nil {
		return a, err
	}
	if a.engine, err = newEngine(a.base, a.prompts, a.store, a.models, a.log); err != nil {
		return a, err
	}
	return a, a.openAgent(ctx)
}

func (a *app) onClose(f func() error) { a.closers = append(a.closers, f) }

// Close closes what was opened, last first.
func (a *app) Close() error {
	var errs []error
	for _, f := range slices.Backward(a.closers) {
		errs = append(errs, f())
	}
	a.closers = nil
	return errors.Join(errs...)
}

func openStore(ctx context.Context, s settings) (store, error) {
	driver, location, err := s.database()
	if err != nil {
		return nil, err
	}
	if driver == "postgres" {
		return postgres.Open(ctx, location)
	}
	return sqlite.Open(ctx, location)
}

// embedder is nil without an embedding model.
func (s settings) embedder() knowledge.Embedder {
	if s.EmbedModel == "" {
		return nil
	}
	return knowledge.NewEmbedder(s.provider(), s.EmbedModel)
}

// provider is a client of the configured provider.
func (s settings) provider() openai.Client {
	return openai.NewClient(option.WithBaseURL(s.BaseURL), option.WithAPIKey(s.APIKey))
}

// openModels makes the models that our engine serves: offline, and those of the
// provider that are named.
func (a *app) openModels() error {
	a.models = []openresponses.Model{{Name: offlineModel, Completer: offline.New()}}
	var provider *chat.Completer
	known := map[string]bool{offlineModel: true}
	for _, name := range []string{a.settings.Model, a.settings.judge(), a.settings.rewriter()} {
		if known[name] || a.settings.Backend == "remote" {
			continue
		}
		known[name] = true
		if provider == nil {
			var err error
			if provider, err = chat.New(chat.Config{BaseURL: a.settings.BaseURL, APIKey: a.settings.APIKey}); err != nil {
				return usageError{err}
			}
			a.onClose(func() error { provider.Close(); return nil })
		}
		a.models = append(a.models, openresponses.Model{Name: name, Completer: provider})
	}
	return nil
}

// newEngine makes an engine over a knowledge base: the live one, or one that an
// evaluation throws away.
func newEngine(base *knowledge.Base, library *prompts.Library, keep openresponses.Store, models []openresponses.Model, log *slog.Logger) (*openresponses.Engine, error) {
	return openresponses.New(openresponses.Config{
		Knowledge: base, Prompts: library, Store: keep, Models: models, Logger: log,
		Access: func(r *http.Request) knowledge.Access { return knowledge.AccessFrom(r.Context()) },
	})
}

// client speaks to an engine in this process.
func client(engine http.Handler) openai.Client {
	return openai.NewClient(
		option.WithHTTPClient(&http.Client{Transport: inprocess.Transport{Handler: engine}}),
		option.WithBaseURL("http://hone/v1/"), option.WithAPIKey("in-process"),
		option.WithMaxRetries(0)) // the engine retries its providers itself
}

// backend is where the agent's Responses API is. A remote one has documents of
// its own and not our prompts.
func (a *app) backend(base *knowledge.Base, engine http.Handler) agent.Backend {
	if a.settings.Backend == "remote" {
		return agent.Backend{Client: a.settings.provider(), Model: a.settings.Model, PromptText: true,
			Sources: func(context.Context) ([]string, error) { return a.settings.VectorStores, nil }}
	}
	return embedded(base, engine, a.settings.Model)
}

// embedded is our engine over a base, in this process.
func embedded(base *knowledge.Base, engine http.Handler, model string) agent.Backend {
	return agent.Backend{Client: client(engine), Model: model,
		Sources: func(ctx context.Context) ([]string, error) { return sourceIDs(ctx, base) }}
}

func (a *app) openAgent(ctx context.Context) (err error) {
	if a.folders, err = localfiles.Open(a.settings.Local); err != nil {
		return usageError{err}
	}
	a.onClose(a.folders.Close)
	if a.promptID, err = ensurePrompt(ctx, a.prompts, a.settings.Agent); err != nil {
		return err
	}
	a.agent, err = agent.New(a.agentConfig(a.base, a.engine, a.store))
	return err
}

// agentConfig is the agent over a base and an engine: the live one with a store
// for its runs, or one for an evaluation, which keeps nothing.
func (a *app) agentConfig(base *knowledge.Base, engine http.Handler, runs agent.Store) agent.Config {
	cfg := agent.Config{
		Name: a.settings.Agent, Backend: a.backend(base, engine),
		Prompts: a.prompts, PromptID: a.promptID,
		Tools: a.folders.Tools(localIndex{base}, knowledge.LocalSource), Store: runs, Logger: a.log,
	}
	if cfg.Model != offlineModel || a.settings.Backend == "remote" {
		fallback := embedded(base, engine, offlineModel)
		cfg.Fallback = &fallback
	}
	return cfg
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
