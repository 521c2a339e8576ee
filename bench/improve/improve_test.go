package main

import (
	"strings"
	"testing"
)

func TestBestPromptIsNotInTheStock(t *testing.T) {
	top := best()
	if worth(firstPrompt) >= top-0.2 {
		t.Errorf("the first prompt is worth %.3f, the best %.3f: there is nothing to climb", worth(firstPrompt), top)
	}
	stocked := firstPrompt + "\n" + guidelines[0] + "\n" + guidelines[3]
	if w := worth(stocked); w <= worth(firstPrompt) || w > top-2*near {
		t.Errorf("the stock's guidelines are worth %.3f", w)
	}
}

// TestClimb lives the beginning of a life of -only climb: the real rounds on a
// scripted agent.
func TestClimb(t *testing.T) {
	found, err := all(t.Context(), 1, func(uint64) life {
		return life{world: world{luck: byQuestion, answer: quality}, rewriter: "reflect", gated: true, rounds: 3, fresh: 200}
	})
	if err != nil {
		t.Fatal(err)
	}
	if l := found[0]; l.worse > 0 || l.promotions == 0 || l.end() < worth(firstPrompt)+0.1 {
		t.Errorf("worth %s, %d promotions, %d of them for the worse", path(l.worth), l.promotions, l.worse)
	}
}

// TestTies: where no prompt changes anything, nothing is promoted.
func TestTies(t *testing.T) {
	flat := func(string, int) float64 { return 0.6 }
	found, err := all(t.Context(), 2, func(uint64) life {
		return life{world: world{luck: byQuestion, answer: flat}, rewriter: "reflect", gated: true, rounds: 3, fresh: 60}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range found {
		if l.promotions > 0 {
			t.Errorf("promotions where all scores tie: %+v", l)
		}
	}
}

func TestUnknownPart(t *testing.T) {
	err := run(t.Context(), &strings.Builder{}, "nothing", true)
	if err == nil || !strings.Contains(err.Error(), "kept, climb, noise, table") {
		t.Errorf("%v", err)
	}
}
