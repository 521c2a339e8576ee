package calibrate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
)

// Arm is which prompt an answer comes from. Whoever grades must not see it.
type Arm string

// The arms.
const (
	Champion  Arm = "champion"
	Candidate Arm = "candidate"
)

// Item is an answer for a person to grade.
type Item struct {
	ID      string       `json:"id"` // tells nothing
	Arm     Arm          `json:"arm"`
	Case    eval.Case    `json:"case"`
	Cluster string       `json:"cluster"`
	Answer  agent.Answer `json:"answer"`
	Label   *Label       `json:"label,omitempty"`
}

// Label is what a person said of an answer.
type Label struct {
	Facts   map[string]bool `json:"facts"` // by check; those that were skipped are not in it
	Skipped bool            `json:"skipped,omitempty"`
	By      string          `json:"by"`
	At      time.Time       `json:"at"`
}

// labelled tells whether all facts of the answer are decided.
func (i Item) labelled() bool {
	if i.Label == nil || i.Label.Skipped {
		return false
	}
	for _, f := range i.Case.Facts() {
		if _, ok := i.Label.Facts[f.ID]; !ok {
			return false
		}
	}
	return true
}

// Files are the documents that the item quotes.
func (i Item) Files() []string {
	files := []string{}
	for _, c := range i.Answer.Citations {
		files = append(files, c.FileID)
	}
	return files
}

// Draw picks n pairs of answers to label, so that any first part of them is in
// proportion to the whole: one case of each cluster before a second one of any,
// and among these each combination of what the judge said of both answers as
// often as it is. Every pair has the same chance to be picked, so plain means
// over the labels are right. Both answers of a pair are picked; among each other
// the answers come in random order.
//
// Pairs of which no fact decides either score are left out: a judge can't favour
// there, so leaving them out makes the bias seem larger, if anything.
func Draw(pairs []eval.Pair, n int, seed uint64) []Item {
	random := rand.New(rand.NewPCG(seed, 0x64726177))
	pairs = slices.DeleteFunc(slices.Clone(pairs), func(p eval.Pair) bool {
		return !eval.Undecided(p.Case.Case, p.Champion.Answer) && !eval.Undecided(p.Case.Case, p.Candidate.Answer)
	})
	var items []Item
	for _, p := range spread(pairs, random)[:max(0, min(n, len(pairs)))] {
		items = append(items, itemOf(p.Case, Champion, p.Champion.Answer), itemOf(p.Case, Candidate, p.Candidate.Answer))
	}
	random.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	return items
}

// spread orders pairs as Draw says.
func spread(pairs []eval.Pair, random *rand.Rand) []eval.Pair {
	random.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	type group struct {
		turn                int // of its cluster
		champion, candidate string
	}
	type place struct {
		eval.Pair
		turn int
		at   float64
	}
	turns, groups := map[string]int{}, map[group][]*place{}
	var out []*place
	for _, p := range pairs {
		g := group{turns[p.Case.Cluster], verdict(p.Champion.Grade), verdict(p.Candidate.Grade)}
		turns[p.Case.Cluster]++
		x := &place{Pair: p, turn: g.turn}
		out, groups[g] = append(out, x), append(groups[g], x)
	}
	for _, x := range out { // in a fixed order, so that the same seed gives the same
		g := group{x.turn, verdict(x.Champion.Grade), verdict(x.Candidate.Grade)}
		if members := groups[g]; len(members) > 0 {
			start := random.Float64()
			for k, m := range members {
				m.at = (float64(k) + start) / float64(len(members))
			}
			delete(groups, g)
		}
	}
	slices.SortStableFunc(out, func(x, y *place) int { return cmp.Or(cmp.Compare(x.turn, y.turn), cmp.Compare(x.at, y.at)) })
	var list []eval.Pair
	for _, x := range out {
		list = append(list, x.Pair)
	}
	return list
}

// verdict is what the judge said, roughly.
func verdict(g eval.Grade) string {
	switch g.Score {
	case 0:
		return "none"
	case 1:
		return "all"
	}
	return "some"
}

func itemOf(c eval.StoredCase, arm Arm, a agent.Answer) Item {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s", c.Agent, c.ID, arm, a.Answer))
	// What an answer is not graded by might tell where it comes from.
	a = agent.Answer{Status: a.Status, Answer: a.Answer, Citations: a.Citations}
	return Item{ID: "lbl_" + hex.EncodeToString(sum[:10]), Arm: arm, Case: c.Case, Cluster: c.Cluster, Answer: a}
}

// Open are the items that wait for a label. What is certain without one has
// none to wait for.
func Open(items []Item) []Item {
	return slices.DeleteFunc(slices.Clone(items), func(i Item) bool {
		return i.Label != nil || !eval.Undecided(i.Case, i.Answer)
	})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
