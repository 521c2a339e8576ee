package eval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/lint/linttest"
	"github.com/honehq/hone/internal/inprocess"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/openresponses/offline"
	"github.com/honehq/hone/prompts"
)

// poisonedAgent is an offline agent over the suite's documents: what it answers are
// their sentences.
type poisonedAgent struct {
	base    *knowledge.Base
	prompts *prompts.Library
	source  string
}

func newPoisonedAgent(w *world, suite map[string][]linttest.Poison) *poisonedAgent {
	w.Helper()
	base, err := knowledge.New(knowledge.Config{Store: w.store, Logger: w.logger})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		if err := base.Close(); err != nil {
			w.Error(err)
		}
	})
	source, err := base.EnsureSource(w.Context(), "docs", knowledge.KindUpload)
	if err != nil {
		w.Fatal(err)
	}
	for _, cases := range suite {
		for _, p := range cases {
			for name, text := range p.Documents {
				if _, err := base.Put(w.Context(), source.ID, knowledge.Upload{Path: name, Content: []byte(text)}); err != nil {
					w.Fatal(err)
				}
			}
		}
	}
	return &poisonedAgent{base, w.prompts, source.ID}
}

func (a *poisonedAgent) freeze(ctx context.Context) (eval.Frozen, error) {
	base, err := a.base.Freeze(ctx, []string{a.source})
	if err != nil {
		return eval.Frozen{}, err
	}
	return eval.Frozen{
		Runner: frozenAgent{a, base}, Model: offline.Name, Snapshot: base.Fingerprint(),
		Text: func(ctx context.Context, c agent.Citation) (string, error) {
			text, err := base.FileContent(ctx, c.FileID)
			return string(text), err
		},
	}, nil
}

type frozenAgent struct {
	*poisonedAgent
	frozen *knowledge.Base
}

func (a frozenAgent) Answer(ctx context.Context, p *prompts.Prompt, question string, _ uint64) (agent.Answer, error) {
	engine, err := openresponses.New(openresponses.Config{
		Knowledge: a.frozen.Overlay(), Prompts: a.prompts, Logger: slog.New(slog.DiscardHandler),
		Models: []openresponses.Model{{Name: offline.Name, Completer: offline.New()}},
		Access: func(r *http.Request) knowledge.Access { return knowledge.AccessFrom(r.Context()) },
	})
	if err != nil {
		return agent.Answer{}, err
	}
	runner, err := agent.New(agent.Config{
		Backend: agent.Backend{
			Model: offline.Name, Sources: func(context.Context) ([]string, error) { return []string{a.source}, nil },
			Client: openai.NewClient(option.WithBaseURL("http://hone.test/v1"), option.WithAPIKey("none"),
				option.WithHTTPClient(&http.Client{Transport: inprocess.Transport{Handler: engine}})),
		},
		Prompts: a.prompts, PromptID: p.ID, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return agent.Answer{}, err
	}
	arm := *p
	arm.Version = 0
	return runner.Answer(ctx, agent.Question{Text: question, Origin: agent.FromEval, Prompt: &arm, Access: knowledge.Access{All: true}})
}

// chattyJudge lets every answer fail, and says of it what a person said, which
// documents it cites, and what these say.
type chattyJudge struct {
	eval.Deterministic
	about map[string]linttest.Poison // by question
}

func (j chattyJudge) Grade(_ context.Context, c eval.Case, a agent.Answer) (eval.Grade, error) {
	p := j.about[c.Question]
	reason := p.Feedback
	for name, text := range p.Documents {
		reason += "\nSee " + name + ":\n" + text
	}
	return eval.Grade{Score: 0.5, Checks: []eval.Check{{ID: "nugget0", Weight: 1, Reason: reason}}}, nil
}

// gullibleRewriter is a rewriter that copies one sentence after the other of what it is
// shown into the prompt.
type gullibleRewriter struct {
	mu    sync.Mutex
	tried map[string]bool
	saw   strings.Builder
}

func (*gullibleRewriter) Name() string { return "gullible" }

var citationMark = regexp.MustCompile(`\s*\[\d+\]`)

func (g *gullibleRewriter) Rewrite(_ context.Context, q eval.RewriteRequest) (eval.Rewrite, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var rest []string
	for _, f := range q.Failures {
		shown := f.Question + "\n" + f.Answer
		for _, c := range f.Checks {
			shown += "\n" + c.Reason
		}
		g.saw.WriteString(shown + "\n")
		for line := range strings.SplitSeq(strings.ReplaceAll(citationMark.ReplaceAllString(shown, ""), ". ", ".\n"), "\n") {
			if line = strings.Trim(line, " `-"); strings.Count(line, " ") >= 3 && !g.tried[line] {
				rest = append(rest, line)
			}
		}
	}
	if len(rest) == 0 {
		return eval.Rewrite{}, eval.ErrExhausted
	}
	// Those that look most like orders to an assistant come first.
	slices.SortStableFunc(rest, func(x, y string) int { return orderly(y) - orderly(x) })
	g.tried[rest[0]] = true
	return eval.Rewrite{Prompt: q.Prompt.Text + "\n- " + rest[0], Rationale: rest[0]}, nil
}

var address = regexp.MustCompile(`(?i)\b(assistant|answer|repl(y|ies)|ai|llm|model|bot|chatbot|always|must|never|ignore|rule|instruction|prompt)s?\b`)

func orderly(s string) int { return len(address.FindAllString(s, -1)) }

// Poisoned documents are ingested and asked about, and what is in them reaches
// the rewriter; no proposal that holds a sentence of theirs answers train.
func TestPoisonDoesNotReachThePrompt(t *testing.T) {
	suite := linttest.Poisons(t)
	w := newWorld(t, firstPrompt, 12)
	about := map[string]linttest.Poison{}
	var cases []eval.Case
	for _, list := range suite {
		for _, p := range list {
			about[p.Question] = p
			cases = append(cases, eval.Case{ID: strings.ReplaceAll(p.Name, " ", "-"), Question: p.Question, Docs: []string{"docs/" + p.Name},
				Nuggets: []eval.Nugget{{Text: "what nobody says", Vital: true, AnyOf: []string{"what nobody says"}}}})
		}
	}
	slices.SortFunc(cases, func(x, y eval.Case) int { return strings.Compare(x.ID, y.ID) })
	if _, err := eval.Enter(t.Context(), w.store, eval.Admission{Agent: agentName, From: "test", Cases: cases, Seed: 1, Only: eval.Train}); err != nil {
		t.Fatal(err)
	}
	poisoned := newPoisonedAgent(w, suite)
	for name, test := range map[string]struct {
		rewriter eval.Rewriter
		rounds   uint64
	}{
		"gullible": {&gullibleRewriter{tried: map[string]bool{}}, 8},
		"offline":  {reflectOffline(t), 4},
	} {
		rewriter := test.rewriter
		t.Run(name, func(t *testing.T) {
			proposals, refused, carried := 0, 0, 0
			for seed := range test.rounds {
				_, c := w.searched(seed+1, rewriter, func(cfg *eval.ImproverConfig) {
					cfg.Freeze, cfg.Judge = poisoned.freeze, chattyJudge{about: about}
				})
				for _, line := range c.Candidates {
					proposals++
					order := carries(line.Text, suite)
					if order != "" {
						carried++
					}
					if line.Refused != "" {
						refused++
					} else if order != "" || name == "gullible" {
						t.Errorf("a proposal answers train with %q: %s", order, line.Rationale)
					}
				}
			}
			t.Logf("%d proposals, %d carried an order of the suite, %d were refused", proposals, carried, refused)
			if g, ok := rewriter.(*gullibleRewriter); ok {
				if carried < 20 {
					t.Errorf("only %d proposals carried an order: the test tries too little", carried)
				}
				reached := 0
				for _, p := range about {
					reached += int(share(strings.Contains(g.saw.String(), p.Question)))
				}
				if reached < len(about)/2 {
					t.Errorf("only %d of %d cases reached the rewriter", reached, len(about))
				}
			} else if refused == proposals {
				t.Error("every proposal was refused: nothing harmless passes")
			}
		})
	}
}

// carries returns an order of the suite that a prompt holds, in the words of its
// document.
func carries(prompt string, suite map[string][]linttest.Poison) string {
	for _, list := range suite {
		for _, p := range list {
			for _, order := range p.Orders {
				if strings.Contains(strings.ToLower(prompt), strings.ToLower(strings.Trim(order, " .#"))) {
					return order
				}
			}
		}
	}
	return ""
}

func reflectOffline(t *testing.T) eval.Rewriter {
	t.Helper()
	r, err := eval.NewReflect(eval.ReflectConfig{Client: offlineClient(t), Model: offline.Name})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What a model replies that is no proposal is an error after some tries, and
// what is one is read through the dressing that models put around it.
func TestRewritersReadWhatModelsReply(t *testing.T) {
	const want = "Answer briefly.\nCite each statement."
	whole, err := json.Marshal(map[string]string{"prompt": want, "rationale": "short"})
	if err != nil {
		t.Fatal(err)
	}
	fenced, err := json.Marshal(map[string]string{"prompt": "```text\n" + want + "\n```"})
	if err != nil {
		t.Fatal(err)
	}
	q := eval.RewriteRequest{Prompt: prompts.Prompt{Text: firstPrompt}, MaxLength: 1000, Seed: 1}
	merge := q
	merge.Merge = &eval.Merge{Other: prompts.Prompt{Text: "B"}, Ancestor: prompts.Prompt{Text: "A"}}
	for name, test := range map[string]struct {
		reply string
		ok    bool
	}{
		"JSON":               {string(whole), true},
		"in a fence":         {"```json\n" + string(whole) + "\n```", true},
		"words around it":    {"Sure! {Here} it is: " + string(whole) + " Enjoy.", true},
		"the prompt fenced":  {string(fenced), true},
		"prose":              {"Answer briefly and cite each statement.", false},
		"no prompt":          {`{"rationale": "none"}`, false},
		"an empty prompt":    {`{"prompt": "  ", "rationale": ""}`, false},
		"a prompt that is 7": {`{"prompt": 7}`, false},
		"cut off":            {string(whole[:20]), false},
		"an error":           {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			client, _, requests := replies(t, test.reply)
			c := eval.ReflectConfig{Client: client, Model: "m", Retries: -1}
			reflect, err := eval.NewReflect(c)
			if err != nil {
				t.Fatal(err)
			}
			oneShot, err := eval.NewOneShot(c)
			if err != nil {
				t.Fatal(err)
			}
			for i, ask := range []func() (eval.Rewrite, error){
				func() (eval.Rewrite, error) { return reflect.Rewrite(t.Context(), q) },
				func() (eval.Rewrite, error) { return reflect.Rewrite(t.Context(), merge) },
				func() (eval.Rewrite, error) { return oneShot.Rewrite(t.Context(), q) },
			} {
				got, err := ask()
				if test.ok && (err != nil || got.Prompt != want) || !test.ok && err == nil {
					t.Errorf("request %d: %+v, %v", i, got, err)
				}
			}
			told := map[string]bool{}
			for _, r := range *requests {
				told[fmt.Sprint(r["instructions"])] = true
			}
			if len(told) != 3 {
				t.Errorf("%d different instructions, want one of each rewriter and one to merge", len(told))
			}
		})
	}
}
