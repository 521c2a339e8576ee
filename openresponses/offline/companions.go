package offline

import (
	"regexp"
	"unicode/utf8"
)

// Bounds of what is quoted along with a chosen segment, in characters.
const (
	leadChars  = 200 // of a sentence that leads in
	labelChars = 100 // of a label above a list
	stepsChars = 600 // of a whole list of steps
)

// companions are the segments that belong to a chosen one: the sentence that
// leads into a command or list, the one that a sentence leans on, the other
// steps of a procedure; the rest of any list if the answer is to be thorough.
func (r *ranked) companions(chosen int, g guidelines) []int {
	if g.brief {
		return nil
	}
	var out []int
	s := &r.segments[chosen]
	switch s.kind {
	case code:
		out = r.leadIn(s, leadChars)
		if len(out) > 0 {
			out = append(out, r.before(out[0])...)
		}
		if g.commands == do || g.thorough {
			out = append(out, r.sameBlock(s)...)
		}
	case item:
		steps := r.sameList(s)
		if g.thorough || s.number > 0 && r.cues.command && r.size(steps) <= stepsChars {
			out = steps
		}
		if s.lead >= 0 && isLabel(r.segments[s.lead].text) {
			out = append(out, r.leadIn(s, labelChars)...)
		}
	case sentence:
		if leaning(s.text) {
			out = r.before(chosen)
		}
	case row:
	}
	return out
}

// before is the sentence before another in its paragraph. It may hold the
// condition of a command that stands behind the other.
func (r *ranked) before(i int) []int {
	if i == 0 {
		return nil
	}
	s, p := &r.segments[i], &r.segments[i-1]
	if p.kind != s.kind || p.passage != s.passage || p.block != s.block || utf8.RuneCountInString(p.text) > leadChars {
		return nil
	}
	return []int{i - 1}
}

// leadIn is the segment that leads into s, unless it is longer than most.
func (r *ranked) leadIn(s *segment, most int) []int {
	if s.lead < 0 || r.segments[s.lead].kind == code || utf8.RuneCountInString(r.segments[s.lead].text) > most {
		return nil
	}
	return []int{s.lead}
}

func (r *ranked) sameBlock(s *segment) []int {
	return r.where(func(t *segment) bool { return t.passage == s.passage && t.block == s.block })
}

func (r *ranked) sameList(s *segment) []int {
	return r.where(func(t *segment) bool {
		return t.kind == item && (t.number > 0) == (s.number > 0) && listOf(t) == listOf(s)
	})
}

func (r *ranked) where(match func(*segment) bool) []int {
	var out []int
	for i := range r.segments {
		if match(&r.segments[i]) {
			out = append(out, i)
		}
	}
	return out
}

// size is how many characters segments have together.
func (r *ranked) size(list []int) int {
	n := 0
	for _, i := range list {
		n += utf8.RuneCountInString(r.segments[i].text)
	}
	return n
}

var leansOn = regexp.MustCompile(`(?i)^(it|its|this|that|these|those|they|their|them|he|she|his|her|then|but|and|so|also|both|neither|otherwise|however|therefore|hence|instead|each|afterwards|the same|if (so|not)|in that case)\b`)

// leaning reports whether a sentence can't be understood without the one
// before it.
func leaning(text string) bool { return leansOn.MatchString(text) }
