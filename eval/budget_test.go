package eval_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prices"
	"github.com/honehq/hone/prompts"
)

// spender is an agent whose answers take several calls of a model, of random
// size and cost, up to what each call is allowed. Without a limit it spends as
// it likes; it never spends what it was refused.
type spender struct {
	*scripted
	model      string
	input, out int  // at most, of one call
	greedy     bool // each call takes all that it may

	mu   sync.Mutex
	used prices.Usage
}

func (s *spender) Answer(ctx context.Context, p *prompts.Prompt, q string, seed uint64) (agent.Answer, error) {
	random := rand.New(rand.NewPCG(seed, uint64(len(p.Text))))
	for range 1 + random.IntN(4) {
		most := prices.Usage{Input: 1 + random.IntN(s.input), Output: 1 + random.IntN(s.out)}
		held, err := eval.MeterFrom(ctx).Reserve(ctx, s.model, most.Input, most.Output)
		if err != nil {
			return agent.Answer{}, fmt.Errorf("the model: %w", err)
		}
		used := most
		if !s.greedy {
			used = prices.Usage{Input: 1 + random.IntN(most.Input), Output: random.IntN(most.Output)}
		}
		s.mu.Lock()
		s.used.Input += used.Input
		s.used.Output += used.Output
		s.mu.Unlock()
		held.Settle(used)
	}
	return s.scripted.Answer(ctx, p, q, seed)
}

func priceList(t testing.TB) *prices.List {
	t.Helper()
	l, err := prices.Parse([]byte(`{"m": {"input": 3, "output": 15}}`))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func certificateOf(t testing.TB, r eval.Round) eval.Certificate {
	t.Helper()
	var c eval.Certificate
	if err := json.Unmarshal(r.Certificate, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// spent is what a certificate tells, entry included.
func spent(c eval.Certificate) (tokens int64, usd float64) {
	bills := []eval.Bill{c.Spend.Agent, c.Spend.Judge, c.Spend.Rewriter}
	if c.Entry != nil {
		bills = append(bills, c.Entry.Spend.Agent, c.Entry.Spend.Judge, c.Entry.Spend.Rewriter)
	}
	for _, b := range bills {
		tokens += b.Input + b.Output
		usd += b.USD
	}
	return tokens, usd
}

// Whatever answers cost and whatever the budget is: it is never exceeded, what
// the certificate says was spent is what was, and the round ends with a verdict.
func TestABudgetIsNeverExceeded(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	states := map[eval.State]int{}
	bound := 0
	for i := range 30 {
		w := newWorld(t, firstPrompt, 30)
		runner := &spender{scripted: w.runner, model: "m", input: 1 + random.IntN(4000), out: 1 + random.IntN(2000), greedy: random.IntN(3) == 0}
		cases := 30 * 2
		whole := float64(cases) * 2.5 * float64(runner.input+runner.out) / 2 * 12
		var budget eval.Budget
		if kind := random.IntN(3); kind != 0 {
			budget.Tokens = 1 + int64(whole*random.Float64())
		} else {
			budget.USD = whole * 9 / 1e6 * random.Float64()
		}
		w.mode = eval.Auto
		im := w.improverFor(runner, budget, priceList(t))
		r, err := im.Round(t.Context(), w.request(uint64(i)+1))
		if err != nil {
			t.Fatal(err)
		}
		states[r.State]++
		c := certificateOf(t, r)
		tokens, usd := spent(c)
		if budget.Tokens > 0 && tokens > budget.Tokens || budget.USD > 0 && usd > budget.USD*(1+1e-9) {
			t.Errorf("round %d: %d tokens, $%v were spent of %v", i, tokens, usd, budget)
		}
		if got := int64(runner.used.Input + runner.used.Output); got != tokens {
			t.Errorf("round %d: %d tokens were used, %d are on record", i, got, tokens)
		}
		if strings.Contains(r.Verdict, "budget") || strings.Contains(c.Search, "budget") || c.Entry != nil && c.Entry.OutOfFunds {
			bound++
		}
		if r.Entered && r.State == eval.Rejected && strings.Contains(r.Verdict, "budget") {
			t.Errorf("round %d: the verdict tells how far the gate was: %q", i, r.Verdict)
		}
	}
	t.Logf("%v; the budget ended %d of 60 rounds early", states, bound)
	if bound < 10 || bound > 55 {
		t.Errorf("the budget ended %d of 60 rounds early: the test does not try both sides", bound)
	}
}

// A candidate that costs far more on dev than answers did before ends the
// screening, not the round.
func TestABudgetThatEndsWhileDevIsAnswered(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	dev := map[string]bool{}
	for _, c := range w.cases(eval.Dev) {
		dev[c.Question] = true
	}
	dear := runnerFunc(func(ctx context.Context, p *prompts.Prompt, q string, seed uint64) (agent.Answer, error) {
		tokens := 100
		if dev[q] && p.Text != firstPrompt {
			tokens = 10_000
		}
		held, err := eval.MeterFrom(ctx).Reserve(ctx, "m", tokens, 0)
		if err != nil {
			return agent.Answer{}, err
		}
		held.Settle(prices.Usage{Input: tokens})
		return w.runner.Answer(ctx, p, q, seed)
	})
	r, err := w.improverFor(dear, eval.Budget{Tokens: 100_000}, nil).Round(t.Context(), w.request(1))
	if err != nil || r.State != eval.NoBetter || !strings.Contains(r.Verdict, "budget") {
		t.Errorf("round %s: %q, %v", r.State, r.Verdict, err)
	}
	if strings.Contains(string(r.Certificate), "unbounded") {
		t.Error("a budget that is used up is called unbounded")
	}
}

// What was spent before a round started over is spent.
func TestABudgetHoldsForARoundThatStartsOver(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var mu sync.Mutex
	used, answers := 0, 0
	runner := runnerFunc(func(ctx context.Context, p *prompts.Prompt, q string, seed uint64) (agent.Answer, error) {
		held, err := eval.MeterFrom(ctx).Reserve(ctx, "m", 100, 0)
		if err != nil {
			return agent.Answer{}, err
		}
		held.Settle(prices.Usage{Input: 100})
		mu.Lock()
		defer mu.Unlock()
		used += 100
		if answers++; answers == 30 {
			end()
		}
		return w.runner.Answer(ctx, p, q, seed)
	})
	budget := eval.Budget{Tokens: 6000}
	begun, err := w.improverFor(runner, budget, nil).Round(ctx, w.request(1))
	if !errors.Is(err, context.Canceled) || begun.State != eval.Running {
		t.Fatalf("round %s, %v", begun.State, err)
	}
	w.judge = moved{}
	r, err := w.improverFor(runner, budget, nil).Work(t.Context(), begun.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := certificateOf(t, r)
	tokens, _ := spent(c)
	// What was interrupted before it was recorded is on nobody's record.
	if len(c.Restarts) != 1 || tokens > budget.Tokens || used-int(tokens) > 200 {
		t.Errorf("%d tokens were used, %d are on record, of %v; restarts %q, %q", used, tokens, budget, c.Restarts, r.Verdict)
	}
}

func (w *world) improverFor(runner eval.Runner, budget eval.Budget, list *prices.List) *eval.Improver {
	w.Helper()
	im, err := eval.NewImprover(eval.ImproverConfig{
		Store: w.store, Prompts: w.prompts, Judge: w.judge, Rewriter: w.rewriter, Mode: w.mode, Logger: w.logger,
		Budget: budget, Prices: list, Models: []string{"m"},
		Freeze: func(context.Context) (eval.Frozen, error) {
			return eval.Frozen{Runner: runner, Model: "m", Snapshot: "snap"}, nil
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	return im
}

// The budget and what the round will take are told before anything is proposed.
func TestABudgetIsToldBeforehand(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	q := w.request(1)
	var told []string
	q.Progress = func(p eval.Progress) {
		if p.Text != "" {
			told = append(told, string(p.Stage)+": "+p.Text)
		}
	}
	q.Budget = eval.Budget{Tokens: 123_456}
	r, err := w.improver().Round(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(told, "\n")
	before, _, _ := strings.Cut(text, "candidates: ")
	for _, want := range []string{"An answer costs 120 tokens", "the gate takes up to", "The budget is 123,456 tokens."} {
		if !strings.Contains(before, want) {
			t.Errorf("before the first proposal it is not told: %q in\n%s", want, text)
		}
	}
	report, err := r.Report()
	if err != nil {
		t.Fatal(err)
	}
	if words := strings.Join(report.Words(), "\n"); !strings.Contains(words, "tokens in,") || !strings.Contains(words, "The budget was 123,456 tokens.") {
		t.Errorf("the report doesn't say what was spent:\n%s", words)
	}
}

// A budget that doesn't cover the gate proposes nothing, and says what to do.
func TestABudgetThatIsTooSmall(t *testing.T) {
	for tokens, want := range map[int64]string{
		1_000: "ended while the prompt in use was evaluated",
		7_000: "does not cover a round",
	} {
		w := newWorld(t, firstPrompt, 60)
		runner := &spender{scripted: w.runner, model: "m", input: 100, out: 50, greedy: true}
		r, err := w.improverFor(runner, eval.Budget{Tokens: tokens}, nil).Round(t.Context(), w.request(1))
		if err != nil {
			t.Fatal(err)
		}
		if tokens == 7_000 { // as much as the prompt in use takes, and a little more
			c := certificateOf(t, r)
			took, _ := spent(c)
			r, err = w.improverFor(runner, eval.Budget{Tokens: max(took, 7_000) * 2}, nil).Round(t.Context(), w.request(1))
			if err != nil {
				t.Fatal(err)
			}
		}
		if r.State != eval.NoBetter || !strings.Contains(r.Verdict, want) || !r.OutOfBudget() || len(certificateOf(t, r).Candidates) > 0 {
			t.Errorf("%d tokens: %s: %q, want %q", tokens, r.State, r.Verdict, want)
		}
	}
}

func TestABudgetInDollarsNeedsPrices(t *testing.T) {
	w := newWorld(t, firstPrompt, 20)
	cfg := eval.ImproverConfig{
		Store: w.store, Prompts: w.prompts, Judge: w.judge, Rewriter: w.rewriter, Logger: w.logger,
		Prices: priceList(t), Models: []string{"m", "offline", "large", "large", "judge"},
		Freeze: func(context.Context) (eval.Frozen, error) { return eval.Frozen{Runner: w.runner, Model: "m"}, nil },
	}
	im, err := eval.NewImprover(cfg)
	if err != nil {
		t.Fatal(err)
	}
	q := w.request(1)
	q.Budget = eval.Budget{USD: 2}
	for name, ask := range map[string]func() error{
		"of a round":        func() error { _, err := im.Begin(t.Context(), q); return err },
		"of the improver":   func() error { c := cfg; c.Budget = q.Budget; _, err := eval.NewImprover(c); return err },
		"less than nothing": func() error { c := cfg; c.Budget.Tokens = -1; _, err := eval.NewImprover(c); return err },
	} {
		want := "judge, large has none"
		if name == "less than nothing" {
			want = "negative"
		}
		if err := ask(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if rounds, err := w.store.Rounds(t.Context(), agentName, 0); err != nil || len(rounds) > 0 {
		t.Errorf("a round was begun: %v, %v", rounds, err)
	}
}

// A round that is cut off again and again spends, on record, what an undisturbed
// one does, and comes to the same verdict: recorded results are paid for once.
func TestSpendIsReplayed(t *testing.T) {
	play := func(every int) (eval.Round, eval.Certificate) {
		w := newWorld(t, firstPrompt, 40)
		w.mode = eval.Off
		runner := &spender{scripted: w.runner, model: "m", input: 500, out: 100}
		im := w.improverFor(runner, eval.Budget{Tokens: 600_000}, nil)
		r, err := im.Begin(t.Context(), w.request(5))
		if err != nil {
			t.Fatal(err)
		}
		for cuts := 0; ; cuts++ {
			ctx, cut := context.WithCancel(t.Context())
			n := 0
			w.runner.before = func(context.Context, *prompts.Prompt, string) error {
				w.runner.mu.Lock()
				defer w.runner.mu.Unlock()
				if n++; every > 0 && n > every {
					cut()
				}
				return nil
			}
			done, err := im.Work(ctx, r.ID, nil)
			cut()
			if err == nil {
				if every > 0 && cuts < 3 {
					t.Errorf("only %d cuts", cuts)
				}
				return done, certificateOf(t, done)
			}
			if !errors.Is(err, context.Canceled) || cuts > 100 {
				t.Fatal(err)
			}
		}
	}
	whole, a := play(0)
	pieces, b := play(20)
	if whole.Verdict != pieces.Verdict || a.Search != b.Search {
		t.Errorf("%q %q\n%q %q", whole.Verdict, a.Search, pieces.Verdict, b.Search)
	}
	if diff := cmp.Diff(a.Spend, b.Spend); diff != "" {
		t.Errorf("spend (-undisturbed +in pieces):\n%s", diff)
	}
}
