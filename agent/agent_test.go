package agent

import (
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/honehq/hone/prompts"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAnswerWithCitations(t *testing.T) {
	s := script(t, replies(
		found("fs_1", result("rollback.md", rollback), result("other.md", "Nothing of the kind.")),
		says("Undo the rollout with `kubectl rollout undo deployment/checkout`【rollback.md】. Then watch the error rate【rollback.md】. The [7] is literal. Nobody said this【missing.md】.")))
	a, runs := newAgent(t, s, nil)
	answer := ask(t, a, "how do I roll back?")
	want := "Undo the rollout with `kubectl rollout undo deployment/checkout`[1]. Then watch the error rate[2]. The (7) is literal. Nobody said this."
	if diff := cmp.Diff(want, answer.Answer); diff != "" {
		t.Error(diff)
	}
	wantCitations := []Citation{
		{N: 1, FileID: "file-rollback.md", Path: "rollback.md", Title: "T", Section: "Top › Part", Lines: [2]int{15, 15}, Quote: "kubectl rollout undo deployment/checkout", Score: 0.5},
		{N: 2, FileID: "file-rollback.md", Path: "rollback.md", Title: "T", Section: "Top › Part", Lines: [2]int{18, 18}, Quote: "Then watch the error rate.", Score: 0.5},
	}
	if diff := cmp.Diff(wantCitations, answer.Citations); diff != "" {
		t.Error(diff)
	}
	if answer.Status != Answered || answer.Prompt != (PromptRef{"pmpt_1", 3}) || answer.Usage.Searches != 1 || answer.Usage.InputTokens != 10 {
		t.Errorf("got %+v", answer)
	}
	if len(runs.kept) != 1 || runs.kept[0].Question != "how do I roll back?" || !slices.Equal(runs.kept[0].Files, []string{"file-other.md", "file-rollback.md"}) {
		t.Errorf("kept %+v", runs.kept)
	}
}

// What is streamed is what the answer says in the end.
func TestStreamEqualsAnswer(t *testing.T) {
	s := script(t, replies(found("fs_1", result("a.md", "Ünder 30 seconds.\nOr so.")),
		says("It takes ünder 30 seconds【a.md】. Or so【a.md】, they say【a.md】.")))
	a, _ := newAgent(t, s, nil)
	var text strings.Builder
	var cited []Citation
	for e, err := range a.Ask(t.Context(), Question{Text: "how long?"}) {
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case TextEvent:
			text.WriteString(e.Text)
		case CitationEvent:
			cited = append(cited, e.Citation)
		case Done:
			if diff := cmp.Diff(e.Answer.Answer, text.String()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(e.Answer.Citations, cited); diff != "" {
				t.Error(diff)
			}
		}
	}
	if len(cited) != 2 {
		t.Errorf("%d citations", len(cited))
	}
}

func TestNotFound(t *testing.T) {
	for _, said := range []string{
		"NOT FOUND\nI looked for the port.", "NOT_FOUND\n\nI looked for the port.", "**NOT FOUND**\nI looked for the port.",
		"NOT FOUND. I looked for the port.", "not found:\nI looked for the port.",
	} {
		s := script(t, replies(found("fs_1"), says(said)))
		a, _ := newAgent(t, s, nil)
		var streamed strings.Builder
		for e, err := range a.Ask(t.Context(), Question{Text: "which port?"}) {
			if err != nil {
				t.Fatal(err)
			}
			switch e := e.(type) {
			case TextEvent:
				streamed.WriteString(e.Text)
			case Done:
				if e.Status != NotFound || e.Answer.Answer != "I looked for the port." || streamed.String() != e.Answer.Answer {
					t.Errorf("%q: %s %q, streamed %q", said, e.Status, e.Answer.Answer, streamed.String())
				}
			}
		}
	}
}

func TestFoundAfterAll(t *testing.T) {
	for _, said := range []string{"NOT FOUNDED on fact.", "Not foundational.", "No", "NOT",
		"NOT FOUND is what the gateway answers.", "`NOT FOUND` means that the route is gone.",
	} {
		s := script(t, replies(says(said)))
		a, _ := newAgent(t, s, nil)
		if answer := ask(t, a, "q"); answer.Status != Answered || answer.Answer != said {
			t.Errorf("%q: %s %q", said, answer.Status, answer.Answer)
		}
	}
}

func TestThreads(t *testing.T) {
	s := script(t,
		replies(found("fs_1", result("a.md", "Port 8080 in production.")), says("Port 8080【a.md】.")),
		replies(says("As I said, 8080【a.md】.")),
		replies(says("Third.")))
	a, _ := newAgent(t, s, nil)
	first := ask(t, a, "which port?")
	second, err := a.Answer(t.Context(), Question{Text: "sure?", Thread: first.Thread})
	if err != nil {
		t.Fatal(err)
	}
	if second.Thread != first.Thread || len(second.Citations) != 1 || second.Citations[0].Path != "a.md" {
		t.Errorf("got %+v", second)
	}
	if _, err := a.Answer(t.Context(), Question{Text: "and?", Thread: first.Thread}); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, it := range s.all()[2].Input {
		kinds = append(kinds, it.Type+" "+it.Role)
	}
	want := []string{"message developer", "message user", "message assistant", "message user", "message assistant", "message user"}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Error(diff)
	}
	if _, err := a.Answer(t.Context(), Question{Text: "q", Thread: "thr_unknown"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unknown thread: %v", err)
	}
}

func TestPrompts(t *testing.T) {
	s := script(t, replies(says("A.")))
	a, _ := newAgent(t, s, func(c *Config) {
		c.Prompts = fixedPrompt{prompts.Prompt{ID: "pmpt_1", Version: 2, Text: "Today is {{ today }}.", Variables: []string{"today"}}}
	})
	ask(t, a, "q")
	var p struct {
		ID, Version string
		Variables   map[string]string
	}
	if err := json.Unmarshal(s.all()[0].Prompt, &p); err != nil || p.ID != "pmpt_1" || p.Version != "2" || p.Variables["today"] == "" {
		t.Errorf("got %s, %v", s.all()[0].Prompt, err)
	}
	given := &prompts.Prompt{Text: "Candidate for {{ agent }}.", Variables: []string{"agent"}}
	if _, err := a.Answer(t.Context(), Question{Text: "q", Prompt: given}); err != nil {
		t.Fatal(err)
	}
	if r := s.all()[1]; r.Instructions != "Candidate for default." || len(r.Prompt) != 0 {
		t.Errorf("instructions %q, prompt %s", r.Instructions, r.Prompt)
	}
	remote, _ := newAgent(t, s, func(c *Config) { c.PromptText = true })
	ask(t, remote, "q")
	if r := s.all()[2]; r.Instructions != storedPrompt.p.Text || len(r.Prompt) != 0 {
		t.Errorf("to a backend without our prompts: instructions %q, prompt %s", r.Instructions, r.Prompt)
	}
	given = &prompts.Prompt{Text: "{{ secret }}", Variables: []string{"secret"}}
	if _, err := a.Answer(t.Context(), Question{Text: "q", Prompt: given}); !errors.Is(err, prompts.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestEmptyQuestion(t *testing.T) {
	s := script(t, replies(says("A.")))
	a, runs := newAgent(t, s, nil)
	if _, err := a.Answer(t.Context(), Question{Text: " \n"}); !errors.Is(err, ErrEmpty) || len(runs.kept) != 0 {
		t.Errorf("got %v", err)
	}
}
