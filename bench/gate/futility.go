package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/honehq/hone/eval/gate"
)

// futileRow is what giving up costs and saves.
type futileRow struct {
	candidate    string
	clusters     int
	entry        int
	power, lost  share   // promoted if never given up; of all, given up though it would have been promoted
	used         float64 // clusters used, in the mean
	usedWithouts float64
}

func (b bench) futility() []futileRow {
	var out []futileRow
	for _, size := range []struct{ clusters, entry int }{{40, 1}, {76, 1}, {200, 1}, {100, 5}} {
		for _, c := range []struct {
			name string
			draw draw
		}{
			{"no gain, r = 5", gaining(0, 5, false)}, {"no gain, 20 % change", threePoint(0, 0.2)}, {"ties", threePoint(0, 0)},
			{"10 points worse", threePoint(-0.1, 0.2)},
			{"+5 points, r = 5", gaining(0.05, 5, false)}, {"+10 points, r = 5", gaining(0.1, 5, false)}, {"+10 points, r = 1", gaining(0.1, 1, false)},
			{"+15 points, 15 % change", threePoint(0.15, 0.15)}, {"+20 points, 40 % change", threePoint(0.2, 0.4)},
		} {
			out = append(out, b.futile(c.name, c.draw, size.clusters, size.entry))
		}
	}
	return out
}

func (b bench) futile(name string, d draw, clusters, entry int) futileRow {
	type found struct {
		promoted, lost bool
		used, without  int
	}
	terms := gate.Terms{Alpha: alphas(entry), Clusters: clusters}
	all := each(b, fmt.Sprint("futile ", name, clusters, entry), b.histories, func(r *rand.Rand) (f found) {
		e := must(gate.Open(terms))
		for !e.State().Decided() {
			must(e.Observe(d(r)))
			if f.used == 0 && e.Futile() {
				f.used = e.State().Seen
			}
		}
		f.promoted, f.without = e.State().Verdict == gate.Promoted, e.State().Seen
		f.lost = f.promoted && f.used > 0
		if f.used == 0 {
			f.used = f.without
		}
		return f
	})
	row := futileRow{candidate: name, clusters: clusters, entry: entry, power: share{of: b.histories}, lost: share{of: b.histories}}
	for _, f := range all {
		row.power.hits += one(f.promoted)
		row.lost.hits += one(f.lost)
		row.used += float64(f.used) / float64(len(all))
		row.usedWithouts += float64(f.without) / float64(len(all))
	}
	return row
}
