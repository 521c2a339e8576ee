// Package roundpage shows improvement rounds to people: plots, and a page of one
// round or of all. It stores nothing.
package roundpage

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/honehq/hone/eval"
)

// Colours that stay apart for the colour-blind, on white and on black paper
// (M. Okabe and K. Ito, Color Universal Design, 2008).
var (
	blue   = color.RGBA{0, 114, 178, 255}
	orange = color.RGBA{213, 94, 0, 255}
	green  = color.RGBA{0, 158, 115, 255}
	grey   = color.RGBA{128, 128, 128, 255}
)

// Size of a plot.
const (
	width  = 17 * vg.Centimeter
	height = 8 * vg.Centimeter
)

// Write draws a plot as "svg" or "png".
func Write(w io.Writer, p *plot.Plot, format string) error {
	if format != "svg" && format != "png" {
		return fmt.Errorf("plots are drawn as svg or png, not as %q", format)
	}
	c, err := p.WriterTo(width, height, format)
	if err != nil {
		return err
	}
	_, err = c.WriteTo(w)
	return err
}

func svg(p *plot.Plot) ([]byte, error) {
	var out bytes.Buffer
	err := Write(&out, p, "svg")
	return out.Bytes(), err
}

func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding = vg.Points(6)
	p.X.Padding = vg.Points(8)
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	return p
}

// Evidence draws how the e-value of a gate entry grew, cluster by cluster, on a
// logarithmic scale, and what was asked for.
func Evidence(g eval.GateReport) (*plot.Plot, error) {
	p := newPlot("Evidence that the candidate is better", "sealed clusters", "e-value")
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	path := plotter.XYs{{X: 0, Y: 1}}
	low, high := 0.5, 2*g.Needed
	for i, e := range g.E {
		e = max(e, 1e-9) // a wealth of 0 has no logarithm
		path = append(path, plotter.XY{X: float64(i + 1), Y: e})
		low, high = min(low, e), max(high, e)
	}
	end := float64(max(g.Clusters, 1))
	if err := line(p, "e-value", blue, false, path); err != nil {
		return nil, err
	}
	if err := line(p, fmt.Sprintf("asked for: %.0f", g.Needed), orange, true, plotter.XYs{{X: 0, Y: g.Needed}, {X: end, Y: g.Needed}}); err != nil {
		return nil, err
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, end, low, high
	p.Legend.Top = false
	return p, nil
}

func line(p *plot.Plot, name string, c color.Color, dashed bool, at plotter.XYs) error {
	l, err := plotter.NewLine(at)
	if err != nil {
		return err
	}
	l.Color, l.Width = c, vg.Points(1.5)
	if dashed {
		l.Dashes = []vg.Length{vg.Points(5), vg.Points(3)}
	}
	p.Add(l)
	p.Legend.Add(name, l)
	return nil
}

// Changes draws the differences of a comparison's shares with their intervals.
func Changes(c eval.Comparison) (*plot.Plot, error) {
	p := newPlot("What changed, with 95 % intervals by cluster", "difference", "")
	var names []string
	var at intervals
	for _, ch := range c.Changes {
		if ch.Metric == eval.Characters || ch.Metric == eval.Seconds || ch.Metric == eval.Tokens {
			continue // no shares
		}
		at.add(ch.Difference.Estimate, float64(len(names)), ch.Difference.Low, ch.Difference.High)
		names = append(names, ch.Metric.Words())
	}
	if err := at.drawX(p, blue); err != nil {
		return nil, err
	}
	zero, err := plotter.NewLine(plotter.XYs{{X: 0, Y: -0.5}, {X: 0, Y: float64(len(names)) - 0.5}})
	if err != nil {
		return nil, err
	}
	zero.Color = grey
	p.Add(zero)
	p.NominalY(names...)
	margin := (p.X.Max - p.X.Min) / 20
	p.X.Min, p.X.Max = p.X.Min-margin, p.X.Max+margin
	return p, nil
}

// Learning draws how scores grew over an agent's rounds, oldest first: that of
// the prompt in use on train when a round began, and that of the round's best
// candidate on dev; promotions are marked. Rounds without scores are left out.
func Learning(rounds []eval.RoundReport) (*plot.Plot, error) {
	p := newPlot("Scores over rounds", "round", "score")
	var train, candidates, promotions intervals
	for i, r := range rounds {
		x := float64(i + 1)
		if f, ok := scoreOf(r.Train); ok {
			train.add(x, f.Estimate, f.Low, f.High)
			if r.State == eval.Promoted {
				promotions.add(x, f.Estimate, f.Estimate, f.Estimate)
			}
		}
		if r.Dev != nil && r.Dev.ByCluster.Cases > 0 {
			y := r.Dev.ByCluster.After
			candidates.add(x, y, y, y)
		}
	}
	if err := train.drawY(p, "prompt in use, on train, cases weighing the same", blue, draw.CircleGlyph{}, 3.5, true); err != nil {
		return nil, err
	}
	if err := candidates.drawY(p, "best candidate, on dev, clusters weighing the same", orange, draw.TriangleGlyph{}, 3.5, false); err != nil {
		return nil, err
	}
	if err := promotions.drawY(p, "promoted in this round", green, draw.RingGlyph{}, 7, false); err != nil {
		return nil, err
	}
	p.X.Min, p.X.Max = 0.5, float64(len(rounds))+0.5
	p.X.Tick.Marker = plot.TickerFunc(wholeNumbers)
	p.Y.Min, p.Y.Max = 0, 1
	p.Legend.Top = false
	return p, nil
}

func scoreOf(r *eval.Report) (eval.Figure, bool) {
	if r == nil || len(r.Rows) == 0 {
		return eval.Figure{}, false
	}
	return r.Rows[0].Figure(eval.MetricScore)
}

// wholeNumbers are the ticks of an axis that counts, at most a dozen of them.
func wholeNumbers(low, high float64) []plot.Tick {
	step := math.Ceil((high - low) / 12)
	var out []plot.Tick
	for v := math.Max(1, math.Ceil(low)); v <= high; v += max(step, 1) {
		out = append(out, plot.Tick{Value: v, Label: fmt.Sprintf("%.0f", v)})
	}
	return out
}

// intervals are points with error bars.
type intervals struct {
	plotter.XYs
	plotter.XErrors
	plotter.YErrors
}

// add takes the point and the ends of its interval, which lies along the axis
// that it is drawn on.
func (v *intervals) add(x, y, low, high float64) {
	v.XYs = append(v.XYs, plotter.XY{X: x, Y: y})
	v.XErrors = append(v.XErrors, struct{ Low, High float64 }{low - x, high - x})
	v.YErrors = append(v.YErrors, struct{ Low, High float64 }{low - y, high - y})
}

func (v *intervals) drawX(p *plot.Plot, c color.Color) error {
	if len(v.XYs) == 0 {
		return nil
	}
	bars, err := plotter.NewXErrorBars(v)
	if err != nil {
		return err
	}
	bars.Color = c
	p.Add(bars)
	return v.points(p, "", c, draw.CircleGlyph{}, 3.5)
}

func (v *intervals) drawY(p *plot.Plot, name string, c color.Color, shape draw.GlyphDrawer, radius vg.Length, joined bool) error {
	if len(v.XYs) == 0 {
		return nil
	}
	if joined {
		l, err := plotter.NewLine(v.XYs)
		if err != nil {
			return err
		}
		l.Color = c
		bars, err := plotter.NewYErrorBars(v)
		if err != nil {
			return err
		}
		bars.Color = c
		p.Add(l, bars)
	}
	return v.points(p, name, c, shape, radius)
}

func (v *intervals) points(p *plot.Plot, name string, c color.Color, shape draw.GlyphDrawer, radius vg.Length) error {
	s, err := plotter.NewScatter(v.XYs)
	if err != nil {
		return err
	}
	s.Shape, s.Color, s.Radius = shape, c, radius
	p.Add(s)
	if name != "" {
		p.Legend.Add(name, s)
	}
	return nil
}
