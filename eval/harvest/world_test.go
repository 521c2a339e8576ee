package harvest_test

import (
	"context"
	"iter"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/harvest"
	"github.com/honehq/hone/internal/inprocess"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/openresponses/offline"
	"github.com/honehq/hone/prompts"
	"github.com/honehq/hone/store/sqlite"
)

// world is an agent's documents in a real store, with models over the engine.
type world struct {
	*testing.T
	db     *sqlite.DB
	base   *knowledge.Base
	source string
	says   func(request string) string // what the model "scripted" replies
	desk   *harvest.Desk
}

// newWorld makes a desk over documents, by path, whose cases the model writes;
// change may change its configuration first.
func newWorld(t *testing.T, docs map[string]string, model string, change func(*harvest.Config)) *world {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hone.db"))
	ok(t, err)
	t.Cleanup(func() { ok(t, db.Close()) })
	base, err := knowledge.New(knowledge.Config{Store: db})
	ok(t, err)
	t.Cleanup(func() { ok(t, base.Close()) })
	source, err := base.EnsureSource(t.Context(), "docs", knowledge.KindUpload)
	ok(t, err)
	w := &world{T: t, db: db, base: base, source: source.ID}
	for path, text := range docs {
		w.put(path, text)
	}
	cfg := harvest.Config{
		Store: db, Agent: "default", Documents: base, Answer: w.answerFrom,
		Sources: func(context.Context) ([]string, error) { return []string{source.ID}, nil },
	}
	if model != "" {
		cfg.Writer = harvest.NewWriter(w.client(base), model, model == offline.Name)
	}
	if change != nil {
		change(&cfg)
	}
	w.desk, err = harvest.New(cfg)
	ok(t, err)
	return w
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) put(path, text string) knowledge.Document {
	w.Helper()
	d, err := w.base.Put(w.Context(), w.source, knowledge.Upload{Path: path, Content: []byte(text)})
	ok(w.T, err)
	return d
}

// scripted is a model that replies as the test says.
type scripted struct{ w *world }

func (s scripted) Complete(_ context.Context, c *openresponses.Completion) iter.Seq2[openresponses.Delta, error] {
	return func(yield func(openresponses.Delta, error) bool) {
		text := s.w.says(c.Messages[len(c.Messages)-1].Text)
		_ = yield(openresponses.TextDelta{Text: text}, nil) && yield(openresponses.Finish{Reason: openresponses.FinishStop}, nil)
	}
}

func (w *world) client(base *knowledge.Base) openai.Client {
	engine, err := openresponses.New(openresponses.Config{
		Knowledge: base, Prompts: prompts.New(w.db),
		Models: []openresponses.Model{{Name: offline.Name, Completer: offline.New()}, {Name: "scripted", Completer: scripted{w}}},
		Access: func(*http.Request) knowledge.Access { return knowledge.Access{All: true} },
	})
	ok(w.T, err)
	return openai.NewClient(
		option.WithHTTPClient(&http.Client{Transport: inprocess.Transport{Handler: engine}}),
		option.WithBaseURL("http://hone/v1/"), option.WithAPIKey("in-process"), option.WithMaxRetries(0))
}

// answerFrom is the offline agent on one text.
func (w *world) answerFrom(ctx context.Context, question, path, text string) (agent.Answer, error) {
	frozen, err := w.base.Freeze(ctx, nil)
	if err != nil {
		return agent.Answer{}, err
	}
	overlay := frozen.Overlay()
	source, err := overlay.EnsureSource(ctx, "evidence", knowledge.KindUpload)
	if err != nil {
		return agent.Answer{}, err
	}
	if _, err := overlay.Put(ctx, source.ID, knowledge.Upload{Path: path, Content: []byte(text)}); err != nil {
		return agent.Answer{}, err
	}
	a, err := agent.New(agent.Config{
		Name: "default", Prompts: prompts.New(w.db), PromptID: "pmpt_x",
		Backend: agent.Backend{Client: w.client(overlay), Model: offline.Name, Sources: func(context.Context) ([]string, error) { return []string{source.ID}, nil }},
	})
	if err != nil {
		return agent.Answer{}, err
	}
	return a.Answer(ctx, agent.Question{Text: question, Origin: agent.FromEval, Prompt: &prompts.Prompt{ID: "pmpt_x", Text: agent.FirstPrompt}, Access: knowledge.Access{All: true}})
}

// asked stores a run in which a person asked.
func (w *world) asked(id, question string) {
	w.Helper()
	ok(w.T, w.db.PutRun(w.Context(), agent.Run{
		Answer:   agent.Answer{ID: id, Thread: "thr_" + id, Agent: "default", Status: agent.Answered, Answer: "no idea"},
		Question: question, Origin: agent.FromHTTP,
	}))
}

func (w *world) corrected(run, correction string) {
	w.Helper()
	ok(w.T, w.db.AddFeedback(w.Context(), run, agent.Feedback{Rating: "down", Correction: correction}))
}

func (w *world) proposed() []harvest.Proposal {
	w.Helper()
	list, err := w.desk.Proposed(w.Context())
	ok(w.T, err)
	return list
}

func (w *world) cases() []eval.StoredCase {
	w.Helper()
	cases, err := w.db.Cases(w.Context(), eval.CaseFilter{Agent: "default", Retired: true})
	ok(w.T, err)
	return cases
}
