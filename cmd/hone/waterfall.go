package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/traces"
)

// mostRows is how many steps of a trace are shown unless all are asked for.
const mostRows = 200

// printWaterfall draws a trace as wide as the terminal, or 80 columns, with at
// most so many steps; 0: all.
func printWaterfall(w io.Writer, spans []otel.Span, most int) {
	drawWaterfall(w, newPainter(w), columns(w), spans, most)
}

func drawWaterfall(w io.Writer, p painter, width int, spans []otel.Span, most int) {
	if len(spans) == 0 {
		return
	}
	rows := otel.Waterfall(spans, most)
	c := canvas{painter: p}
	c.fit(width, rows)
	fmt.Fprintln(w, c.headline(spans, width))
	left := 0
	for _, r := range rows {
		fmt.Fprintln(w, c.line(r))
		left += r.Left
	}
	if left > 0 {
		fmt.Fprintln(w, c.dim(fmt.Sprintf("%d spans are left out: those that took least. All of them: --all", left)))
	}
}

func columns(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return 80
}

// canvas knows how wide the columns of a waterfall are: the tree of names, bars
// over time, durations, and as much as there is room for of what tells most.
type canvas struct {
	painter
	names, bars, facts int
}

const (
	timeColumn = 7 // "123.4ms"
	gap        = 2
)

func (c *canvas) fit(width int, rows []otel.Row) {
	c.bars = min(max(width/6, 10), 40)
	if width < 50 {
		c.bars = 0 // names say more
	}
	rest := width - c.bars - timeColumn - 3*gap
	for _, r := range rows {
		c.names = max(c.names, runes(r.Tree+title(r)))
	}
	if width >= 50 {
		rest = max(16, rest*5/8)
	}
	c.names = min(c.names, max(8, rest))
	c.facts = max(0, width-c.bars-timeColumn-3*gap-c.names)
}

func (c *canvas) headline(spans []otel.Span, width int) string {
	failed := 0
	start, end := spans[0].Start, spans[0].End
	for _, s := range spans {
		if s.Status == "error" {
			failed++
		}
		if s.Start.Before(start) {
			start = s.Start
		}
		if s.End.After(end) {
			end = s.End
		}
	}
	type part struct {
		text  string
		paint func(string) string
	}
	plain := func(s string) string { return s }
	parts := []part{
		{"trace " + clean(spans[0].TraceID), c.bold}, {start.Local().Format(time.DateTime), plain},
		{traces.Took(end.Sub(start)), plain}, {fmt.Sprintf("%d spans", len(spans)), plain},
	}
	if failed > 0 {
		parts = append(parts, part{fmt.Sprintf("%d failed", failed), c.red})
	}
	line, used := "", 0
	for i, p := range parts {
		switch {
		case i > 0 && used+gap+runes(p.text) > width:
			line, used = line+"\n", 0
		case i > 0:
			line, used = line+"  ", used+gap
		}
		line, used = line+p.paint(p.text), used+runes(p.text)
	}
	return line
}

func (c *canvas) line(r otel.Row) string {
	tree := r.Tree
	if room := c.names * 2 / 3; runes(tree) > room { // deep below: where it hangs is what matters
		tree = "…" + string([]rune(tree)[runes(tree)-room+1:])
	}
	name := shorten(clean(title(r)), max(1, c.names-runes(tree)))
	pad := strings.Repeat(" ", max(0, c.names-runes(tree+name))+gap)
	paint, whisper := c.colour(r), c.dim
	if r.Status == "error" {
		whisper = c.red
	}
	bar := strings.Repeat(" ", c.bars)
	if r.Left == 0 && c.bars > 0 {
		bar = stripe(r, c.bars)
	}
	line := c.dim(tree) + paint(name) + pad + paint(bar) + fmt.Sprintf("%*s", timeColumn+gap, traces.Took(r.Busy))
	if facts := strings.Join(strings.Fields(clean(strings.Join(r.Facts, ", "))), " "); facts != "" && c.facts > 0 {
		line += strings.Repeat(" ", gap) + whisper(shorten(facts, c.facts))
	}
	return line
}

// colour tells failures, models and statements apart.
func (c *canvas) colour(r otel.Row) func(string) string {
	switch {
	case r.Status == "error":
		return c.red
	case r.Left > 0, strings.HasPrefix(r.Label, "sql "):
		return c.dim
	case strings.HasPrefix(r.Label, "chat "):
		return c.cyan
	}
	return func(s string) string { return s }
}

func title(r otel.Row) string {
	if r.Left > 0 {
		return fmt.Sprintf("… %d left out", r.Left)
	}
	if r.Count > 1 {
		return fmt.Sprintf("%s ×%d", r.Label, r.Count)
	}
	return r.Label
}

// stripe shows when a row's spans ran. However short, there is something to see.
func stripe(r otel.Row, width int) string {
	first := min(int(r.From*float64(width)), width-1)
	length := min(int((r.To-r.From)*float64(width)+0.5), width-first)
	block := "█"
	if length < 1 {
		block, length = "▏", 1
	}
	return strings.Repeat(" ", first) + strings.Repeat(block, length) + strings.Repeat(" ", width-first-length)
}

func runes(s string) int { return utf8.RuneCountInString(s) }
