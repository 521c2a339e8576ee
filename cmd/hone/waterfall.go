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
)

// printWaterfall draws a trace as wide as the terminal, or 80 columns.
func printWaterfall(w io.Writer, spans []otel.Span) {
	drawWaterfall(w, newPainter(w), columns(w), spans)
}

func drawWaterfall(w io.Writer, p painter, width int, spans []otel.Span) {
	if len(spans) == 0 {
		return
	}
	rows := otel.Waterfall(spans, 0)
	c := canvas{painter: p}
	c.fit(width, rows)
	fmt.Fprintln(w, c.headline(spans))
	for _, r := range rows {
		fmt.Fprintln(w, c.line(r))
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
	rest := width - c.bars - timeColumn - 3*gap
	for _, r := range rows {
		c.names = max(c.names, runes(r.Tree+title(r)))
	}
	c.names = min(c.names, max(16, rest*5/8))
	c.facts = max(0, rest-c.names)
}

func (c *canvas) headline(spans []otel.Span) string {
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
	line := c.bold("trace " + clean(spans[0].TraceID))
	line += fmt.Sprintf("  %s  %s  %d spans", start.Local().Format(time.DateTime), brief(end.Sub(start)), len(spans))
	if failed > 0 {
		line += "  " + c.red(fmt.Sprintf("%d failed", failed))
	}
	return line
}

func (c *canvas) line(r otel.Row) string {
	name := shorten(clean(title(r)), max(1, c.names-runes(r.Tree)))
	pad := strings.Repeat(" ", max(0, c.names-runes(r.Tree+name))+gap)
	paint, whisper := c.colour(r), c.dim
	if r.Status == "error" {
		whisper = c.red
	}
	line := c.dim(r.Tree) + paint(name) + pad + paint(stripe(r, c.bars)) + fmt.Sprintf("%*s", timeColumn+gap, brief(r.Busy))
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
	case strings.HasPrefix(r.Label, "sql "):
		return c.dim
	case strings.HasPrefix(r.Label, "chat "):
		return c.cyan
	}
	return func(s string) string { return s }
}

func title(r otel.Row) string {
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

// brief prints a duration to three digits or so.
func brief(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}

func runes(s string) int { return utf8.RuneCountInString(s) }
