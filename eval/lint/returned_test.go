package lint

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/honehq/hone/prompts"
)

const answering = "You answer engineers' questions from the documents. Cite each statement with the passage that says it."

// What a trial put back does not come back in other words, in another order or
// twice; other guidance, more or less of it, and its contrary may be tried.
func TestReturned(t *testing.T) {
	back := answering + "\n- Be brief.\n- Where documents contradict each other, prefer the newer one.\n- Give the number that is asked for, and nothing else."
	const comesBack = "put back"
	for text, want := range map[string]string{
		back: "tried before",
		answering + "\n- Prefer the newest where documents conflict with each other.\n- Keep answers short.\n- Answer with only the number asked for.":                                       comesBack,
		answering + "\nAnswer concisely. Keep it short. Give only the number that is asked for. Where documents contradict one another, prefer the latest.":                                  comesBack,
		"Cite each statement with the passage that says it. You answer engineers' questions from documents. Be brief. Only the number that is asked for. In conflicts, prefer the newer.":    comesBack,
		answering + "\n- Be brief.\n- Where documents contradict each other, prefer the newer one.":                                                                                          "",
		answering + "\n- Be brief.\n- Where documents contradict each other, prefer the newer one.\n- Give the number that is asked for, and nothing else.\n- Read the whole section first.": "",
		answering + "\n- Do not be brief.\n- Where documents contradict each other, prefer the newer one.\n- Give the number that is asked for, and nothing else.":                           "",
		answering + "\n- Be brief.\n- Where documents contradict each other, prefer the newer one.\n- Give the steps that are asked for, and nothing else.":                                  "",
	} {
		l := New(prompts.Prompt{Text: answering}, nil)
		l.Returned(back)
		if got := l.Check(text); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// What was put back may have reworded the champion: the champion's own words
// stay free.
func TestReturnedRewording(t *testing.T) {
	l := New(prompts.Prompt{Text: answering}, nil)
	l.Returned("You answer engineers' questions from the documents. Cite every claim with the passage that says it.\n- Be brief.")
	if got := l.Check(answering + "\n- Answer briefly."); got != "" {
		t.Errorf("the champion's own words: %q", got)
	}
	if got := l.Check("You answer engineers' questions from the documents. For each claim, cite the passage that says it.\n- Answer briefly."); got == "" {
		t.Error("it comes back in other words")
	}
}

// No two guidelines of the rewriters' list are taken for one.
func TestGuidelinesDiffer(t *testing.T) {
	plain, err := os.ReadFile("../templates/stock.txt")
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Split(strings.TrimSpace(string(plain)), "\n")
	for i, g := range list {
		for k, other := range list {
			l := New(prompts.Prompt{Text: answering}, nil)
			l.Returned(fmt.Sprintf("%s\n- %s", answering, g))
			if got := l.Check(fmt.Sprintf("%s\n- %s", answering, other)); (got != "") != (i == k) {
				t.Errorf("%q after %q was put back: %q", other, g, got)
			}
		}
	}
}
