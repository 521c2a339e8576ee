package main

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/otel"
)

// offlineProvider is who serves the offline model, in telemetry.
const offlineProvider = "hone"

// knownProviders are the names that OpenTelemetry's conventions have for
// providers, by the end of their host.
var knownProviders = []struct{ host, name string }{
	{"openai.com", "openai"},
	{"openai.azure.com", "azure.ai.openai"},
	{"services.ai.azure.com", "azure.ai.inference"},
	{"anthropic.com", "anthropic"},
	{"generativelanguage.googleapis.com", "gcp.gemini"},
	{"aiplatform.googleapis.com", "gcp.vertex_ai"},
	{"amazonaws.com", "aws.bedrock"},
	{"groq.com", "groq"},
	{"mistral.ai", "mistral_ai"},
	{"deepseek.com", "deepseek"},
	{"perplexity.ai", "perplexity"},
	{"x.ai", "x_ai"},
	{"cohere.com", "cohere"},
	{"cohere.ai", "cohere"},
	{"ml.cloud.ibm.com", "ibm.watsonx.ai"},
}

// providerName is who serves models at a base URL, in telemetry: the name that
// the conventions have for it, else its host, with the port that it names.
func providerName(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil || u.Host == "" {
		return otel.Other
	}
	host := strings.ToLower(u.Hostname())
	for _, p := range knownProviders {
		if host == p.host || strings.HasSuffix(host, "."+p.host) {
			return p.name
		}
	}
	return strings.ToLower(u.Host)
}

// measured is a model whose calls are measured.
func (h *house) measured(name string, c openresponses.Completer, provider string) openresponses.Model {
	return openresponses.Model{Name: name, Completer: openresponses.Measured(c, provider, h.prices), Provider: provider}
}

// calledAs says what the models that a client asks are asked as. Whoever is not
// the agent itself works for evaluation.
func (u *unit) calledAs(role string) option.RequestOption {
	return option.WithMiddleware(func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		return next(r.WithContext(otel.WithCaller(r.Context(), otel.Caller{Agent: u.settings.Agent, Origin: "eval", Role: role})))
	})
}

// fromClients marks requests of clients of the OpenAI-compatible API.
func fromClients(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called := r.WithContext(otel.WithCaller(r.Context(), otel.Caller{Origin: "api", Role: "client"}))
		api.ServeHTTP(w, called)
		r.Pattern = called.Pattern // by which the span is named
	})
}
