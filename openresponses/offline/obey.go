package offline

import (
	"regexp"
	"strings"
)

// obey changes the scores as the prompt wants it.
func (r *ranked) obey(g guidelines) {
	for i := range r.segments {
		s := &r.segments[i]
		switch {
		case s.kind != code:
		case g.commands == dont:
			r.score[i] = 0
		case g.commands == do && r.cues.command:
			r.score[i] *= 1.8
		}
		if g.exact == do && (quantity.MatchString(s.text) || identifier.MatchString(s.text)) {
			r.score[i] *= 1.4
		}
	}
	if g.newest == do {
		r.preferNewer()
	}
}

// sameSubject is the share of the terms of the shorter of two statements from
// which on they speak of the same; outdated is what is left of the score of
// the older of two that contradict each other.
const (
	sameSubject = 0.8
	outdated    = 0.1
)

// preferNewer leaves out a statement where a newer document says something else
// about the same, and moves the newer one to its place.
func (r *ranked) preferNewer() {
	for i := range r.segments {
		for j := range r.segments {
			if r.newer(j, i) && r.contradicts(i, j) {
				r.score[j] = max(r.score[j], r.score[i])
				r.score[i] *= outdated
				break
			}
		}
	}
}

// newer reports whether the first segment's document is dated later.
func (r *ranked) newer(i, j int) bool {
	a, b := r.passages[r.segments[i].passage].Date, r.passages[r.segments[j].passage].Date
	return a != "" && b != "" && a > b
}

// contradicts reports whether two statements speak of the same and give other
// numbers for it.
func (r *ranked) contradicts(i, j int) bool {
	a, b := r.segments[i].text, r.segments[j].text
	x, y := numbersOf(a), numbersOf(b)
	if len(x) == 0 || len(y) == 0 || contained(x, y) == 1 || contained(y, x) == 1 {
		return false
	}
	subjects := [2]map[string]bool{subjectOf(r.own[i]), subjectOf(r.own[j])}
	shorter, longer := subjects[0], subjects[1]
	if len(shorter) > len(longer) {
		shorter, longer = longer, shorter
	}
	return len(shorter) > 2 && contained(shorter, longer) >= sameSubject
}

var number = regexp.MustCompile(`\d[\d.,:]*`)

func numbersOf(text string) map[string]bool {
	set := map[string]bool{}
	for _, n := range number.FindAllString(text, -1) {
		set[strings.TrimRight(n, ".,:")] = true
	}
	return set
}

// subjectOf are the terms that are no numbers.
func subjectOf(own map[string]bool) map[string]bool {
	set := map[string]bool{}
	for t := range own {
		if !strings.ContainsAny(t, "0123456789") {
			set[t] = true
		}
	}
	return set
}
