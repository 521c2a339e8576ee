package otel

import (
	"slices"
	"strings"
)

// The catalogue: all that Hone measures. docs/telemetry.md is made of it.
var (
	// Answers.
	answers = define(Metric{"hone.answers", Counter, "{answer}",
		"Questions by how they ended.", nil, runLabels})
	runDuration = define(Metric{"hone.run.duration", Histogram, "s",
		"Time from question to answer.", secondBuckets, runLabels})
	activeRuns = define(Metric{"hone.run.active", UpDown, "{run}",
		"Questions that are being answered.", nil, []*Label{agentLabel, originLabel}})
	answerCitations = define(Metric{"hone.answer.citations", Histogram, "{citation}",
		"Citations of an answer that is one.", smallBuckets, []*Label{agentLabel, originLabel}})
	citations = define(Metric{"hone.citations", Counter, "{citation}",
		"Citations of answers, and those that were dropped since they name no passage that was retrieved.", nil, []*Label{agentLabel, originLabel, citedLabel}})
	feedback = define(Metric{"hone.feedback", Counter, "{rating}",
		"What people thought of answers.", nil, []*Label{agentLabel, ratingLabel}})
	checks = define(Metric{"hone.checks", Counter, "{check}",
		"Checks of questions and answers.", nil, []*Label{checkLabel, checkedLabel}})
	toolCalls = define(Metric{"hone.tool.calls", Counter, "{call}",
		"Tool calls of agents, searches included.", nil, []*Label{toolLabel, originLabel, outcomeLabel}})
	toolDuration = define(Metric{"hone.tool.duration", Histogram, "s",
		"Time of a tool call.", secondBuckets, []*Label{toolLabel, originLabel}})

	// Models.
	modelCalls = define(Metric{"hone.model.calls", Counter, "{call}",
		"Calls of models by how they ended.", nil, append(callLabels, roleLabel, outcomeLabel)})
	modelDuration = define(Metric{"gen_ai.client.operation.duration", Histogram, "s",
		"Time of a call of a model, to the end of its answer.", secondBuckets, append(callLabels, roleLabel, errorLabel)})
	modelTokens = define(Metric{"gen_ai.client.token.usage", Histogram, "{token}",
		"Tokens of a call of a model.", tokenBuckets, append(callLabels, roleLabel, originLabel, tokenLabel)})
	firstChunk = define(Metric{"gen_ai.client.operation.time_to_first_chunk", Histogram, "s",
		"Time of a call of a model to the first piece of its answer.", secondBuckets, append(callLabels, roleLabel)})
	tokenRate = define(Metric{"hone.model.tokens", Histogram, "{token}/s",
		"Tokens that a model wrote in a second of a call.", rateBuckets, append(callLabels, roleLabel)})
	activeCalls = define(Metric{"hone.model.active", UpDown, "{call}",
		"Calls of models that are under way.", nil, []*Label{providerLabel, modelLabel}})
	cost = define(Metric{"hone.cost", Counter, "{USD}",
		"What calls of models cost in US dollars, by the list that HONE_PRICES names; nothing where it has no price.", nil,
		[]*Label{agentLabel, originLabel, roleLabel, providerLabel, modelLabel}})

	// Knowledge.
	searches = define(Metric{"hone.searches", Counter, "{search}",
		"Searches by whether they found anything.", nil, []*Label{searchLabel, originLabel}})
	searchDuration = define(Metric{"hone.search.duration", Histogram, "s",
		"Time of a search.", secondBuckets, []*Label{originLabel}})
	searchScore = define(Metric{"hone.search.score", Histogram, "1",
		"Score of a search's best passage.", scoreBuckets, []*Label{rankingLabel, originLabel}})
	indexOperations = define(Metric{"hone.index.operations", Counter, "{operation}",
		"Operations on the index: documents inserted and deleted, and queries.", nil, []*Label{indexLabel, outcomeLabel}})
	indexDuration = define(Metric{"hone.index.duration", Histogram, "s",
		"Time of an operation on the index; documents that are written together are one.", secondBuckets, []*Label{indexLabel}})
	indexedChunks = define(Metric{"hone.index.chunks", Counter, "{chunk}",
		"Chunks that were written.", nil, nil})
	syncs = define(Metric{"hone.syncs", Counter, "{sync}",
		"Syncs of sources with their folders; hone ingest makes them, so their count leaves over OTLP only.", nil, []*Label{sourceLabel, outcomeLabel}})
	documents = define(Metric{"hone.documents", Observed, "{document}",
		"Documents of a source.", nil, []*Label{sourceLabel}})
	chunks = define(Metric{"hone.chunks", Observed, "{chunk}",
		"Chunks of a source.", nil, []*Label{sourceLabel}})
	sourceAge = define(Metric{"hone.source.age", Observed, "s",
		"Time since a source's last complete sync with its folder; of folders only.", nil, []*Label{sourceLabel}})

	// Improvement.
	rounds = define(Metric{"hone.rounds", Counter, "{round}",
		"Rounds that ended, and verdicts of people on rounds that waited.", nil, []*Label{agentLabel, verdictLabel}})
	roundDuration = define(Metric{"hone.round.duration", Histogram, "s",
		"Time of a round.", longBuckets, []*Label{agentLabel, verdictLabel}})
	errorBudget = define(Metric{"hone.gate.error_budget.left", Observed, "1",
		"Share of the error budget that no entry of the gate has spent yet.", nil, []*Label{agentLabel}})
	promptVersion = define(Metric{"hone.prompt.version", Observed, "{version}",
		"Version of the agent's prompt that is in use.", nil, []*Label{agentLabel}})
	roundBudget = define(Metric{"hone.budget.left", Observed, "1",
		"Share of the last round's budget that was left when it was last looked at; 1 before the first round.", nil, []*Label{agentLabel}})
	budgetExhausted = define(Metric{"hone.budget.exhausted", Counter, "{round}",
		"Rounds whose budget did not suffice.", nil, []*Label{agentLabel}})
	judgeDrift = define(Metric{"hone.judge.drift", Gauge, "1",
		"Share of the judge's decisions on fixed answers that changed since it was calibrated.", nil, []*Label{agentLabel, judgeLabel}})
	judgeTrusted = define(Metric{"hone.judge.trusted", Gauge, "{judge}",
		"1 if promotions by the judge's grades do without a person, else 0.", nil, []*Label{agentLabel, judgeLabel}})
	evidence = define(Metric{"hone.rollout.evidence", Gauge, "{to 1}",
		"Evidence that the old prompt is better than the one on trial; it is put back at 25.", nil, []*Label{agentLabel}})
	notices = define(Metric{"hone.notices", Counter, "{notice}",
		"Notices sent: promotions, returns, approvals that wait, failed rounds.", nil, []*Label{agentLabel, noticeLabel}})
	queueDepth = define(Metric{"hone.queue.depth", Observed, "{job}",
		"What waits to be worked on.", nil, []*Label{queueLabel}})

	// The server and telemetry itself. The durations of requests are otelhttp's.
	activeRequests = define(Metric{"http.server.active_requests", UpDown, "{request}",
		"Requests that are being answered, health checks and /metrics left out.", nil, []*Label{methodLabel}})
	dropped = define(Metric{"hone.telemetry.dropped", Counter, "{item}",
		"Spans, metrics and log records that an exporter did not take.", nil, []*Label{signalLabel, exportLabel}})
)

// Labels that several metrics share.
var (
	runLabels  = []*Label{agentLabel, modelLabel, providerLabel, originLabel, statusLabel}
	callLabels = slices.Clip([]*Label{operationLabel, providerLabel, modelLabel})
)

// catalogue are all metrics.
var catalogue []*Metric

func define(m Metric) *Metric {
	catalogue = append(catalogue, &m)
	return &m
}

// Catalogue returns what Hone measures itself, by name.
func Catalogue() []Metric {
	list := make([]Metric, len(catalogue))
	for i, m := range catalogue {
		list[i] = *m
	}
	slices.SortFunc(list, func(a, b Metric) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Buckets. The SDK's own would suit milliseconds.
var (
	secondBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60, 120}
	longBuckets   = []float64{1, 5, 15, 60, 300, 900, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 24 * 3600}
	tokenBuckets  = []float64{16, 64, 256, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576}
	rateBuckets   = []float64{1, 2.5, 5, 10, 25, 50, 75, 100, 150, 250, 500, 1000, 10000}
	scoreBuckets  = []float64{.005, .01, .015, .02, .03, .05, .1, .25, .5, 1, 2.5, 5, 10, 15, 20, 30, 50}
	smallBuckets  = []float64{0, 1, 2, 3, 4, 5, 8, 12, 20}
)
