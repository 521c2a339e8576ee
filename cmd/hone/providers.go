package main

import (
	"net/url"
	"strings"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/calibrate"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/openresponses/chat"
	"github.com/honehq/hone/otel"
)

// elsewhere are the providers of the judge and of the rewriter, where they are
// not the agent's.
type elsewhere struct {
	JudgeURL   string `name:"judge-base-url" env:"HONE_JUDGE_BASE_URL" placeholder:"URL" help:"Base URL of the judge's provider, OpenAI-compatible chat completions; default the agent's."`
	JudgeKey   string `name:"judge-api-key" env:"HONE_JUDGE_API_KEY" hidden:"" help:"API key of the judge's provider; set the variable rather than the flag."`
	RewriteURL string `name:"rewrite-base-url" env:"HONE_REWRITE_BASE_URL" placeholder:"URL" help:"Base URL of the rewriter's provider; default the judge's where the model is the judge's, else the agent's."`
	RewriteKey string `name:"rewrite-api-key" env:"HONE_REWRITE_API_KEY" hidden:"" help:"API key of the rewriter's provider; set the variable rather than the flag."`
}

// host is where a model is served. An empty URL is the agent's provider.
type host struct{ url, key string }

func (s settings) judgeProvider() host {
	return s.hostOf(host{s.JudgeURL, s.JudgeKey})
}

func (s settings) rewriteProvider() host {
	if own := (host{s.RewriteURL, s.RewriteKey}); own != (host{}) || s.RewriteModel != "" {
		return s.hostOf(own)
	}
	return s.judgeProvider() // it has the judge's model
}

// hostOf completes what is set. A key alone is one for the agent's URL; the
// agent's key goes to no other URL.
func (s settings) hostOf(p host) host {
	if p.key != "" && p.url == "" {
		p.url = s.BaseURL
	}
	if p.url == s.BaseURL && (p.key == "" || p.key == s.APIKey) {
		return host{}
	}
	return p
}

// provider says who serves the agent's model: the backend and the address, with
// nothing in it that a URL may hide, such as a password.
func (s settings) provider() string {
	if s.Model == offlineModel && s.Backend != "remote" {
		return offlineModel
	}
	at, err := url.Parse(s.BaseURL)
	if err != nil {
		return s.Backend
	}
	return s.Backend + " " + at.Host + strings.TrimRight(at.Path, "/")
}

// served returns the Responses API that serves a model of a provider, asked as
// judge, rewriter or writer.
func (u *unit) served(role, model string, at host) (openai.Client, error) {
	as := u.calledAs(role)
	if model == offlineModel || at.url == "" {
		return u.clientFor(model, as), nil
	}
	completer, err := u.completer(at)
	if err != nil {
		return openai.Client{}, err
	}
	engine, err := newEngine(u.base, u.prompts, nil, []openresponses.Model{u.measured(model, completer, providerName(at.url))}, u.log)
	if err != nil {
		return openai.Client{}, err
	}
	return inProcess(engine, as), nil
}

// completer opens a provider, once.
func (h *house) completer(at host) (*chat.Completer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.others[at]; c != nil {
		return c, nil
	}
	c, err := chat.New(chat.Config{BaseURL: at.url, APIKey: at.key})
	if err != nil {
		return nil, usageError{err}
	}
	if h.others == nil {
		h.others = map[host]*chat.Completer{}
	}
	h.others[at] = c
	h.closers = append(h.closers, func() error { c.Close(); return nil })
	return c, nil
}

// judge grades with the judge's model; the offline one grades by the
// deterministic metrics, so that its grades need no calibration.
func (u *unit) judge() (eval.Judge, error) {
	model, at := u.settings.judge(), u.settings.judgeProvider()
	client, err := u.served("judge", model, at)
	if err != nil {
		return nil, err
	}
	cfg := eval.ModelJudgeConfig{Client: client, Model: model, Exact: model == offlineModel}
	if at.url == "" {
		at.url = u.settings.BaseURL
	}
	if parsed, err := url.Parse(at.url); err == nil && !cfg.Exact {
		cfg.Provider = parsed.Host
	}
	return eval.NewModelJudge(cfg)
}

// trust tells how far the judge is trusted, by people's labels.
func (u *unit) trust() *calibrate.Keeper {
	return calibrate.NewKeeper(u.store, otel.RecordJudge)
}
