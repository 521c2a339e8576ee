package offline

import (
	"math"
	"regexp"
	"strings"

	"github.com/honehq/hone/openresponses"
)

// Weights of the contexts in which a segment may hold a question's term: in
// its own words, in the sentence that leads in, and so on. These and the
// others below were fitted on one half of the golden questions and verified on
// the other.
const (
	ownWeight       = 1.0
	leadWeight      = 0.95
	neighbourWeight = 0.4
	headingWeight   = 0.85
	titleWeight     = 0.3
	passageWeight   = 0.2
)

// More weights of a segment's score.
const (
	rankDecay  = 0.12 // how fast later passages lose
	voteWeight = 0.3  // how much passages of other documents than the best lose
	newsWeight = 0.1  // of an identifier that the question does not hold
	fullTerms  = 6    // a segment with fewer terms says less
	labelScore = 0.2  // of a segment that only announces what follows

	formalityScore = 0.1 // of who wrote a document, and where else to look
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
		r.own[i] = termSet(r.segments[i].text + " " + r.segments[i].targets + " " + r.segments[i].header)
	}
	weigh(r.asked, r.own)
	r.scoreSegments(question)
	return r
}

func (r *ranked) scoreSegments(question string) {
	heads, votes := r.headings(), r.votes()
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
		prior := 1 / (1 + rankDecay*float64(s.passage)) * (1 - voteWeight*(1-votes[s.passage]))
		r.score[i] = cover * prior * (1 + r.cues.fit(s)) * (1 + newsWeight*news) * r.substance(i)
	}
}

// votes are, for each passage, how much of the search speaks for its document:
// the sum over the document's passages of the reciprocal rank, relative to the
// best document.
func (r *ranked) votes() []float64 {
	byPath := map[string]float64{}
	best := 0.0
	for i, p := range r.passages {
		byPath[p.Path] += 1 / float64(i+2)
		best = max(best, byPath[p.Path])
	}
	out := make([]float64, len(r.passages))
	for i, p := range r.passages {
		out[i] = byPath[p.Path] / best
	}
	return out
}

// substance is how much a segment can say at all: 0 to 1. Labels and headings
// in bold announce what follows, questions ask for it.
func (r *ranked) substance(i int) float64 {
	s := &r.segments[i]
	full := math.Min(1, float64(len(r.own[i]))/fullTerms)
	switch {
	case s.kind == code:
	case isLabel(s.text):
		full *= labelScore
	case isFormality(plain(s)) && !r.asksFor(plain(s)):
		full *= formalityScore
	}
	return full
}

// Lines that say something about a document rather than about its subject, and
// those that send the reader elsewhere.
var (
	attribute = regexp.MustCompile(`(?i)^[*_]*((?:authors?|reviewed|reviewers?|review|status|severity|date|dates|owners?|owning[- ]team|team|kind|type|tags?|labels|category|updated|created|last (?:updated|reviewed|changed)|version|approvers?|editors?|facilitator|attendees|commander|incident commander|scribe|ic|participants)(?: by| on)?)[*_]*:[*_]* `)
	pointer   = regexp.MustCompile(`(?i)^[*_]*(see( also)?|related|further reading|read (also|more)|more (on this|about)|links?|references?)\b`)
)

// plain is a segment's text as it is quoted.
func plain(s *segment) string {
	if s.kind == row {
		return phrase(s)
	}
	return s.text
}

// pointerChars bounds a line that does nothing but point elsewhere.
const pointerChars = 120

func isFormality(text string) bool {
	return attribute.MatchString(text) || len(text) < pointerChars && pointer.MatchString(text)
}

// asksFor reports whether the question asks for what an attribute's line says:
// it holds the attribute's name, or asks for a time or a number that is there.
func (r *ranked) asksFor(text string) bool {
	m := attribute.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	if r.cues.time && clock.MatchString(text) || r.cues.number && quantity.MatchString(text) || r.cues.person {
		return true
	}
	name := termSet(m[1])
	for _, n := range r.asked {
		if n.in(name) > 0 {
			return true
		}
	}
	return false
}

func isLabel(text string) bool {
	text = strings.TrimRight(text, "*_ ")
	return strings.HasSuffix(text, ":") || strings.HasSuffix(text, "?")
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
