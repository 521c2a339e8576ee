package eval_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// marked returns a word that stands in a case's text and nowhere else.
func marked(id string) string { return "canary" + strings.ReplaceAll(id, "-", "") }

// mark puts a case's word into its answer, facts and evidence.
func mark(cases []eval.Case) []eval.Case {
	for i := range cases {
		c := &cases[i]
		c.Question += " (" + marked(c.ID) + ")"
		c.Answer += " " + marked(c.ID)
		for j := range c.Nuggets {
			c.Nuggets[j].Text += " " + marked(c.ID)
		}
		c.Evidence = []eval.Evidence{{Doc: "x.md", Quote: "as " + marked(c.ID) + " says"}}
	}
	return cases
}

// quotingRunner fails now and then with an error that quotes the question, as
// providers do, and quotes it in its answers.
type quotingRunner struct {
	scripted
	sealed map[string]bool
	broken bool // sealed questions always fail
}

func (r *quotingRunner) Answer(ctx context.Context, p *prompts.Prompt, q string, seed uint64) (agent.Answer, error) {
	if r.sealed[q] && r.broken || uniform(q+p.Text) < 0.05 {
		return agent.Answer{}, fmt.Errorf("provider: cannot answer %q", q)
	}
	a, err := r.scripted.Answer(ctx, p, q, seed)
	a.Answer += " You asked: " + q + " [1]"
	return a, err
}

// Words of dev cases must not reach the rewriter, and words of sealed cases
// nothing at all before they retire.
func TestSealedCasesLeaveNoTrace(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	provider := trace.NewTracerProvider(trace.WithSyncer(spans))
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(provider)
	t.Cleanup(func() { otel.SetTracerProvider(before) })

	for name, broken := range map[string]bool{"rejected": true, "won": false} {
		t.Run(name, func(t *testing.T) {
			var log lockedBuffer
			w := newWorld(t, firstPrompt, 0)
			w.enter(mark(someCases(120)))
			w.logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			w.mode = eval.Approve // so that nothing retires
			runner := &quotingRunner{scripted: scripted{quality: byGuidelines}, sealed: map[string]bool{}, broken: broken}
			secret := map[eval.Split][]string{}
			for _, split := range []eval.Split{eval.Train, eval.Dev, eval.Sealed} {
				for _, c := range w.cases(split) {
					secret[split] = append(secret[split], marked(c.ID))
					if split == eval.Sealed {
						runner.sealed[c.Question] = true
					}
				}
			}
			var out bytes.Buffer
			var mu sync.Mutex
			entered := false
			for seed := range uint64(6) {
				q := w.request(seed + 1)
				q.Progress = func(p eval.Progress) {
					mu.Lock()
					defer mu.Unlock()
					fmt.Fprintf(&out, "%+v\n", p)
					if p.Stage == eval.StageGate && (p.Done != 0 || p.Total != 0 || p.Text != "") {
						t.Errorf("the gate tells how far it is: %+v", p)
					}
				}
				r, err := w.improverWith(runner).Round(t.Context(), q)
				if errors.Is(err, eval.ErrWaiting) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				entered = entered || r.Entered
				report, err := r.Report()
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range []any{r, report, report.Words()} {
					if err := json.NewEncoder(&out).Encode(v); err != nil {
						t.Fatal(err)
					}
				}
				out.Write(r.Certificate)
			}
			if !entered {
				t.Fatal("no round entered the gate")
			}
			for _, s := range spans.GetSpans() {
				fmt.Fprintf(&out, "%s %+v %+v %+v\n", s.Name, s.Attributes, s.Events, s.Status)
			}
			for q := range runner.open {
				if runner.sealed[q] {
					t.Errorf("a sealed question was answered under telemetry: %s", q)
				}
			}
			if len(runner.open) == 0 {
				t.Error("no question was answered under telemetry")
			}
			shown, err := json.Marshal(w.rewriter.requests)
			if err != nil {
				t.Fatal(err)
			}
			none(t, "telemetry, reports and certificates", out.String()+log.String(), secret[eval.Sealed])
			none(t, "the rewriter's requests", string(shown), append(secret[eval.Sealed], secret[eval.Dev]...))
			some(t, "the rewriter's requests", string(shown), secret[eval.Train])
			none(t, "the prompt in use", w.inUse().Text, append(secret[eval.Sealed], secret[eval.Dev]...))
		})
	}
}

func none(t *testing.T, where, text string, words []string) {
	t.Helper()
	for _, word := range words {
		if i := strings.Index(text, word); i >= 0 {
			t.Fatalf("%s hold %s: …%s…", where, word, text[max(0, i-100):min(len(text), i+100)])
		}
	}
}

func some(t *testing.T, where, text string, words []string) {
	t.Helper()
	for _, word := range words {
		if strings.Contains(text, word) {
			return
		}
	}
	t.Errorf("%s hold none of the words that they may", where)
}

// lockedBuffer is a bytes.Buffer for several writers.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
