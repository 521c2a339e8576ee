package traces

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/honehq/hone/otel"
)

//go:embed page
var files embed.FS

// Policy is the Content-Security-Policy under which the pages work: no script,
// no other host, forms that stay here.
var Policy = func() string {
	sum := sha256.Sum256(style)
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}()

var style = func() []byte {
	b, err := files.ReadFile("page/style.css")
	if err != nil {
		panic(err) // it is in the binary
	}
	return b
}()

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"style":   func() template.CSS { return template.CSS(style) }, //nolint:gosec // ours
	"moment":  func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") },
	"took":    Took,
	"seconds": func(s float64) string { return Took(time.Duration(s * float64(time.Second))) },
	"short":   func(s string) string { return s[:min(12, len(s))] },
	"words":   func(s string) string { return strings.ReplaceAll(s, "_", " ") },
	"score":   func(s *float64) string { return number(s, "%.3g") },
	"dollars": Dollars,
	"percent": func(share float64) string { return fmt.Sprintf("%+.0f %%", 100*share) },
}).ParseFS(files, "page/*.html"))

// Took prints a duration to three digits or so.
func Took(d time.Duration) string {
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

// Dollars prints a cost; nil is one that is not known.
func Dollars(usd *float64) string { return number(usd, "$%.4g") }

func number(n *float64, format string) string {
	if n == nil {
		return "–"
	}
	return fmt.Sprintf(format, *n)
}

// ListPage is the page of traces.
type ListPage struct {
	Filter  FilterForm
	Lines   []otel.TraceSummary
	Next    string // the query of the page after this one; empty: there is none
	Missing string // why no traces are kept here, if that is so
}

// FilterForm is the page's form as it was filled in.
type FilterForm struct {
	All                                             bool // also traces without an answer
	Errors                                          bool
	Status, Agent, Thread, Origin, Prompt, Question string
	Slower, Since, Until                            string
}

// Statuses are those that the form offers.
func (FilterForm) Statuses() []string { return []string{"answered", "not_found", "degraded"} }

// List writes the page of traces.
func List(w io.Writer, p ListPage) error { return pages.ExecuteTemplate(w, "list.html", p) }

// mostRows bounds the page of a trace, which a browser must lay out.
const mostRows = 500

// One writes the page of a trace with the accounts of its answers.
func One(w io.Writer, spans []otel.Span, answers []Account) error {
	view := traceView{ID: spans[0].TraceID, Spans: len(spans), Answers: answers, Started: spans[0].Start}
	end := spans[0].End
	for _, s := range spans {
		if s.Status == "error" {
			view.Failed++
		}
		if s.Start.Before(view.Started) {
			view.Started = s.Start
		}
		if s.End.After(end) {
			end = s.End
		}
	}
	view.Took = end.Sub(view.Started)
	for _, r := range otel.Waterfall(spans, mostRows) {
		view.Rows = append(view.Rows, newRowView(r))
	}
	return pages.ExecuteTemplate(w, "trace.html", view)
}

type traceView struct {
	ID      string
	Started time.Time
	Took    time.Duration
	Spans   int
	Failed  int
	Answers []Account
	Rows    []rowView
}

// rowView is a row as the page draws it: bars in a picture 1000 wide.
type rowView struct {
	otel.Row
	X, Width   float64
	Kind       string // its class: what it is by its colour
	Facts      string
	Attributes []attributeView
}

type attributeView struct{ Key, Value string }

func newRowView(r otel.Row) rowView {
	view := rowView{Row: r, X: math.Round(1000 * r.From), Kind: "step", Facts: strings.Join(r.Facts, ", ")}
	view.Width = max(3, math.Round(1000*r.To)-view.X)
	view.X = min(view.X, 1000-view.Width)
	switch {
	case r.Status == "error":
		view.Kind = "failed"
	case strings.HasPrefix(r.Label, "sql "):
		view.Kind = "sql"
	case strings.HasPrefix(r.Label, "chat "), strings.HasPrefix(r.Label, "embeddings "):
		view.Kind = "model"
	case strings.HasPrefix(r.Label, "execute_tool "), strings.HasPrefix(r.Label, "search_"):
		view.Kind = "tool"
	}
	for _, key := range slices.Sorted(maps.Keys(r.Attributes)) {
		view.Attributes = append(view.Attributes, attributeView{key, fmt.Sprint(r.Attributes[key])})
	}
	for _, e := range r.Events {
		view.Attributes = append(view.Attributes, attributeView{"event after " + Took(e.At.Sub(r.Start)), e.Name + " " + attributesText(e.Attributes)})
	}
	return view
}

func attributesText(attributes map[string]any) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		parts = append(parts, fmt.Sprintf("%s=%v", key, attributes[key]))
	}
	return strings.Join(parts, " ")
}

// Both writes the page that compares two answers.
func Both(w io.Writer, c Comparison) error {
	return pages.ExecuteTemplate(w, "compare.html", compareView{c, []row{
		{"status", c.A.Outcome(), c.B.Outcome()},
		{"agent", c.A.Agent, c.B.Agent},
		{"prompt", c.A.Prompt.Name(), c.B.Prompt.Name()},
		{"model", c.A.Model, c.B.Model},
		{"error", c.A.Error, c.B.Error},
	}})
}

type compareView struct {
	Comparison
	Facts []row
}

type row struct{ What, A, B string }

// Differs tells whether both sides say something else.
func (r row) Differs() bool { return r.A != r.B }

// Name is the version for people.
func (p Prompt) Name() string {
	if p.Version == 0 {
		return cmp.Or(p.ID, "–")
	}
	return fmt.Sprintf("v%d", p.Version)
}

// Text is a number of a change for people: of A and of B.
func (c Change) Text() [2]string {
	one := func(n *float64) string {
		switch {
		case c.What == "cost":
			return Dollars(n)
		case c.What == "seconds" && n != nil:
			return Took(time.Duration(*n * float64(time.Second)))
		}
		return number(n, "%.0f")
	}
	return [2]string{one(c.A), one(c.B)}
}
