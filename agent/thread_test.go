package agent

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// A model may call tools although it was told not to. That such a call has no
// output must not break the thread; nor is the next question under the limit of
// the last.
func TestFollowUpAfterALimit(t *testing.T) {
	s := script(t,
		replies(calls("c1", "read", `{}`)),
		replies(says("What I have."), calls("c2", "read", `{}`)),
		replies(says("More.")))
	a, _ := newAgent(t, s, func(c *Config) { c.Tools, c.Limits = []Tool{&echo{name: "read"}}, Limits{Turns: 2} })
	first := ask(t, a, "q")
	if _, err := a.Answer(t.Context(), Question{Text: "and?", Thread: first.Thread}); err != nil {
		t.Fatal(err)
	}
	for i, it := range s.all()[2].Input {
		if strings.Contains(string(it.Content), "limit of") {
			t.Errorf("input[%d] is of the last question's limit: %s", i, it.Content)
		}
	}
}

func TestAskingInAnUnknownThreadDoesNotMakeIt(t *testing.T) {
	s := script(t, replies(says("A.")))
	a, runs := newAgent(t, s, nil)
	for range 2 {
		if _, err := a.Answer(t.Context(), Question{Text: "q", Thread: "thr_unknown"}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	}
	for _, r := range runs.kept {
		if r.Thread == "thr_unknown" {
			t.Errorf("kept %+v", r)
		}
	}
}

// An answer may repeat what a file said earlier in the thread: it goes with that
// file, too.
func TestRunsNameTheFilesOfTheirThread(t *testing.T) {
	s := script(t,
		replies(found("fs_1", result("a.md", "Port 8080.")), says("Port 8080【a.md】.")),
		replies(says("Really.")), replies(says("As I said, port 8080.")))
	a, runs := newAgent(t, s, nil)
	first := ask(t, a, "which port?")
	for range 2 {
		if _, err := a.Answer(t.Context(), Question{Text: "sure?", Thread: first.Thread}); err != nil {
			t.Fatal(err)
		}
	}
	for i, r := range runs.kept {
		if !slices.Contains(r.Files, "file-a.md") {
			t.Errorf("run %d names %v", i, r.Files)
		}
	}
}
