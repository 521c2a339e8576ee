package calibrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/honehq/hone/eval"
)

// Anchor is a labelled answer with what the judge decided when it was
// calibrated: for each grading one decision a fact, in the case's order.
type Anchor struct {
	Item     string   `json:"item"`
	Gradings [][]bool `json:"gradings"`
}

// Drift is a look at whether the judge still decides as it did.
type Drift struct {
	At      time.Time `json:"at"`
	Anchors int       `json:"anchors"` // graded anew
	Failed  int       `json:"failed"`  // that the judge failed on
	Checks  int       `json:"checks"`
	Flipped int       `json:"flipped"` // decided unlike most gradings before
	P       float64   `json:"p"`
	Reason  string    `json:"reason,omitempty"` // why the judge is not trusted; empty: it is
	Final   bool      `json:"final,omitempty"`  // it has drifted; only a new calibration mends that
}

const (
	// driftLevel is how likely a look finds drift where is none: with a look a
	// day once in three years.
	driftLevel = 0.001
	// lookAgain is how long a look counts. A round that is interrupted again
	// and again does not ask the judge each time.
	lookAgain = time.Hour
)

// anchor picks what is graded again later.
func (c *Calibration) anchor(list []graded, seed uint64) {
	list = slices.DeleteFunc(slices.Clone(list), func(g graded) bool { return !eval.Undecided(g.Case, g.Answer) })
	random := rand.New(rand.NewPCG(seed, 0x616e6368))
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for _, g := range list[:min(len(list), MaxAnchors)] {
		a := Anchor{Item: g.ID}
		for _, grade := range g.grades {
			a.Gradings = append(a.Gradings, decisions(g.Case, grade))
		}
		c.Anchors = append(c.Anchors, a)
	}
}

func decisions(c eval.Case, g eval.Grade) []bool {
	passes := passesOf(g)
	var out []bool
	for _, f := range c.Facts() {
		out = append(out, passes[f.ID])
	}
	return out
}

// Keeper is an eval.Trust by calibrations. It is safe for concurrent use.
type Keeper struct {
	store   Store
	watched func(ctx context.Context, agent, judge string, drift float64, trusted bool)
}

var _ eval.Trust = (*Keeper)(nil)

// NewKeeper returns a keeper. It calls watched, which may be nil, after each
// look, with the share of decisions that are other ones.
func NewKeeper(store Store, watched func(ctx context.Context, agent, judge string, drift float64, trusted bool)) *Keeper {
	return &Keeper{store, watched}
}

// uncalibrated is the doubt about a judge without labels.
const uncalibrated = "the judge is a model that was not calibrated; grade answers with hone eval label, then run hone eval calibrate"

// Standing implements eval.Trust. It grades the anchors anew, unless that was
// done within the hour or there is doubt anyhow.
func (k *Keeper) Standing(ctx context.Context, agent string, j eval.Judge) (eval.JudgeInfo, error) {
	info := j.Describe()
	if info.Exact {
		return info, nil
	}
	c, err := Find(ctx, k.store, agent, info)
	if errors.Is(err, fs.ErrNotExist) {
		info.Untrusted = uncalibrated
		return info, nil
	}
	if err != nil {
		return info, err
	}
	last := c.Drift
	c.Drift = nil
	worth := c.Doubt() == "" // without what the last look found
	c.Drift = last
	if worth && (last == nil || !last.Final && time.Since(last.At) > lookAgain) {
		if c, err = k.Look(ctx, c, j); err != nil {
			return info, err
		}
	}
	return c.Standing(info), nil
}

// Look grades the anchors anew and stores what came of it.
func (k *Keeper) Look(ctx context.Context, c Calibration, j eval.Judge) (Calibration, error) {
	items, err := k.store.LabelItems(ctx, c.Agent)
	if err != nil {
		return c, err
	}
	byID := map[string]Item{}
	for _, i := range items {
		byID[i.ID] = i
	}
	d := Drift{At: time.Now().UTC().Truncate(time.Microsecond)}
	var test flips
	for _, a := range c.Anchors {
		item, ok := byID[a.Item] // else its documents were deleted
		if !ok || len(a.Gradings) == 0 {
			continue
		}
		grade, err := j.Grade(ctx, item.Case, item.Answer)
		if ctx.Err() != nil {
			return c, context.Cause(ctx)
		}
		if err != nil {
			d.Failed++
			continue
		}
		now := decisions(item.Case, grade)
		d.Anchors++
		d.Checks += len(now)
		d.Flipped += flippedFromMost(a.Gradings, now)
		test.add(a.Gradings, now)
	}
	d.P = test.p()
	switch {
	case d.P <= driftLevel:
		d.Final = true
		d.Reason = fmt.Sprintf("the judge has drifted since it was calibrated: of %d decisions on fixed answers, %d are other ones now (p = %.2g); calibrate it again: hone eval calibrate", d.Checks, d.Flipped, d.P)
	case d.Anchors < MinClusters/4:
		d.Reason = fmt.Sprintf("the judge graded only %d of its fixed answers, so nobody knows whether it has drifted", d.Anchors)
	}
	c.Drift = &d
	if k.watched != nil {
		k.watched(ctx, c.Agent, c.Judge, float64(d.Flipped)/float64(max(d.Checks, 1)), d.Reason == "")
	}
	return c, k.store.PutCalibration(ctx, c)
}

// flippedFromMost counts the decisions that differ from those of most gradings.
func flippedFromMost(gradings [][]bool, now []bool) int {
	n := 0
	for i, is := range now {
		yes := 0
		for _, g := range gradings {
			if i < len(g) && g[i] {
				yes++
			}
		}
		if is && 2*yes < len(gradings) || !is && 2*yes > len(gradings) {
			n++
		}
	}
	return n
}

// flips tests whether today's gradings are like those of the calibration.
//
// If the judge is the same, then today's grading of an anchor might as well have
// been any of those at calibration: all orders of them are equally likely, for
// each anchor on its own. So the sum over anchors of how far today's grading is
// from the others is compared with what it would be if one of them, drawn at
// random for each anchor, were today's: an exact permutation test within strata
// (P. Good, "Permutation, Parametric and Bootstrap Tests of Hypotheses" (2005),
// chapter 3). A judge that contradicts itself anyway needs more flips to be
// found out, one that never did is at the fifth flip: (1/5)^5.
type flips struct {
	observed int
	likely   []float64 // of each sum, from 0
}

func (f *flips) add(before [][]bool, now []bool) {
	all := append(slices.Clone(before), now)
	distance := make([]int, len(all))
	widest := 0
	for i, g := range all {
		for _, h := range all {
			distance[i] += differ(g, h)
		}
		widest = max(widest, distance[i])
	}
	f.observed += distance[len(all)-1]
	if f.likely == nil {
		f.likely = []float64{1}
	}
	next := make([]float64, len(f.likely)+widest)
	for sum, p := range f.likely {
		for _, d := range distance {
			next[sum+d] += p / float64(len(all))
		}
	}
	f.likely = next
}

// p is the chance of at least what was observed.
func (f *flips) p() float64 {
	if f.likely == nil {
		return 1
	}
	sum := 0.0
	for _, p := range f.likely[f.observed:] {
		sum += p
	}
	return min(sum, 1)
}

func differ(g, h []bool) int {
	n := 0
	for i := range min(len(g), len(h)) {
		if g[i] != h[i] {
			n++
		}
	}
	return n
}
