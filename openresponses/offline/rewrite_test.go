package offline

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/honehq/hone/openresponses"
)

func rewriter(t *testing.T, q rewriteRequest) rewritten {
	t.Helper()
	text, _, _ := run(t, &openresponses.Completion{
		Messages: []openresponses.Message{user(string(mustJSON(q)))}, Format: &openresponses.Format{Name: RewriteFormat},
	})
	var out rewritten
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

const firstPrompt = "You are a research assistant of {{ team }}. Search the documents for context and answer the question from it."

func TestRewriterCuresWhatFails(t *testing.T) {
	for _, test := range []struct {
		name string
		f    failure
		want []string // one of these habits
	}{
		{"answered the unanswerable", failure{Question: "q", Status: "answered", Checks: []verdict{{ID: "refusal", Reason: "Answers although the documents don't."}}},
			[]string{"say when it is not known"}},
		{"refused wrongly", failure{Question: "q", Status: "not_found", Checks: []verdict{{ID: "vital"}}},
			[]string{"ask in several ways", "look into local files", "always answer"}},
		{"lacks a command", failure{Question: "How do I restart it?", Status: "answered", Checks: []verdict{{ID: "nugget_0", Reason: "The answer lacks: the command"}}},
			[]string{"quote commands whole", "be thorough", "ask in several ways"}},
		{"lacks a fact", failure{Question: "Why did it break?", Status: "answered", Checks: []verdict{{ID: "nugget_0", Reason: "The answer lacks: the cause"}}},
			[]string{"ask in several ways", "be thorough", "exact numbers first", "prefer newer", "look into local files"}},
		{"uncited", failure{Question: "q", Status: "answered", Checks: []verdict{{ID: "citation"}}}, []string{"cite each statement"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for seed := range uint64(20) {
				out := rewriter(t, rewriteRequest{Prompt: firstPrompt, Failures: []failure{test.f}, Seed: seed + 1})
				if !strings.HasPrefix(out.Prompt, firstPrompt) {
					t.Fatalf("lost the prompt: %q", out.Prompt)
				}
				got := recognised(strings.ReplaceAll(out.Prompt, "\n- ", " "))
				if len(got) == 0 || !slices.Contains(test.want, got[0]) {
					t.Errorf("seed %d: added %q, want one of %q", seed, got, test.want)
				}
			}
		})
	}
}

func TestRewriterDropsWhatHarms(t *testing.T) {
	f := failure{Question: "Why did it break?", Status: "answered", Checks: []verdict{{ID: "nugget_0"}}}
	out := rewriter(t, rewriteRequest{Prompt: "Search the documents. Be brief. Keep answers of {{ team }} short.", Failures: []failure{f}})
	if strings.Contains(out.Prompt, "Be brief.") || !strings.Contains(out.Prompt, "{{ team }}") || !strings.Contains(out.Prompt, "Search the documents.") {
		t.Errorf("prompt %q", out.Prompt)
	}
}

func TestRewriterIsBoundedAndRepeatable(t *testing.T) {
	q := rewriteRequest{Prompt: firstPrompt, MaxLength: utf8.RuneCountInString(firstPrompt) + 4, Seed: 3,
		Failures: []failure{{Question: "q", Status: "answered", Checks: []verdict{{ID: "nugget_0"}}}}}
	if out := rewriter(t, q); out.Prompt != firstPrompt {
		t.Errorf("a guideline did not fit, but: %q", out.Prompt)
	}
	q.MaxLength = 0
	if a, b := rewriter(t, q), rewriter(t, q); a != b {
		t.Errorf("the same request gave %q and %q", a.Prompt, b.Prompt)
	}
	seen := map[string]bool{}
	for seed := range uint64(30) {
		q.Seed = seed + 1
		seen[rewriter(t, q).Prompt] = true
	}
	if len(seen) < 5 {
		t.Errorf("30 seeds gave %d prompts", len(seen))
	}
	q.Failures = nil
	if out := rewriter(t, q); out.Prompt != firstPrompt || out.Rationale == "" {
		t.Errorf("nothing failed, but: %+v", out)
	}
}

// What the rewriter writes, the agent must read.
func TestStockIsRecognised(t *testing.T) {
	for _, r := range stock {
		for _, s := range r.wordings {
			if got := recognised(s); !slices.Equal(got, []string{r.habit}) {
				t.Errorf("%q: recognised %q, want %q", s, got, r.habit)
			}
		}
		if !slices.ContainsFunc(habits, func(h habit) bool { return h.name == r.habit }) {
			t.Errorf("no habit %q", r.habit)
		}
	}
}

func TestRewriterUnites(t *testing.T) {
	out := rewriter(t, rewriteRequest{
		Prompt: firstPrompt + "\n- Quote commands whole, with every flag.\n- Be brief.",
		Merge: &merging{
			Ancestor: firstPrompt + "\n- Be brief.",
			Other:    firstPrompt + "\n- Cite each statement with the passage that says it.\n- Copy shell commands verbatim and never shorten them.",
		},
	})
	for text, want := range map[string]bool{
		firstPrompt:                              true,
		"Quote commands whole, with every flag.": true,
		"Cite each statement with the passage":   true,
		"Be brief.":                              false, // the other took it out
		"Copy shell commands verbatim":           false, // it says the same again
	} {
		if strings.Contains(out.Prompt, text) != want {
			t.Errorf("%q in the united prompt: %v, want %v:\n%s", text, !want, want, out.Prompt)
		}
	}
}

func TestRewriterReadsReviews(t *testing.T) {
	right := failure{Question: "q", Status: "answered", Checks: []verdict{{ID: "cited", Pass: true}}}
	wrong := failure{Question: "q", Status: "answered", Checks: []verdict{{ID: "cited"}}}
	if out := rewriter(t, rewriteRequest{Prompt: firstPrompt, Reviews: []failure{right}, Seed: 1}); out.Prompt != firstPrompt {
		t.Errorf("nothing failed, but: %q", out.Prompt)
	}
	if got := recognised(rewriter(t, rewriteRequest{Prompt: firstPrompt, Reviews: []failure{right, wrong}, Seed: 1}).Prompt); !slices.Contains(got, "cite each statement") {
		t.Errorf("added %q", got)
	}
}
