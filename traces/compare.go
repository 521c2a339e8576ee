package traces

import (
	"math"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/honehq/hone/otel"
)

// Comparison is two answers side by side.
type Comparison struct {
	A            Account       `json:"a"`
	B            Account       `json:"b"`
	SameQuestion bool          `json:"same_question"`
	Passages     []PassagePair `json:"passages"` // of both, the best first
	Words        []DiffLine    `json:"answer"`   // how to get from A's answer to B's
	Steps        []StepPair    `json:"steps"`    // of both, SQL statements left out
	Changes      []Change      `json:"changes"`  // of numbers
}

// PassagePair is a passage with its score in either answer; nil: it was not
// retrieved there.
type PassagePair struct {
	Passage
	ScoreA *float64 `json:"score_a"`
	ScoreB *float64 `json:"score_b"`
}

// DiffLine is a line of the answers: Kind is "-" (A's), "+" (B's) or " " (both).
type DiffLine struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// StepPair is a step of either answer or of both. Kind is "-" (A's alone),
// "+" (B's alone), "~" (it went otherwise) or " " (the same but for its time).
type StepPair struct {
	Kind  string `json:"kind"`
	Depth int    `json:"depth"`
	Label string `json:"label"`
	A     *Side  `json:"a,omitempty"`
	B     *Side  `json:"b,omitempty"`
}

// Side is how a step went in one of the answers.
type Side struct {
	Seconds float64  `json:"duration_seconds"`
	Facts   []string `json:"facts"`
}

// Change is a number of both answers. Share is the difference as a share of A's;
// NaN never: 0 where A has none.
type Change struct {
	What  string   `json:"what"` // input tokens, output tokens, cost, seconds
	A     *float64 `json:"a"`    // nil: not known
	B     *float64 `json:"b"`
	Share float64  `json:"share"`
}

// Compare puts two answers side by side; the spans are those of their traces.
func Compare(a, b Account, spansA, spansB []otel.Span) Comparison {
	c := Comparison{
		A: a, B: b, SameQuestion: a.Question == b.Question, Passages: pairPassages(a.Passages, b.Passages),
		Words: diffWords(a.Answer, b.Answer), Steps: pairSteps(stepsOf(a, spansA), stepsOf(b, spansB)),
	}
	number := func(n int64) *float64 { f := float64(n); return &f }
	for _, n := range []struct {
		what string
		a, b *float64
	}{
		{"input tokens", number(a.Tokens.Input), number(b.Tokens.Input)},
		{"output tokens", number(a.Tokens.Output), number(b.Tokens.Output)},
		{"cost", a.Cost, b.Cost},
		{"seconds", &a.Seconds, &b.Seconds},
	} {
		change := Change{What: n.what, A: n.a, B: n.b}
		if n.a != nil && n.b != nil && *n.a != 0 {
			change.Share = (*n.b - *n.a) / *n.a
		}
		c.Changes = append(c.Changes, change)
	}
	return c
}

func pairPassages(a, b []Passage) []PassagePair {
	pairs := []PassagePair{}
	for _, p := range a {
		pairs = append(pairs, PassagePair{Passage: p, ScoreA: &p.Score})
	}
	for _, p := range b {
		i := slices.IndexFunc(pairs, func(q PassagePair) bool { return q.key() == p.key() && q.ScoreB == nil })
		if i < 0 {
			pairs = append(pairs, PassagePair{Passage: p, ScoreB: &p.Score})
			continue
		}
		pairs[i].ScoreB = &p.Score
		pairs[i].Score = math.Max(pairs[i].Score, p.Score)
	}
	slices.SortStableFunc(pairs, func(x, y PassagePair) int {
		switch {
		case x.Score > y.Score:
			return -1
		case x.Score < y.Score:
			return 1
		}
		return 0
	})
	return pairs
}

// diffWords compares answers line by line.
func diffWords(a, b string) []DiffLine {
	list := []DiffLine{}
	if a == b {
		for l := range strings.Lines(a) {
			list = append(list, DiffLine{" ", strings.TrimRight(l, "\n")})
		}
		return list
	}
	text := func(s string) []byte { return []byte(strings.TrimRight(s, "\n") + "\n") }
	changed := strings.TrimRight(string(diff.Diff("a", text(a), "b", text(b))), "\n")
	for i, l := range strings.Split(changed, "\n") {
		if i < 3 || strings.HasPrefix(l, "@@") { // the heads, which name files
			continue
		}
		list = append(list, DiffLine{l[:1], l[1:]})
	}
	return list
}
