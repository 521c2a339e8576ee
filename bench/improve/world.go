package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// firstPrompt is what every agent of this program starts with.
const firstPrompt = "You help engineers: search the documents and answer from them."

// guidelines are all that the scripted agent obeys. Two of them, the first and
// the fourth, stand in the stock of eval.Stock: its best prompt cannot be put
// together from there.
var guidelines = []string{
	"Search in several ways: the question as asked, its keywords, and other words for the same thing.",
	"Compare two passages before you answer.",
	"Name the condition under which each statement holds.",
	"Be brief.",
	"Say where each statement stands.",
	"Quote one passage only.",
	"Answer with a friendly remark.",
	"Leave out all numbers.",
	"Begin with the oldest passage.",
	"Decline when two passages differ.",
}

// needs are the kinds of questions, each with what answering it takes.
const needs = 5

// quality is the chance that the agent states the fact asked for in a question
// of some need. Guidelines interact: the second is worth most with the first,
// the fifth nothing without the third, and the fourth, which helps some
// questions, harms others, the more with the third.
func quality(prompt string, need int) float64 {
	has := func(i int) bool { return strings.Contains(prompt, guidelines[i]) }
	q := 0.35
	add := func(when bool, of []int, gain float64) {
		if when && slices.Contains(of, need) {
			q += gain
		}
	}
	add(has(0), []int{0, 1}, 0.25)
	add(has(1), []int{1, 2}, 0.10)
	add(has(0) && has(1), []int{1, 2}, 0.25)
	add(has(2), []int{3}, 0.30)
	add(has(2) && has(4), []int{3, 4}, 0.20)
	add(has(3), []int{4}, 0.15)
	add(has(3), []int{3}, -0.15)
	add(has(2) && has(3), []int{3, 4}, -0.20)
	add(has(5), []int{1, 2}, -0.25)
	add(has(7), []int{0, 3}, -0.25)
	add(has(8), []int{2}, -0.10)
	add(has(9), []int{0, 1, 2, 3, 4}, -0.05)
	return min(max(q, 0.02), 0.98)
}

// worth is a prompt's true score: its mean quality over all questions.
func worth(prompt string) float64 {
	sum := 0.0
	for need := range needs {
		sum += quality(prompt, need)
	}
	return sum / needs
}

// best is the highest worth that any set of guidelines has.
func best() float64 {
	high := 0.0
	for subset := range 1 << len(guidelines) {
		lines := []string{firstPrompt}
		for i, g := range guidelines {
			if subset&(1<<i) != 0 {
				lines = append(lines, g)
			}
		}
		high = max(high, worth(strings.Join(lines, "\n")))
	}
	return high
}

// luck says on what it depends whether an answer of some quality is right.
type luck string

const (
	byQuestion luck = "question" // a better prompt answers what a worse one does, and more
	byAnswer   luck = "answer"   // each answer is a draw of its own
)

// world is an agent whose answers follow its prompt by these rules.
type world struct {
	luck   luck
	answer func(prompt string, need int) float64
	seed   uint64
	asked  *atomic.Int64 // answers given
}

var _ eval.Runner = world{}

// Answer implements eval.Runner.
func (w world) Answer(_ context.Context, p *prompts.Prompt, question string, seed uint64) (agent.Answer, error) {
	w.asked.Add(1)
	var n, need int
	if _, err := fmt.Sscanf(question, "What is the value of setting %d in area %d?", &n, &need); err != nil {
		return agent.Answer{}, errors.New("the scripted agent knows no such question")
	}
	drawn := fmt.Sprint(w.seed, question)
	if w.luck == byAnswer {
		drawn = fmt.Sprint(drawn, p.Text, seed)
	}
	a := agent.Answer{Status: agent.Answered, Duration: 0.1, Usage: agent.Usage{InputTokens: 100, OutputTokens: 20}}
	a.Answer = "The settings of that area are described there. [1]"
	if uniform(drawn) < w.answer(p.Text, need) {
		a.Answer = fmt.Sprintf("The setting has the value v%d. [1]", n)
	}
	a.Citations = []agent.Citation{{N: 1, Path: document(n), Quote: "The settings of that area, with the value of each, are described there."}}
	return a, nil
}

// cases are so many questions about as many documents, from number first on.
func cases(first, n int) []eval.Case {
	var out []eval.Case
	for i := first; i < first+n; i++ {
		out = append(out, eval.Case{
			ID: fmt.Sprintf("c%06d", i), Question: fmt.Sprintf("What is the value of setting %d in area %d?", i, i%needs),
			Type: eval.CaseType(fmt.Sprintf("area %d", i%needs)), Docs: []string{document(i)},
			Nuggets: []eval.Nugget{{Text: fmt.Sprintf("the value is v%d", i), Vital: true, AnyOf: []string{fmt.Sprintf("v%d", i)}}},
		})
	}
	return out
}

func document(i int) string { return fmt.Sprintf("settings/%06d.md", i) }

// uniform is a draw from [0, 1) that a text decides.
func uniform(s string) float64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}
