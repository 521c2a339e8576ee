package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/agent/localfiles"
	"github.com/honehq/hone/internal/courtesy"
	"github.com/honehq/hone/internal/inprocess"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/openresponses/chat"
	"github.com/honehq/hone/openresponses/offline"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/prices"
	"github.com/honehq/hone/prompts"
	"github.com/honehq/hone/store/postgres"
	"github.com/honehq/hone/store/sqlite"
)

// house is what the agents of a process share.
type house struct {
	settings  settings // of the process
	log       *slog.Logger
	telemetry *telemetry
	store     store
	base      *knowledge.Base
	prompts   *prompts.Library
	api       *openresponses.Engine // the OpenAI-compatible API that others see
	folders   *localfiles.Folders   // of all agents
	door      *courtesy.Door        // of people's questions; nil: nobody comes in here
	prices    *prices.List          // of models; nil: none are known

	mu       sync.Mutex
	provider *chat.Completer // nil until a model needs it
	others   map[host]*chat.Completer
	closers  []func() error
}

// openHouse opens the database and what stands on it. The caller closes the
// house, also after an error.
func openHouse(ctx context.Context, s settings, term terminal) (_ *house, err error) {
	h := &house{settings: s}
	if err := s.checkDatabase(); err != nil { // before traces would be kept beside it
		return h, err
	}
	if h.telemetry, err = openTelemetry(ctx, s, term); err != nil {
		return h, err
	}
	h.onClose(h.telemetry.Close)
	h.log = h.telemetry.log
	if h.prices, err = s.priceList(); err != nil {
		return h, err
	}
	if h.store, err = openStore(ctx, s); err != nil {
		return h, err
	}
	h.onClose(h.store.Close)
	if h.base, err = knowledge.New(knowledge.Config{Store: h.store, Embedder: h.embedder(), Logger: h.log}); err != nil {
		return h, err
	}
	h.onClose(h.base.Close)
	h.prompts = prompts.New(h.store)
	if h.folders, err = localfiles.Open(s.Local); err != nil {
		return h, usageError{err}
	}
	h.onClose(h.folders.Close)
	models, err := h.models(s)
	if err != nil {
		return h, err
	}
	h.api, err = newEngine(h.base, h.prompts, h.store, models, h.log)
	return h, err
}

func (h *house) onClose(f func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closers = append(h.closers, f)
}

// Close closes what was opened, last first.
func (h *house) Close() error {
	var errs []error
	for _, f := range slices.Backward(h.closers) {
		errs = append(errs, f())
	}
	h.closers = nil
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
func (h *house) embedder() knowledge.Embedder {
	if h.settings.EmbedModel == "" {
		return nil
	}
	return knowledge.NewEmbedder(h.client(), h.settings.EmbedModel)
}

// client speaks to the configured provider, and is measured.
func (h *house) client(more ...option.RequestOption) openai.Client {
	s := h.settings
	options := []option.RequestOption{
		option.WithBaseURL(s.BaseURL), option.WithAPIKey(s.APIKey),
		option.WithHTTPClient(&http.Client{Transport: otel.Transport(http.DefaultTransport)}),
	}
	options = append(options, more...)
	return openai.NewClient(append(options, option.WithMiddleware(measureCalls(providerName(s.BaseURL), h.prices)))...)
}

// models are what our engine serves for some settings: offline, and those of the
// provider that are named.
func (h *house) models(s settings) ([]openresponses.Model, error) {
	list := []openresponses.Model{h.measured(offlineModel, offline.New(), offlineProvider)}
	known := map[string]bool{offlineModel: true}
	for _, name := range []string{s.Model, s.judge(), s.rewriter()} {
		if known[name] || s.Backend == "remote" {
			continue
		}
		known[name] = true
		provider, err := h.chat()
		if err != nil {
			return nil, err
		}
		list = append(list, h.measured(name, provider, providerName(h.settings.BaseURL)))
	}
	return list, nil
}

// chat is the provider's chat API, opened once.
func (h *house) chat() (*chat.Completer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.provider == nil {
		provider, err := chat.New(chat.Config{BaseURL: h.settings.BaseURL, APIKey: h.settings.APIKey})
		if err != nil {
			return nil, usageError{err}
		}
		h.provider = provider
		h.closers = append(h.closers, func() error { provider.Close(); return nil })
	}
	return h.provider, nil
}

// newEngine makes an engine over a knowledge base: the live one, or one that an
// evaluation throws away.
func newEngine(base *knowledge.Base, library *prompts.Library, keep openresponses.Store, models []openresponses.Model, log *slog.Logger) (*openresponses.Engine, error) {
	return openresponses.New(openresponses.Config{
		Knowledge: base, Prompts: library, Store: keep, Models: models, Logger: log,
		Access: func(r *http.Request) knowledge.Access { return knowledge.AccessFrom(r.Context()) },
	})
}

// inProcess speaks to an engine of ours.
func inProcess(engine http.Handler, more ...option.RequestOption) openai.Client {
	return openai.NewClient(append([]option.RequestOption{
		option.WithHTTPClient(&http.Client{Transport: inprocess.Transport{Handler: engine}}),
		option.WithBaseURL("http://hone/v1/"), option.WithAPIKey("in-process"),
		option.WithMaxRetries(0), // the engine retries its providers itself
	}, more...)...)
}
