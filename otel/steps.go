package otel

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Step is a kind of span that Hone makes itself. Spans of HTTP calls and of SQL
// statements beside them are made by libraries.
type Step struct {
	Name        string
	Of          attribute.Key // its value follows the name; empty: nothing does
	Kind        trace.SpanKind
	Package     string // that makes it
	Description string
	Attributes  []attribute.Key
}

// Start starts a span. Its name takes the value of the attribute Of, which must
// be bounded. Where it begins a trace, that is linked to the context's cause.
func (s *Step) Start(ctx context.Context, attributes ...attribute.KeyValue) (context.Context, trace.Span) {
	options := []trace.SpanStartOption{trace.WithSpanKind(s.Kind), trace.WithAttributes(attributes...)}
	if !trace.SpanContextFromContext(ctx).IsValid() {
		if cause, _ := ctx.Value(causeKey{}).(Cause); cause.IsValid() {
			options = append(options, trace.WithLinks(trace.Link{SpanContext: cause.SpanContext}))
		}
	}
	return otel.Tracer(scope+s.Package).Start(ctx, s.name(attributes), options...)
}

// Begin starts a trace of its own, for what goes on in the background: linked to
// what caused it, if that is known, and never a part of it.
func (s *Step) Begin(ctx context.Context, cause Cause, attributes ...attribute.KeyValue) (context.Context, trace.Span) {
	return s.Start(WithCause(trace.ContextWithSpan(ctx, nil), cause), attributes...)
}

func (s *Step) name(attributes []attribute.KeyValue) string {
	for _, a := range attributes {
		if a.Key == s.Of {
			return s.Name + " " + a.Value.String()
		}
	}
	return s.Name
}

// Spans of questions and answers.
var (
	Command = &Step{"hone", CommandName, trace.SpanKindInternal, "cmd",
		"a command that asks, searches, reads documents, evaluates or improves", keys(CommandName, ErrorKind)}
	InvokeAgent = &Step{"invoke_agent", AgentName, trace.SpanKindInternal, "agent",
		"a question on its way to an answer", keys(Operation, AgentName, RequestModel, RunOrigin, ConversationID, RunID, RunStatus,
			PromptID, PromptVersion, InputTokens, OutputTokens, RoundID, CaseID, ErrorKind)}
	Check = &Step{"check", CheckName, trace.SpanKindInternal, "agent",
		"a check of a question, of an answer or of its citations", keys(CheckName, CheckOutcome, CheckReason, CitationsKept, CitationsDropped)}
	FetchPrompt = &Step{"fetch_prompt", "", trace.SpanKindInternal, "prompts",
		"a prompt is read", keys(PromptID, PromptVersion, ErrorKind)}
	Turn = &Step{"turn", TurnNumber, trace.SpanKindInternal, "agent",
		"the model is asked, with what was found until then", keys(TurnNumber, ErrorKind)}
	CreateResponse = &Step{"create_response", "", trace.SpanKindInternal, "openresponses",
		"the engine answers a request of the Responses API", keys(RequestModel, Streamed, ResponseID, PromptID, PromptVersion, InputTokens, OutputTokens, ErrorKind)}
	Chat = &Step{"chat", RequestModel, trace.SpanKindClient, "openresponses",
		"a call of a model", keys(Operation, Provider, RequestModel, MaxTokens, Temperature, TopP, OutputType, ResponseModel, FinishReasons, FirstChunk,
			InputTokens, OutputTokens, CachedTokens, ErrorKind)}
	RemoteChat = &Step{"chat", RequestModel, trace.SpanKindClient, "agent",
		"a call of a Responses API elsewhere, which searches by itself", keys(Operation, Provider, RequestModel, MaxTokens, ResponseModel, InputTokens, OutputTokens, ErrorKind)}
	ExecuteTool = &Step{"execute_tool", ToolName, trace.SpanKindInternal, "agent",
		"a tool of the agent runs", keys(Operation, ToolName, ToolType, ToolCallID, ErrorKind)}
	FileSearch = &Step{"execute_tool", ToolName, trace.SpanKindInternal, "openresponses",
		"the engine runs file_search", keys(Operation, ToolName, ToolType, ToolCallID, SearchQueries, SearchResults, SearchFiles, SearchScores, ErrorKind)}
	SearchKnowledge = &Step{"search_knowledge", "", trace.SpanKindInternal, "knowledge",
		"the knowledge base is searched", keys(Operation, SearchQueries, SearchSources, SearchHits, SearchTextOnly, ErrorKind)}
	Embed = &Step{"embeddings", RequestModel, trace.SpanKindClient, "knowledge",
		"vectors are made of texts", keys(Operation, Provider, RequestModel, TextCount, ResponseModel, Dimensions, InputTokens, ErrorKind)}
)

// Spans of documents.
var (
	SyncSource = &Step{"sync_source", "", trace.SpanKindInternal, "knowledge",
		"a source is brought in step with its folder", keys(DataSourceID, SyncAdded, SyncUpdated, SyncUnchanged, SyncDeleted, SyncSkipped, SyncComplete, IndexChunks, ErrorKind)}
	WriteIndex = &Step{"index_documents", "", trace.SpanKindInternal, "knowledge",
		"documents are put into the index or taken out", keys(DataSourceID, IndexDocuments, IndexChunks, IndexDeleted, ErrorKind)}
	MergeIndex = &Step{"merge_index", "", trace.SpanKindInternal, "knowledge",
		"segments of the index become one, in the background", keys(DataSourceID, IndexSegments, ErrorKind)}
)

// Spans of evaluation and improvement.
var (
	ScheduleRound = &Step{"schedule_round", "", trace.SpanKindInternal, "eval",
		"the schedule begins a round, or has one worked on", keys(AgentName, RoundID, RoundCause, ErrorKind)}
	Improve = &Step{"improve", AgentName, trace.SpanKindInternal, "eval",
		"a round is worked on; answers to sealed cases leave no spans", keys(AgentName, RoundID, RoundCause, RoundState, ErrorKind)}
	EvaluateCase = &Step{"evaluate_case", "", trace.SpanKindInternal, "eval",
		"a case is answered and graded", keys(RoundID, CaseID, CaseSplit, CaseRepeat, ErrorKind)}
	JudgeAnswer = &Step{"judge_answer", "", trace.SpanKindInternal, "eval",
		"an answer is graded", keys(RoundID, CaseID, AboutRunID, ErrorKind)}
	RewritePrompt = &Step{"rewrite_prompt", "", trace.SpanKindInternal, "eval",
		"the rewriter proposes a prompt", keys(RoundID, ErrorKind)}
	ProposeCase = &Step{"propose_case", "", trace.SpanKindInternal, "harvest",
		"a correction or a question becomes a proposal of a case", keys(AgentName, AboutRunID, ErrorKind)}
	WatchRollout = &Step{"watch_rollout", "", trace.SpanKindInternal, "rollout",
		"live answers of a promoted prompt are graded", keys(AgentName, RolloutID, RoundID, ErrorKind)}
	DeliverNotice = &Step{"deliver_notice", NoticeWay, trace.SpanKindProducer, "rollout",
		"people are told what became of a round or a trial", keys(AgentName, NoticeKind, NoticeWay, RoundID, RolloutID, ErrorKind)}
)

// Steps are all spans that Hone makes itself.
var Steps = []*Step{
	Command, InvokeAgent, Check, FetchPrompt, Turn, CreateResponse, Chat, RemoteChat, ExecuteTool, FileSearch, SearchKnowledge, Embed,
	SyncSource, WriteIndex, MergeIndex,
	ScheduleRound, Improve, EvaluateCase, JudgeAnswer, RewritePrompt, ProposeCase, WatchRollout, DeliverNotice,
}

func keys(list ...attribute.Key) []attribute.Key { return list }
