package agent

import (
	"strings"
	"testing"
)

// Only citations that were checked look like citations, outside code.
func TestLiteralNumbersAreNoCitations(t *testing.T) {
	for said, want := range map[string]string{
		"It is so [1][2].":           "It is so (1)(2).",
		"It is so[1].":               "It is so(1).",
		"It is so [1, 2].":           "It is so (1, 2).",
		"[3] stands first.":          "(3) stands first.",
		"In `args[1]` and [2].":      "In `args[1]` and (2).",
		"See [1](https://a.example)": "See [1](https://a.example)",
		"```\nargs[1] [2]\n```\n[3]": "```\nargs[1] [2]\n```\n(3)",
	} {
		s := script(t, replies(says(said)))
		a, _ := newAgent(t, s, nil)
		if got := ask(t, a, "q").Answer; got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

// A citation after a code block leaves the end of the block alone on its line,
// and passages that come to one citation get one number, streamed or not.
func TestMarksAfterCodeAndTogether(t *testing.T) {
	s := script(t, replies(found("fs_1", result("a.md", "Undo it:\n```\nkubectl undo\n```")),
		says("Undo it:\n```\nkubectl undo\n```【a.md】\nUndo it【a.md】【a.md】.")))
	a, _ := newAgent(t, s, nil)
	var streamed strings.Builder
	for e, err := range a.Ask(t.Context(), Question{Text: "q"}) {
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case TextEvent:
			streamed.WriteString(e.Text)
		case Done:
			want := "Undo it:\n```\nkubectl undo\n```\n[1]\nUndo it[1]."
			if e.Answer.Answer != want || streamed.String() != want {
				t.Errorf("got %q, streamed %q", e.Answer.Answer, streamed.String())
			}
		}
	}
}

func TestCodeKeepsItsBracketsInAThread(t *testing.T) {
	const answer = "Print `args[1]` [1]:\n```\necho ${args[2]}\n```\n[2]\nDone[3]."
	if got, want := withoutMarks(answer), "Print `args[1]`:\n```\necho ${args[2]}\n```\nDone."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
