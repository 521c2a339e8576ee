package offline

import "strings"

// contradictOverlap is the share of a statement's terms from which another
// counts as speaking of the same.
const contradictOverlap = 0.4

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

// preferNewer demotes a statement where a newer document makes a similar one.
func (r *ranked) preferNewer() {
	for i := range r.segments {
		for j := range r.segments {
			a, b := &r.passages[r.segments[i].passage], &r.passages[r.segments[j].passage]
			if a.Date == "" || b.Date == "" || strings.Compare(a.Date, b.Date) >= 0 {
				continue
			}
			if contained(r.own[i], r.own[j]) >= contradictOverlap && r.score[j] > 0.3*r.score[i] {
				r.score[i] *= 0.3
				break
			}
		}
	}
}
