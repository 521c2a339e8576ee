package eval

import (
	"math/rand/v2"

	"github.com/honehq/hone/prompts"
)

// member is a prompt of a round's pool, with how it did on train.
type member struct {
	prompt    prompts.Prompt
	parent    int // index in the pool; -1 for the champion
	rationale string
	train     Evaluation
	mean      float64 // over the clusters of train
}

// pool holds the champion, first, and the candidates that were accepted.
type pool []member

// parent draws the prompt to be rewritten next, in proportion to the train
// cases on which it is one of the best: a candidate that is best at something
// is worth going on from, even if its mean is not the highest.
func (p pool) parent(random *rand.Rand) int {
	weights := make([]int, len(p))
	total := 0
	for i := range p[0].train.Results {
		for _, k := range p.best(i) {
			weights[k]++
			total++
		}
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

// minibatch draws failures of a member for the rewriter to reflect on.
func (m member) minibatch(size int, random *rand.Rand) []Failure {
	failures := failuresOf(m.train)
	random.Shuffle(len(failures), func(i, j int) { failures[i], failures[j] = failures[j], failures[i] })
	return failures[:min(size, len(failures))]
}

// failuresOf lists the answers with checks that did not pass.
func failuresOf(e Evaluation) []Failure {
	var out []Failure
	for _, r := range e.Results {
		for _, a := range r.Answers {
			if a.JudgeFailed || a.Grade.Score == 1 {
				continue
			}
			status := string(a.Answer.Status)
			if a.Failed {
				status = "failed"
			}
			out = append(out, Failure{Question: r.Case.Question, Answer: cut(a.Answer.Answer, maxShown), Status: status, Checks: a.Grade.Failed()})
			break // one answer a case is enough to learn from
		}
	}
	return out
}

// maxShown is how much of an answer the rewriter sees, in characters.
const maxShown = 2000
