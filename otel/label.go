package otel

import (
	"slices"
	"sync"
	"unicode/utf8"
)

// Label is an attribute of metrics, and its bound: each value is a time series of
// its own, and what comes from outside must not make more of them.
type Label struct {
	Key         string
	Description string
	// Values is the closed set of values. Nil: names that settings give, of which
	// the first Limit are told apart. What is beyond either is "other".
	Values   []string
	Limit    int
	Optional bool // it is missing where it has no value
}

// Other is the value of labels for what is not told apart.
const Other = "other"

// maxName is the longest name that is told apart, in bytes.
const maxName = 128

// nameLimits knows the names that are told apart, by label. It is safe for
// concurrent use.
type nameLimits struct {
	mu    sync.Mutex
	known map[*Label]map[string]bool
}

// bound returns v, or Other.
func (n *nameLimits) bound(l *Label, v string) string {
	if v == "" {
		return Other
	}
	if l.Values != nil {
		if slices.Contains(l.Values, v) {
			return v
		}
		return Other
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	known := n.known[l]
	switch {
	case known[v]:
		return v
	case len(known) >= l.Limit, len(v) > maxName, !utf8.ValidString(v):
		return Other
	case known == nil:
		if n.known == nil {
			n.known = map[*Label]map[string]bool{}
		}
		known = map[string]bool{}
		n.known[l] = known
	}
	known[v] = true
	return v
}

// Labels.
var (
	agentLabel = &Label{Key: "gen_ai.agent.name", Limit: 50, Description: "the agent"}
	modelLabel = &Label{Key: "gen_ai.request.model", Limit: 50, Description: "the model that was asked for; offline is the stand-in"}
	// A provider is known by its host: two that speak the same protocol are two.
	providerLabel  = &Label{Key: "gen_ai.provider.name", Limit: 20, Description: "who serves the model: openai, azure.ai.openai …, the host of its base URL where it has no such name, or hone for the stand-in"}
	operationLabel = &Label{Key: "gen_ai.operation.name", Values: []string{"chat", "embeddings"}, Description: "what the model was asked for"}
	tokenLabel     = &Label{Key: "gen_ai.token.type", Values: []string{"input", "output"}, Description: "whether the model read or wrote the tokens"}
	errorLabel     = &Label{Key: "error.type", Optional: true, Description: "what went wrong; missing where nothing did", Values: []string{
		"canceled", "timeout", "rate_limit_exceeded", "provider_auth", "provider_error", "provider_unavailable",
		"context_length_exceeded", "model_not_found", "invalid_value", "server_error"}}
	roleLabel = &Label{Key: "hone.role", Description: "what the model was asked as", Values: []string{
		"agent", "judge", "rewriter", "writer", "client", "search", "index"}}
	originLabel = &Label{Key: "hone.origin", Description: "where the question came from: a way in, an evaluation (eval), another agent, or a client of the OpenAI-compatible API (api)", Values: []string{
		"http", "cli", "slack", "demo", "eval", "agent", "api"}}
	statusLabel  = &Label{Key: "hone.status", Values: []string{"answered", "not_found", "degraded", "failed", "canceled"}, Description: "how the run ended"}
	outcomeLabel = &Label{Key: "hone.status", Values: []string{"done", "failed", "canceled"}, Description: "how it ended"}
	toolLabel    = &Label{Key: "gen_ai.tool.name", Limit: 100, Description: "the tool; unknown: a name that a model made up"}
	searchLabel  = &Label{Key: "hone.search.outcome", Values: []string{"found", "empty", "failed"}, Description: "what the search found"}
	rankingLabel = &Label{Key: "hone.search.ranking", Values: []string{"text", "fused"}, Description: "what the score is: of a text (BM25), or of several rankings fused by rank"}
	citedLabel   = &Label{Key: "hone.citation.outcome", Values: []string{"kept", "dropped"}, Description: "kept, or dropped since it names no passage that was retrieved"}
	ratingLabel  = &Label{Key: "hone.feedback.rating", Values: []string{"up", "down"}, Description: "what the person thought"}
	checkLabel   = &Label{Key: "hone.check", Values: []string{"request", "question", "answer", "citations"}, Description: "what was checked"}
	checkedLabel = &Label{Key: "hone.check.outcome", Values: []string{"passed", "failed"}, Description: "how the check ended"}
	indexLabel   = &Label{Key: "hone.index.operation", Values: []string{"insert", "query", "delete"}, Description: "what was done to the index"}
	sourceLabel  = &Label{Key: "hone.source", Limit: 100, Description: "the source's name"}
	queueLabel   = &Label{Key: "hone.queue", Values: []string{"rounds", "approvals", "cases", "notices"}, Description: "what waits: jobs of rounds, rounds for a person's approval, proposed cases for a person's verdict, notices for their delivery"}
	verdictLabel = &Label{Key: "hone.round.verdict", Values: []string{"promoted", "rejected", "no_better", "waiting", "stale", "cancelled", "failed"}, Description: "how the round ended"}
	judgeLabel   = &Label{Key: "hone.judge", Limit: 50, Description: "the judge"}
	noticeLabel  = &Label{Key: "hone.notice.kind", Values: []string{"promoted", "waiting", "failed", "returned", "settled", "overruled"}, Description: "what it tells"}
	signalLabel  = &Label{Key: "hone.signal", Values: []string{"traces", "metrics", "logs"}, Description: "the kind of telemetry"}
	exportLabel  = &Label{Key: "hone.exporter", Values: []string{"otlp", "console", "sqlite", "prometheus"}, Description: "the exporter"}
	methodLabel  = &Label{Key: "http.request.method", Description: "the method; _OTHER for what HTTP doesn't know", Values: []string{
		"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "QUERY", "_OTHER"}}
)
