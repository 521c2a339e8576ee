package main

import (
	"bytes"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// Colours that stay apart for the colour-blind (M. Okabe and K. Ito, Color
// Universal Design, 2008).
var palette = []color.RGBA{
	{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {230, 159, 0, 255}, {86, 180, 233, 255},
}

// curve is a line of a plot.
type curve struct {
	name   string
	points plotter.XYs
	dashed bool
}

func draw2d(title, x, y string, top float64, curves ...curve) ([]byte, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding, p.X.Padding = vg.Points(6), vg.Points(8)
	p.BackgroundColor = color.White
	p.Add(plotter.NewGrid())
	p.Y.Min, p.Y.Max = 0, top
	p.Legend.Top, p.Legend.Left = true, true
	for i, c := range curves {
		l, err := plotter.NewLine(c.points)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", title, c.name, err)
		}
		l.Color, l.Width = palette[i%len(palette)], vg.Points(1.5)
		if c.dashed {
			l.Dashes, l.Color = []vg.Length{vg.Points(4), vg.Points(3)}, color.Gray{100}
		}
		p.Add(l)
		p.Legend.Add(c.name, l)
	}
	w, err := p.WriterTo(18*vg.Centimeter, 10*vg.Centimeter, "svg")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", title, err)
	}
	var out bytes.Buffer
	_, err = w.WriteTo(&out)
	return out.Bytes(), err
}

func (f findings) plots() (map[string][]byte, error) {
	out := map[string][]byte{}
	for name, draw := range map[string]func() ([]byte, error){
		"gate-null.svg": f.plotNull, "gate-power.svg": f.plotPower, "gate-guardrails.svg": f.plotRails,
	} {
		svg, err := draw()
		if err != nil {
			return nil, err
		}
		out[name] = svg
	}
	return out, nil
}

// plotNull shows how the chance of a false promotion grows with the rounds.
func (f findings) plotNull() ([]byte, error) {
	var curves []curve
	for _, row := range f.nulls {
		if row.scenario != "peeking after each cluster" {
			continue
		}
		c := curve{name: row.rule}
		for round, v := range row.by {
			c.points = append(c.points, plotter.XY{X: float64(round), Y: v})
		}
		curves = append(curves, c)
	}
	curves = append(curves, curve{name: "0.05", dashed: true, points: plotter.XYs{{X: 0, Y: 0.05}, {X: rounds, Y: 0.05}}})
	return draw2d("Agents with a false promotion, of candidates that are no better", "rounds", "share of histories", 1.45, curves...)
}

// plotPower shows the power at the first entry by clusters.
func (f findings) plotPower() ([]byte, error) {
	var curves []curve
	for _, c := range []struct {
		gain    float64
		repeats int
	}{{0.10, 5}, {0.10, 1}, {0.05, 5}, {0.05, 1}} {
		line := curve{name: fmt.Sprintf("+%.0f points, r = %d", 100*c.gain, c.repeats), points: plotter.XYs{{X: 0, Y: 0}}}
		for _, row := range f.powers {
			if row.even && row.entry == 1 && row.gain == c.gain && row.repeats == c.repeats {
				line.points = append(line.points, plotter.XY{X: float64(row.clusters), Y: row.gate.value()})
			}
		}
		curves = append(curves, line)
	}
	return draw2d("Chance that the first entry finds a true gain", "sealed clusters", "power", 1.3, curves...)
}

// plotRails shows the error of each test of a guardrail.
func (f findings) plotRails() ([]byte, error) {
	curves := []curve{{name: "bets"}, {name: "bootstrap (BCa)"}, {name: "t-test"}}
	low, high := math.Inf(1), math.Inf(-1)
	for _, row := range f.rails {
		if row.candidate != lossesOnly {
			continue
		}
		x := float64(row.clusters)
		low, high = min(low, x), max(high, x)
		for i, s := range []share{row.bets, row.boot, row.tTests} {
			curves[i].points = append(curves[i].points, plotter.XY{X: x, Y: s.value()})
		}
	}
	curves = append(curves, curve{name: "0.05", dashed: true, points: plotter.XYs{{X: low, Y: gateError}, {X: high, Y: gateError}}})
	return draw2d("A guardrail holds though the candidate is worse by the margin", "sealed clusters", "share of entries", 0.3, curves...)
}
