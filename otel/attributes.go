package otel

import "go.opentelemetry.io/otel/attribute"

// Attributes of spans, by the semantic conventions for generative AI where these
// have a name. None holds what was asked, answered, found or prompted, a name of
// a file, or a secret.
const (
	Operation      = attribute.Key("gen_ai.operation.name")
	Provider       = attribute.Key("gen_ai.provider.name")
	AgentName      = attribute.Key("gen_ai.agent.name")
	ConversationID = attribute.Key("gen_ai.conversation.id")
	DataSourceID   = attribute.Key("gen_ai.data_source.id")
	RequestModel   = attribute.Key("gen_ai.request.model")
	MaxTokens      = attribute.Key("gen_ai.request.max_tokens")
	Temperature    = attribute.Key("gen_ai.request.temperature")
	TopP           = attribute.Key("gen_ai.request.top_p")
	Streamed       = attribute.Key("gen_ai.request.stream")
	OutputType     = attribute.Key("gen_ai.output.type")
	ResponseID     = attribute.Key("gen_ai.response.id")
	ResponseModel  = attribute.Key("gen_ai.response.model")
	FinishReasons  = attribute.Key("gen_ai.response.finish_reasons")
	FirstChunk     = attribute.Key("gen_ai.response.time_to_first_chunk")
	InputTokens    = attribute.Key("gen_ai.usage.input_tokens")
	OutputTokens   = attribute.Key("gen_ai.usage.output_tokens")
	CachedTokens   = attribute.Key("gen_ai.usage.cache_read.input_tokens")
	Dimensions     = attribute.Key("gen_ai.embeddings.dimension.count")
	ToolName       = attribute.Key("gen_ai.tool.name")
	ToolType       = attribute.Key("gen_ai.tool.type")
	ToolCallID     = attribute.Key("gen_ai.tool.call.id")
	ErrorKind      = attribute.Key("error.type")

	RunID         = attribute.Key("hone.run.id")
	AboutRunID    = attribute.Key("hone.about.run.id")
	RunStatus     = attribute.Key("hone.status")
	RunOrigin     = attribute.Key("hone.origin")
	PromptID      = attribute.Key("hone.prompt.id")
	PromptVersion = attribute.Key("hone.prompt.version")
	TurnNumber    = attribute.Key("hone.turn")

	CheckName        = attribute.Key("hone.check")
	CheckOutcome     = attribute.Key("hone.check.outcome")
	CheckReason      = attribute.Key("hone.check.reason")
	CitationsKept    = attribute.Key("hone.citations.kept")
	CitationsDropped = attribute.Key("hone.citations.dropped")

	SearchQueries  = attribute.Key("hone.search.queries")
	SearchSources  = attribute.Key("hone.search.sources")
	SearchHits     = attribute.Key("hone.search.hits")
	SearchResults  = attribute.Key("hone.search.results")
	SearchFiles    = attribute.Key("hone.search.files")
	SearchScores   = attribute.Key("hone.search.scores")
	SearchTextOnly = attribute.Key("hone.search.text_only")
	TextCount      = attribute.Key("hone.texts")

	IndexDocuments = attribute.Key("hone.index.documents")
	IndexChunks    = attribute.Key("hone.index.chunks")
	IndexDeleted   = attribute.Key("hone.index.deleted")
	IndexSegments  = attribute.Key("hone.index.segments")
	SyncAdded      = attribute.Key("hone.sync.added")
	SyncUpdated    = attribute.Key("hone.sync.updated")
	SyncUnchanged  = attribute.Key("hone.sync.unchanged")
	SyncDeleted    = attribute.Key("hone.sync.deleted")
	SyncSkipped    = attribute.Key("hone.sync.skipped")
	SyncComplete   = attribute.Key("hone.sync.complete")

	RoundID     = attribute.Key("hone.round.id")
	RoundCause  = attribute.Key("hone.round.cause")
	RoundState  = attribute.Key("hone.round.state")
	CaseID      = attribute.Key("hone.case.id")
	CaseSplit   = attribute.Key("hone.case.split")
	CaseRepeat  = attribute.Key("hone.case.repeat")
	RolloutID   = attribute.Key("hone.rollout.id")
	NoticeKind  = attribute.Key("hone.notice.kind")
	NoticeWay   = attribute.Key("hone.notice.way")
	CommandName = attribute.Key("hone.command")
)

// Attribute is what an attribute of spans says.
type Attribute struct {
	Key         attribute.Key
	Description string
}

// Attributes are all that spans of Hone's own have.
var Attributes = []Attribute{
	{Operation, "what is done: invoke_agent, chat, embeddings, execute_tool, retrieval"},
	{Provider, "who serves the model"},
	{AgentName, "the agent"},
	{ConversationID, "the thread"},
	{DataSourceID, "the ID of the one source"},
	{RequestModel, "the model that was asked for"},
	{MaxTokens, "how many tokens the model may write"},
	{Temperature, "the temperature that was asked for"},
	{TopP, "the top_p that was asked for"},
	{Streamed, "whether the caller reads the response as it is made"},
	{OutputType, "json, where an answer of a schema was asked for"},
	{ResponseID, "the ID of the response"},
	{ResponseModel, "the model that answered, in its provider's words"},
	{FinishReasons, "why the model stopped: stop, tool_calls, length, content_filter"},
	{FirstChunk, "seconds until the model began to answer"},
	{InputTokens, "tokens that were read; those of a run are of all its turns"},
	{OutputTokens, "tokens that were written"},
	{CachedTokens, "tokens read that the provider had in its cache"},
	{Dimensions, "how many numbers a vector has"},
	{ToolName, "the tool; unknown: a name that a model made up"},
	{ToolType, "function, or datastore for a search"},
	{ToolCallID, "the ID of the call"},
	{ErrorKind, "what went wrong: a word of a closed set or a status; _OTHER: see the log"},
	{RunID, "the run, which is the answer's ID"},
	{AboutRunID, "the run that this is about, which another trace tells of"},
	{RunStatus, "how the run ended: answered, not_found, degraded; missing where it failed"},
	{RunOrigin, "where the question came from: http, cli, eval, agent …"},
	{PromptID, "the prompt"},
	{PromptVersion, "its version; 0: a text that no store knows"},
	{TurnNumber, "the number of the turn, from 1"},
	{CheckName, "what is checked: request, question, answer, citations"},
	{CheckOutcome, "passed or failed"},
	{CheckReason, "why it failed, a word of a closed set"},
	{CitationsKept, "citations of passages that were retrieved"},
	{CitationsDropped, "citations of what was not retrieved, which are left out"},
	{SearchQueries, "wordings that were searched for"},
	{SearchSources, "sources that were searched"},
	{SearchHits, "passages that were found"},
	{SearchResults, "passages that the model got"},
	{SearchFiles, "IDs of the passages' files, best first"},
	{SearchScores, "scores of the passages, in the same order"},
	{SearchTextOnly, "true where vectors could not be had and text was searched alone"},
	{TextCount, "texts that vectors are made of"},
	{IndexDocuments, "documents that are put into the index"},
	{IndexChunks, "their chunks"},
	{IndexDeleted, "documents that are taken out of the index"},
	{IndexSegments, "segments that became one"},
	{SyncAdded, "documents that are new"},
	{SyncUpdated, "documents that have changed"},
	{SyncUnchanged, "documents that are as they were"},
	{SyncDeleted, "documents that are gone"},
	{SyncSkipped, "files that were left out"},
	{SyncComplete, "whether every folder could be read"},
	{RoundID, "the round"},
	{RoundCause, "why it was begun: demand, questions, cron"},
	{RoundState, "how it stands: promoted, rejected, no_better, waiting, stale, cancelled, failed, running"},
	{CaseID, "the case; sealed cases have no spans"},
	{CaseSplit, "its split: train or dev; missing outside of rounds' collections"},
	{CaseRepeat, "which of the answers to the case, from 0"},
	{RolloutID, "the trial of a promoted prompt"},
	{NoticeKind, "what the notice tells"},
	{NoticeWay, "the way out that it takes"},
	{CommandName, "the command"},
}
