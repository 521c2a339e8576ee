package agent

import "testing"

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
