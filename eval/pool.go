package eval

import (
	"math/rand/v2"
	"slices"
	"unicode/utf8"

	"github.com/honehq/hone/prompts"
)

// member is a prompt of a round's pool, with how it did on train.
type member struct {
	prompt    prompts.Prompt
	parents   []int // indexes in the pool: none for the champion, two for a merge
	rationale string
	train     Evaluation
	mean      float64 // over the clusters of train
}

// length is a prompt's, in characters.
func (m member) length() int { return utf8.RuneCountInString(m.prompt.Text) }

// pool holds the champion, first, and the candidates that were accepted.
type pool []member

// fronts returns, for each member, on how many train cases it is one of the
// best. What another member equals or beats everywhere counts nowhere.
func (p pool) fronts() []int {
	wins := make([]int, len(p))
	for i := range p[0].train.Results {
		for _, k := range p.best(i) {
			wins[k]++
		}
	}
	for k := range p {
		if p.dominated(p[k], k) {
			wins[k] = 0
		}
	}
	return wins
}

// dominated tells whether a member of the pool other than the k-th does as well
// as m on every train case, and better on one, or is shorter, or was there
// first.
func (p pool) dominated(m member, k int) bool {
	for j := range p {
		if j == k {
			continue
		}
		better, worse := compareOn(p[j].train, m.train)
		if worse == 0 && (better > 0 || p[j].length() < m.length() || p[j].length() == m.length() && j < k) {
			return true
		}
	}
	return false
}

// compareOn counts the cases on which x did better than y, and worse.
func compareOn(x, y Evaluation) (better, worse int) {
	for i := range x.Results {
		a, b := x.Results[i].orZero(), y.Results[i].orZero()
		better += int(yes(a > b))
		worse += int(yes(a < b))
	}
	return better, worse
}

// orZero is the score, 0 where there is none.
func (r Result) orZero() float64 {
	s, ok := r.score()
	if !ok {
		return 0
	}
	return s
}

// parent draws the prompt to be rewritten next, in proportion to the train
// cases on which it is one of the best: a candidate that is best at something
// is worth going on from, even if its mean is not the highest.
func (p pool) parent(random *rand.Rand) int {
	weights := p.fronts()
	total := 0
	for _, w := range weights {
		total += w
	}
	if total == 0 {
		return 0
	}
	at := random.IntN(total)
	for k, w := range weights {
		if at -= w; at < 0 {
			return k
		}
	}
	return 0
}

// top is the member with the highest mean; of equal ones the shortest.
func (p pool) top() int {
	best := 0
	for k := range p {
		if p[k].mean > p[best].mean || p[k].mean == p[best].mean && p[k].length() < p[best].length() {
			best = k
		}
	}
	return best
}

// better counts the members that do better than the champion.
func (p pool) better() (n int) {
	for _, m := range p[1:] {
		n += int(yes(m.mean > p[0].mean))
	}
	return n
}

// best returns the members with the highest score on a train case.
func (p pool) best(i int) []int {
	var out []int
	high := -1.0
	for k := range p {
		s, ok := p[k].train.Results[i].score()
		switch {
		case !ok || s < high:
		case s > high:
			high, out = s, []int{k}
		default:
			out = append(out, k)
		}
	}
	return out
}

// lineage returns a member and all that it was made of.
func (p pool) lineage(k int) map[int]bool {
	out := map[int]bool{k: true}
	for _, parent := range p[k].parents {
		for a := range p.lineage(parent) {
			out[a] = true
		}
	}
	return out
}

// clusterMean is the mean score, each cluster weighing the same: what the gate
// bets on, and so what candidates are picked by.
func clusterMean(e Evaluation) float64 {
	var scores clusterSums
	for _, r := range e.Results {
		if s, ok := r.score(); ok {
			scores.add(r.Case.Cluster, s)
		}
	}
	return mean(scores.means())
}

// minibatch draws train cases for a proposal: those that failed, for the rewriter
// to reflect on, and some that did not, to see what a change breaks.
func (m member) minibatch(random *rand.Rand) (indexes []int) {
	var failed, passed []int
	for _, i := range random.Perm(len(m.train.Results)) {
		if m.train.Results[i].orZero() < 1 {
			failed = append(failed, i)
		} else {
			passed = append(passed, i)
		}
	}
	indexes = append(indexes, failed[:min(len(failed), batch-batch/4)]...)
	indexes = append(indexes, passed[:min(len(passed), batch-len(indexes))]...)
	slices.Sort(indexes)
	return indexes
}

// failuresOf lists the answers with checks that did not pass, one a case: that
// is enough to learn from.
func failuresOf(results []Result) []Failure {
	var out []Failure
	for _, r := range results {
		i := slices.IndexFunc(r.Answers, func(a Graded) bool { return !a.JudgeFailed && a.Grade.Score < 1 })
		if i < 0 {
			continue
		}
		a := r.Answers[i]
		out = append(out, Failure{Question: r.Case.Question, Answer: cut(a.Answer.Answer, maxShown), Status: a.status(), Checks: a.Grade.Failed()})
	}
	return out
}

// reviewsOf lists what the judge said of each case's first answer.
func reviewsOf(results []Result) []Review {
	var out []Review
	for _, r := range results {
		if a := r.Answers[0]; !a.JudgeFailed {
			out = append(out, Review{Question: r.Case.Question, Status: a.status(), Score: a.Grade.Score, Checks: a.Grade.Checks})
		}
	}
	return out
}

func (g Graded) status() string {
	if g.Failed {
		return "failed"
	}
	return string(g.Answer.Status)
}

// maxShown is how much of an answer the rewriter sees, in characters.
const maxShown = 2000
