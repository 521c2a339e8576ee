package agent

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"testing"

	"github.com/honehq/hone/prompts"
)

// fixedPrompt is a PromptSource of one prompt.
type fixedPrompt struct{ p prompts.Prompt }

func (f fixedPrompt) InUse(context.Context, string) (prompts.Prompt, error) { return f.p, nil }

var storedPrompt = fixedPrompt{prompts.Prompt{ID: "pmpt_1", Version: 3, Text: "Search, then answer."}}

// newAgent makes an agent that keeps its runs in the returned store.
func newAgent(t *testing.T, s *scripted, change func(*Config)) (*Agent, *memory) {
	t.Helper()
	runs := &memory{}
	cfg := Config{
		Backend: s.backend(), Prompts: storedPrompt, PromptID: "pmpt_1", Store: runs,
	}
	cfg.Sources = func(context.Context) ([]string, error) { return []string{"vs_1"}, nil }
	if change != nil {
		change(&cfg)
	}
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.server.Client().CloseIdleConnections)
	return a, runs
}

// memory keeps runs as the stores do, which run their own conformance suite.
type memory struct {
	mu   sync.Mutex
	kept []Run
}

func (m *memory) PutRun(_ context.Context, r Run) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = append(m.kept, r)
	return nil
}

func (m *memory) ThreadRuns(_ context.Context, thread string, limit int) ([]Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var runs []Run
	for _, r := range m.kept {
		if r.Thread == thread {
			runs = append(runs, r)
		}
	}
	if len(runs) == 0 {
		return nil, fs.ErrNotExist
	}
	return runs[max(0, len(runs)-limit):], nil
}

func (m *memory) Run(context.Context, string) (Run, error)            { return Run{}, errors.ErrUnsupported }
func (m *memory) Runs(context.Context, RunFilter) ([]Run, error)      { return nil, errors.ErrUnsupported }
func (m *memory) AddFeedback(context.Context, string, Feedback) error { return errors.ErrUnsupported }

func ask(t *testing.T, a *Agent, text string) Answer {
	t.Helper()
	answer, err := a.Answer(t.Context(), Question{Text: text, Origin: FromHTTP})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

const rollback = "## Undo\n\nRun the undo command first. It takes a minute.\n\n```\nkubectl rollout undo deployment/checkout\n```\n\nThen watch the error rate."
