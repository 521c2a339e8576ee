package offline

import (
	"testing"

	"github.com/honehq/hone/openresponses"
)

// What is asked must stand there, not only what it is asked about.
func TestConfidenceTellsAnswersFromNeighbours(t *testing.T) {
	toasters := openresponses.FoundPassage{
		Ref: 1, Path: "runbooks/toaster.md", Title: "Toaster fleet", Section: "Toaster fleet", Lines: [2]int{1, 9},
		Text: "# Toaster fleet\n\nThe alert toaster-heat-loss fires when a toaster is cold for 15 minutes. The toaster fleet is run by 40 pods.\n\n## Restart a toaster\n\nTo restart a toaster of the fleet, run:\n\n```\ntoastctl restart --all\n```\n",
	}
	for _, pair := range []struct{ known, unknown string }{
		{"How do I restart a toaster of the fleet?", "How do I upgrade the toaster fleet to bread 9?"},
		{"What does the alert toaster-heat-loss mean?", "What does the alert toaster-crumb-jam mean?"},
		{"How long is a toaster cold before the alert fires?", "How much did the toaster fleet cost in US dollars?"},
		{"How many pods run the toaster fleet?", "Which company supplies the toaster fleet?"},
	} {
		sure := func(q string) float64 { return rank(q, []openresponses.FoundPassage{toasters}).confidence(q) }
		known, unknown := sure(pair.known), sure(pair.unknown)
		if known < refuseBelow || unknown >= refuseStrictly || known < 1.5*unknown {
			t.Errorf("%.2f %s\n%.2f %s", known, pair.known, unknown, pair.unknown)
		}
	}
}

func TestIdentifiersAreNotHyphenatedWords(t *testing.T) {
	for term, want := range map[string]bool{
		"giftcard-hold-age": true, "max_connections": true, "http-2": true, "orders-replica-2": true,
		"up-to-date": false, "pop-up": false, "read-only": false, "checkout": false, "": false,
	} {
		if got := isIdentifier(term); got != want {
			t.Errorf("%s: %v", term, got)
		}
	}
}
