package eval_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/prompts"
	"github.com/honehq/hone/store/sqlite"
)

// world is an agent whose answers follow its prompt's words by known rules,
// with cases in a real store.
type world struct {
	*testing.T
	store    *sqlite.DB
	prompts  *prompts.Library
	promptID string
	runner   *scripted
	rewriter *stock
	judge    eval.Judge
	trust    eval.Trust
	mode     eval.Mode
	modeNow  func(context.Context) (eval.Mode, error)
	snapshot string
	provider string
	answers  atomic.Int64 // see count
	logger   *slog.Logger
}

const agentName = "default"

func newWorld(t *testing.T, prompt string, clusters int) *world {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hone.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{
		T: t, store: store, prompts: prompts.New(store), judge: eval.Deterministic{}, mode: eval.Auto,
		runner: &scripted{quality: byGuidelines}, rewriter: &stock{guidelines: guidelines}, snapshot: "snap",
		logger: slog.New(slog.DiscardHandler),
	}
	p, err := w.prompts.Create(t.Context(), prompts.Draft{Text: prompt, Author: "test"})
	if err != nil {
		t.Fatal(err)
	}
	w.promptID = p.ID
	w.enter(someCases(clusters))
	return w
}

func (w *world) enter(cases []eval.Case) eval.Admitted {
	w.Helper()
	got, err := eval.Enter(w.Context(), w.store, eval.Admission{Agent: agentName, From: "test", Cases: cases, Seed: 1})
	if err != nil {
		w.Fatal(err)
	}
	return got
}

func (w *world) improver() *eval.Improver {
	w.Helper()
	im, err := eval.NewImprover(eval.ImproverConfig{
		Store: w.store, Prompts: w.prompts, Judge: w.judge, Trust: w.trust, Rewriter: w.rewriter, Mode: w.mode, ModeNow: w.modeNow, Logger: w.logger,
		Freeze: func(context.Context) (eval.Frozen, error) {
			return eval.Frozen{Runner: w.runner, Model: "scripted", Provider: w.provider, Snapshot: w.snapshot}, nil
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	return im
}

func (w *world) request(seed uint64) eval.RoundRequest {
	return eval.RoundRequest{Agent: agentName, PromptID: w.promptID, Cause: "demand", Seed: seed}
}

func (w *world) round(seed uint64) eval.Round {
	w.Helper()
	r, err := w.improver().Round(w.Context(), w.request(seed))
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *world) inUse() prompts.Prompt {
	w.Helper()
	p, err := w.prompts.InUse(w.Context(), w.promptID)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

func (w *world) cases(split eval.Split) []eval.StoredCase {
	w.Helper()
	cases, err := w.store.Cases(w.Context(), eval.CaseFilter{Agent: agentName, Split: split, Retired: true})
	if err != nil {
		w.Fatal(err)
	}
	return cases
}

// someCases makes clusters of two cases about one document, every tenth of
// them unanswerable.
func someCases(clusters int) []eval.Case {
	var cases []eval.Case
	for i := range clusters {
		if i%10 == 9 {
			cases = append(cases, eval.Case{ID: fmt.Sprintf("u%03d", i), Question: fmt.Sprintf("Who painted bridge number %d?", i), Type: eval.Unanswerable})
			continue
		}
		for _, part := range []string{"port", "owner"} {
			cases = append(cases, eval.Case{
				ID: fmt.Sprintf("c%03d-%s", i, part), Question: fmt.Sprintf("What is the %s of service %d?", part, i),
				Kind: "runbook", Type: "lookup", Style: "lexical", Docs: []string{document(i)},
				Answer:  fmt.Sprintf("It is %s-%d.", part, i),
				Nuggets: []eval.Nugget{{Text: fmt.Sprintf("the %s is %s-%d", part, part, i), Vital: true, AnyOf: []string{fmt.Sprintf("%s-%d", part, i)}}},
			})
		}
	}
	return cases
}

func document(i int) string { return fmt.Sprintf("runbooks/service-%d.md", i) }

// guidelines are what the stock rewriter adds. The first two help, the third
// does nothing, the last does harm.
var guidelines = []string{"Search in several ways.", "Read whole sections.", "Be friendly to the reader.", "Never look at tables."}

// byGuidelines is the share of facts that an agent with this prompt finds.
func byGuidelines(prompt string) float64 {
	q := 0.3
	for i, effect := range []float64{0.35, 0.25, 0, -0.2} {
		if strings.Contains(prompt, guidelines[i]) {
			q += effect
		}
	}
	return q
}

// scripted is an agent that states the fact asked for in a share of answers
// which the prompt decides, on the same questions whenever asked; with noise,
// on others each time that another prompt asks.
type scripted struct {
	quality func(prompt string) float64
	// byQuestion, if not nil, decides instead of quality.
	byQuestion func(prompt, question string) float64
	noise      bool
	before     func(ctx context.Context, prompt *prompts.Prompt, question string) error // may be nil

	mu   sync.Mutex
	open map[string]bool // questions that telemetry may know
}

func (s *scripted) Answer(ctx context.Context, p *prompts.Prompt, question string, seed uint64) (agent.Answer, error) {
	if !otel.IsUnrecorded(ctx) {
		s.mu.Lock()
		if s.open == nil {
			s.open = map[string]bool{}
		}
		s.open[question] = true
		s.mu.Unlock()
	}
	if s.before != nil {
		if err := s.before(ctx, p, question); err != nil {
			return agent.Answer{}, err
		}
	}
	a := agent.Answer{Status: agent.Answered, Duration: 0.1, Usage: agent.Usage{InputTokens: 100, OutputTokens: 20}}
	var part string
	var i int
	if _, err := fmt.Sscanf(question, "What is the %s of service %d?", &part, &i); err != nil {
		a.Status, a.Answer = agent.NotFound, "I don't know."
		return a, nil //nolint:nilerr // it knows no other questions
	}
	a.Citations = []agent.Citation{{N: 1, Path: document(i), Quote: "It is written here."}}
	a.Answer = "The service is documented there, see below. [1]"
	luck := question
	if s.noise {
		luck = fmt.Sprint(question, p.Text, seed)
	}
	share := s.quality
	if s.byQuestion != nil {
		share = func(prompt string) float64 { return s.byQuestion(prompt, question) }
	}
	if uniform(luck) < share(p.Text) {
		a.Answer = fmt.Sprintf("The %s of it is %s-%d. [1]", part, part, i)
	}
	return a, nil
}

func uniform(s string) float64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}

// stock is a rewriter that adds a guideline by its seed, and remembers what it
// was shown.
type stock struct {
	guidelines []string
	mu         sync.Mutex
	requests   []eval.RewriteRequest
}

func (*stock) Name() string { return "stock" }

func (s *stock) Rewrite(_ context.Context, r eval.RewriteRequest) (eval.Rewrite, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	if len(s.guidelines) == 0 {
		return eval.Rewrite{}, errors.New("the stock is empty")
	}
	g := s.guidelines[r.Seed%uint64(len(s.guidelines))]
	return eval.Rewrite{Prompt: r.Prompt.Text + "\n" + g, Rationale: "failures"}, nil
}
