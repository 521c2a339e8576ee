// Package traces tells what became of a question: the account of an answer, from
// its trace and what was kept of it, two of them side by side, and the pages
// that show traces to people. It stores nothing.
package traces

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/prices"
)

// Account is what an answer was made of. What is kept of runs and responses
// beside their traces gives the texts; they are empty where it was deleted.
type Account struct {
	ID       string    `json:"id"` // run_… or resp_…
	TraceID  string    `json:"trace_id"`
	Question string    `json:"question,omitempty"`
	Answer   string    `json:"answer,omitempty"`
	Status   string    `json:"status,omitempty"`
	Error    string    `json:"error,omitempty"`
	Agent    string    `json:"agent,omitempty"`
	Thread   string    `json:"thread,omitempty"`
	Origin   string    `json:"origin,omitempty"`
	Model    string    `json:"model,omitempty"`
	Prompt   Prompt    `json:"prompt"`
	Started  time.Time `json:"started"`
	Seconds  float64   `json:"duration_seconds"`
	Tokens   Tokens    `json:"tokens"`
	Cost     *float64  `json:"cost_usd,omitempty"` // nil: a model has no price
	Passages []Passage `json:"passages"`           // the best first
	Tools    []Tool    `json:"tools"`              // in their order

	span string // that it is
}

// Prompt names a prompt version. Version 0: none that is stored.
type Prompt struct {
	ID      string `json:"id,omitempty"`
	Version int64  `json:"version"`
}

// Tokens are those of all model calls.
type Tokens struct {
	Input  int64 `json:"input"`
	Output int64 `json:"output"`
}

// Passage is one that the model got to read.
type Passage struct {
	File    string  `json:"file_id"`
	Path    string  `json:"path,omitempty"`
	Section string  `json:"section,omitempty"`
	Line    int     `json:"line,omitempty"` // the first
	Score   float64 `json:"score"`
	Cited   int     `json:"cited,omitempty"` // as [n] in the answer; 0: not
}

// Tool is a tool call.
type Tool struct {
	Name     string  `json:"name"`
	Seconds  float64 `json:"duration_seconds"`
	Failed   bool    `json:"failed,omitempty"`
	Passages int64   `json:"passages,omitempty"` // that a search gave
}

// Book is where accounts are from. A zero field leaves out what it would tell.
type Book struct {
	Runs interface { // agent.Store is one
		Run(ctx context.Context, id string) (agent.Run, error)
	}
	Responses interface { // openresponses.Store is one
		StoredResponse(ctx context.Context, id string) (openresponses.StoredResponse, error)
	}
	Prices *prices.List
}

// Accounts gives the accounts of the answers in a trace, without the responses
// that another answer is made of. Of a long trace, such as an evaluation, it gives
// the first.
func (b Book) Accounts(ctx context.Context, spans []otel.Span) ([]Account, error) {
	const enough = 20
	tree := newTree(spans)
	var list []Account
	for _, a := range otel.AnswersOf(spans) {
		if len(list) == enough {
			break
		}
		if strings.HasPrefix(a.ID, "resp_") && tree.within(a.SpanID, list) {
			continue
		}
		account := b.fromSpans(a, tree)
		if err := b.fromStore(ctx, &account); err != nil {
			return nil, fmt.Errorf("answer %s: %w", a.ID, err)
		}
		list = append(list, account)
	}
	return list, nil
}

// Account gives the account of the answer with an ID, or of the first answer in
// the trace where that is no answer's ID; fs.ErrNotExist where there is none.
func (b Book) Account(ctx context.Context, spans []otel.Span, id string) (Account, error) {
	answers := otel.AnswersOf(spans)
	if len(answers) == 0 {
		return Account{}, fmt.Errorf("an answer in trace %s: %w", id, fs.ErrNotExist)
	}
	chosen := answers[0]
	for _, a := range answers {
		if a.ID == id {
			chosen = a
		}
	}
	account := b.fromSpans(chosen, newTree(spans))
	if err := b.fromStore(ctx, &account); err != nil {
		return Account{}, fmt.Errorf("answer %s: %w", chosen.ID, err)
	}
	return account, nil
}

// fromSpans is what the trace itself tells.
func (b Book) fromSpans(a otel.Answered, t tree) Account {
	account := Account{
		ID: a.ID, TraceID: t.id, span: a.SpanID, Status: a.Status, Agent: a.Agent, Thread: a.Thread, Origin: a.Origin, Model: a.Model,
		Prompt: Prompt{a.PromptID, a.PromptVersion}, Started: a.Start, Seconds: a.End.Sub(a.Start).Seconds(),
		Tokens: Tokens{a.InputTokens, a.OutputTokens}, Passages: []Passage{}, Tools: []Tool{},
	}
	below := t.below(a.SpanID)
	for _, s := range below {
		if s.SpanID == a.SpanID && s.Status == "error" {
			account.Error = s.Message
			if account.Error == "" {
				account.Error, _ = s.Attributes["error.type"].(string)
			}
		}
		if name, ok := s.Attributes["gen_ai.tool.name"].(string); ok && s.Attributes["gen_ai.operation.name"] == "execute_tool" {
			n, _ := s.Attributes["hone.search.results"].(int64)
			account.Tools = append(account.Tools, Tool{name, s.End.Sub(s.Start).Seconds(), s.Status == "error", n})
			account.Passages = append(account.Passages, passagesOf(s)...)
		}
	}
	account.Passages = best(account.Passages)
	account.Cost = b.cost(a, below)
	return account
}

// Outcome is the status for people, of an answer that failed, too.
func (a *Account) Outcome() string {
	switch {
	case a.Status != "":
		return strings.ReplaceAll(a.Status, "_", " ")
	case a.Error != "":
		return "failed"
	}
	return "done" // a response of the API has no status of Hone's
}

// cost adds up the model calls of an answer, at the prices of now. Where a
// backend elsewhere made them, the answer's own tokens count.
func (b Book) cost(a otel.Answered, spans []otel.Span) *float64 {
	total, calls := 0.0, 0
	add := func(model string, u prices.Usage) bool {
		usd, known := b.Prices.Cost(model, u)
		total += usd
		calls++
		return known
	}
	for _, s := range spans {
		model, _ := s.Attributes["gen_ai.request.model"].(string)
		if op := s.Attributes["gen_ai.operation.name"]; op != "chat" && op != "embeddings" {
			continue
		}
		number := func(key string) int { n, _ := s.Attributes[key].(int64); return int(n) }
		u := prices.Usage{
			Input: number("gen_ai.usage.input_tokens"), Output: number("gen_ai.usage.output_tokens"), Cached: number("gen_ai.usage.cache_read.input_tokens"),
		}
		if !add(model, u) {
			return nil
		}
	}
	if calls == 0 && !add(a.Model, prices.Usage{Input: int(a.InputTokens), Output: int(a.OutputTokens)}) {
		return nil
	}
	return &total
}

// fromStore adds what was kept of the answer. That it is gone is no error.
func (b Book) fromStore(ctx context.Context, a *Account) error {
	var err error
	switch {
	case strings.HasPrefix(a.ID, "run_") && b.Runs != nil:
		var run agent.Run
		if run, err = b.Runs.Run(ctx, a.ID); err == nil {
			a.addRun(run)
		}
	case strings.HasPrefix(a.ID, "resp_") && b.Responses != nil:
		var r openresponses.StoredResponse
		if r, err = b.Responses.StoredResponse(ctx, a.ID); err == nil {
			a.addResponse(r)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
