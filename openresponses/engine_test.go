package openresponses_test

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"go.uber.org/goleak"

	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/prompts"
	"github.com/honehq/hone/store/sqlite"
)

// script is a model that says what a test wrote down: one list of deltas or
// errors a turn. It keeps what it was asked.
type script struct {
	mu    sync.Mutex
	turns [][]any // openresponses.Delta, error, or func(context.Context)
	asked []*openresponses.Completion
}

func (s *script) Complete(ctx context.Context, c *openresponses.Completion) iter.Seq2[openresponses.Delta, error] {
	return func(yield func(openresponses.Delta, error) bool) {
		for _, step := range s.next(c) {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			switch step := step.(type) {
			case openresponses.Delta:
				if !yield(step, nil) {
					return
				}
			case error:
				yield(nil, step)
				return
			case func(context.Context):
				step(ctx)
			}
		}
	}
}

func (s *script) next(c *openresponses.Completion) []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, c)
	if len(s.turns) == 0 {
		return []any{fmt.Errorf("the script has no turn %d", len(s.asked))}
	}
	turn := s.turns[0]
	s.turns = s.turns[1:]
	return turn
}

// what a model does in a turn

func says(texts ...string) []any {
	var turn []any
	for _, t := range texts {
		turn = append(turn, openresponses.TextDelta{Text: t})
	}
	return append(turn, finish(openresponses.FinishStop))
}

func calls(list ...openresponses.ToolCallDelta) []any {
	var turn []any
	for i, c := range list {
		c.Index = i
		turn = append(turn, c)
	}
	return append(turn, finish(openresponses.FinishTools))
}

func searches(arguments string) openresponses.ToolCallDelta {
	return openresponses.ToolCallDelta{ID: "call_s", Name: "file_search", Arguments: arguments}
}

func finish(reason openresponses.FinishReason) openresponses.Finish {
	return openresponses.Finish{Reason: reason, Model: "scripted-1", Usage: openresponses.Usage{InputTokens: 10, CachedTokens: 4, OutputTokens: 5}}
}

// world is an engine on a real database with a few documents.
type world struct {
	engine *openresponses.Engine
	url    string
	http   *http.Client
	client openai.Client
	model  *script
	db     *sqlite.DB
	base   *knowledge.Base
	source knowledge.Source
	access func(*http.Request) knowledge.Access
}

func newWorld(t *testing.T, turns ...[]any) *world {
	t.Helper()
	ctx := t.Context()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "hone.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	base, err := knowledge.New(knowledge.Config{Store: db})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := base.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{db: db, base: base, model: &script{turns: turns}}
	w.source, err = base.EnsureSource(ctx, "docs", knowledge.KindUpload)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(documents)) {
		if _, err := base.Put(ctx, w.source.ID, knowledge.Upload{Path: path, Content: []byte(documents[path])}); err != nil {
			t.Fatal(err)
		}
	}
	w.serve(t, w.model)
	return w
}

// serve starts an engine with the given model.
func (w *world) serve(t *testing.T, model openresponses.Completer) {
	t.Helper()
	engine, err := openresponses.New(openresponses.Config{
		Knowledge: w.base, Prompts: prompts.New(w.db), Store: w.db, Access: w.access, Logger: slog.New(slog.DiscardHandler),
		Models: []openresponses.Model{{Name: "scripted", Completer: model, Provider: "test"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	w.engine, w.url, w.http = engine, server.URL, server.Client()
	w.client = openai.NewClient(option.WithBaseURL(server.URL+"/v1/"), option.WithAPIKey("k"),
		option.WithMaxRetries(0), option.WithHTTPClient(w.http))
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var documents = map[string]string{
	"runbooks/redis.md": "---\nkind: runbook\nteam: storage\ndate: 2026-03-01\n---\n# Redis failover\n\n## Promote a replica\n\nRun `redis-cli REPLICAOF NO ONE` on the replica. The failover takes 30 seconds.\n",
	"runbooks/kafka.md": "---\nkind: runbook\nteam: streaming\n---\n# Kafka lag\n\nConsumer lag above 10000 pages the on-call engineer.\n",
}
