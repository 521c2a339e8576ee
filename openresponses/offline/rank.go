package offline

import (
	"math"

	"github.com/honehq/hone/openresponses"
)

// Weights of the contexts in which a segment may hold a question's term: in
// its own words, in the sentence that leads in, and so on.
const (
	ownWeight       = 1.0
	leadWeight      = 0.55
	neighbourWeight = 0.4
	headingWeight   = 0.5
	titleWeight     = 0.3
	passageWeight   = 0.2
)

// ranked is a question's evidence, scored.
type ranked struct {
	passages []openresponses.FoundPassage
	segments []segment
	score    []float64
	own      []map[string]bool // the segments' own terms
	titles   []map[string]bool // the passages' titles, paths and sections
	bodies   []map[string]bool // the passages' texts
	asked    []needle
	cues     cues
}

// rank cuts the passages and scores each segment for the question.
func rank(question string, passages []openresponses.FoundPassage) *ranked {
	r := &ranked{passages: passages, asked: needles(question), cues: readCues(question)}
	for i, p := range passages {
		r.segments = append(r.segments, cutPassage(p, i, len(r.segments))...)
		r.titles = append(r.titles, termSet(p.Title+" "+p.Path+" "+p.Section))
		r.bodies = append(r.bodies, termSet(p.Text))
	}
	r.own = make([]map[string]bool, len(r.segments))
	for i := range r.segments {
		r.own[i] = termSet(r.segments[i].text + " " + r.segments[i].header)
	}
	weigh(r.asked, r.own)
	r.scoreSegments(question)
	return r
}

func (r *ranked) scoreSegments(question string) {
	heads := r.headings()
	r.score = make([]float64, len(r.segments))
	for i := range r.segments {
		s := &r.segments[i]
		cover := 0.0
		for _, n := range r.asked {
			best := max(
				ownWeight*n.in(r.own[i]),
				headingWeight*n.in(heads[i]),
				neighbourWeight*r.neighbour(i, n),
				titleWeight*n.in(r.titles[s.passage]),
				passageWeight*n.in(r.bodies[s.passage]),
			)
			if s.lead >= 0 && s.lead < len(r.own) {
				best = max(best, leadWeight*n.in(r.own[s.lead]))
			}
			cover += best * n.weight
		}
		news := math.Min(3, float64(newIdentifiers(s.text, question)))
		prior := 1 / (1 + 0.12*float64(s.passage))
		r.score[i] = cover * prior * (1 + r.cues.fit(s)) * (1 + 0.1*news)
	}
}

// headings are the terms of the headings above each segment.
func (r *ranked) headings() []map[string]bool {
	byText := map[string]map[string]bool{}
	var heads []map[string]bool
	for i := range r.segments {
		h := r.segments[i].heading
		if byText[h] == nil {
			byText[h] = termSet(h)
		}
		heads = append(heads, byText[h])
	}
	return heads
}

// neighbour is how well the segment before or after holds a term.
func (r *ranked) neighbour(i int, n needle) float64 {
	best := 0.0
	for _, j := range []int{i - 1, i + 1} {
		if j >= 0 && j < len(r.segments) && r.segments[j].passage == r.segments[i].passage {
			best = max(best, n.in(r.own[j]))
		}
	}
	return best
}

func distinct(list []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, t := range list {
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}
