package agent

import "time"

// Status is the outcome of a run.
type Status string

// The outcomes. A run that failed altogether has an error instead.
const (
	Answered Status = "answered"
	NotFound Status = "not_found" // the documents don't say
	Degraded Status = "degraded"  // an answer, but from the fallback or cut short by a limit
)

// Answer is a finished run, as POST /v1/ask returns it.
type Answer struct {
	ID        string     `json:"id"` // "run_…"
	Thread    string     `json:"thread"`
	Agent     string     `json:"agent"`
	Status    Status     `json:"status"`
	Answer    string     `json:"answer"`         // Markdown; [1], [2] … refer to Citations
	Note      string     `json:"note,omitempty"` // why degraded, or which limit was reached, in words
	Citations []Citation `json:"citations"`
	Prompt    PromptRef  `json:"prompt"`
	Model     string     `json:"model"`
	Usage     Usage      `json:"usage"`
	TraceID   string     `json:"trace_id,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	Duration  float64    `json:"duration_seconds"`
}

// Citation says where a statement stands. Quote occurs verbatim in the lines.
type Citation struct {
	N       int     `json:"n"` // as in the answer, from 1 without gaps
	Source  string  `json:"source"`
	FileID  string  `json:"file_id"`
	Path    string  `json:"path"` // relative to the source's root
	Title   string  `json:"title"`
	Section string  `json:"section"` // heading path joined by " › "
	Lines   [2]int  `json:"lines"`   // first and last, from 1
	URL     string  `json:"url,omitempty"`
	Quote   string  `json:"quote"`
	Score   float64 `json:"score"`
}

// PromptRef names a prompt version. Version 0: a text that is not stored.
type PromptRef struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// Usage adds up a run.
type Usage struct {
	InputTokens  int `json:"input_tokens"`
	OutputTokens int `json:"output_tokens"`
	Turns        int `json:"turns"`
	ToolCalls    int `json:"tool_calls"`
	Searches     int `json:"searches"`
}

func (u Usage) tokens() int { return u.InputTokens + u.OutputTokens }

// Event is what a run streams: a closed set of types, ending in Done.
type Event interface{ event() }

// TextEvent is a piece of the answer, with [n] where citations stand.
type TextEvent struct {
	Text string `json:"text"`
}

// ToolEvent tells that a tool or a search started or ended, or that the
// fallback begins. Text and citations that came before it are not the answer's.
type ToolEvent struct {
	ID        string `json:"id"`
	Tool      string `json:"tool"`
	Arguments string `json:"arguments"` // JSON
	Done      bool   `json:"done"`
	Failed    bool   `json:"failed,omitempty"`
	Summary   string `json:"summary,omitempty"` // in words, once done
}

// restarted is the event of the fallback.
var restarted = ToolEvent{
	ID: "fallback", Tool: "fallback", Arguments: "{}", Done: true,
	Summary: "the language model failed; another answers instead",
}

// CitationEvent comes with the first mention of a citation.
type CitationEvent struct{ Citation }

// Done is the last event.
type Done struct{ Answer }

func (TextEvent) event()     {}
func (ToolEvent) event()     {}
func (CitationEvent) event() {}
func (Done) event()          {}
