package roundpage

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/diff"
	"gonum.org/v1/plot"

	"github.com/honehq/hone/eval"
)

//go:embed round.html rounds.html style.css
var files embed.FS

// Policy is the Content-Security-Policy under which the pages work: no script,
// no other host, pictures only within the page.
var Policy = func() string {
	sum := sha256.Sum256(style)
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
}()

var style = func() []byte {
	b, err := files.ReadFile("style.css")
	if err != nil {
		panic(err) // it is in the binary
	}
	return b
}()

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"style":  func() template.CSS { return template.CSS(style) }, //nolint:gosec // ours
	"points": func(x float64) string { return fmt.Sprintf("%+.1f", 100*x) },
	"share":  func(x float64) string { return fmt.Sprintf("%.3f", x) },
	"number": func(x float64) string { return fmt.Sprintf("%.4g", x) },
	"moment": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") },
	"short":  func(s string) string { return s[:min(12, len(s))] },
}).ParseFS(files, "*.html"))

// Round writes the page of a round. questions gives the text of cases by ID, as
// far as they may be seen and are there still.
func Round(w io.Writer, r eval.RoundReport, questions map[string]string) error {
	view := roundView{RoundReport: r, Took: r.Ended.Sub(r.Started).Round(time.Second), BudgetSet: r.Budget != (eval.Budget{})}
	if r.After != nil {
		view.Diff = lines(r.Before.Text, r.After.Text)
	}
	for _, c := range r.Candidates {
		view.Proposals = append(view.Proposals, proposal{c, r.After != nil && c.Hash == r.After.Hash})
	}
	for _, split := range []eval.Split{eval.Train, eval.Dev, eval.Sealed} {
		if s := changesOf(split, r.Questions, questions); s.Cases > 0 {
			view.Splits = append(view.Splits, s)
		}
	}
	var err error
	if r.Dev != nil {
		if view.DevPlot, err = picture(Changes(*r.Dev)); err != nil {
			return err
		}
	}
	if r.Gate != nil {
		if view.Evidence, err = picture(Evidence(*r.Gate)); err != nil {
			return err
		}
	}
	return pages.ExecuteTemplate(w, "round.html", view)
}

// Rounds writes the page of an agent's rounds, oldest first, with their learning
// curve. address gives the address of a round's own page.
func Rounds(w io.Writer, agent string, rounds []eval.RoundReport, address func(round string) string) error {
	view := roundsView{Agent: agent}
	for _, r := range slices.Backward(rounds) {
		view.Rounds = append(view.Rounds, roundLine{r, address(r.ID)})
	}
	if len(rounds) > 0 {
		var err error
		if view.Learning, err = picture(Learning(rounds)); err != nil {
			return err
		}
	}
	return pages.ExecuteTemplate(w, "rounds.html", view)
}

type roundsView struct {
	Agent    string
	Rounds   []roundLine // newest first
	Learning template.URL
}

type roundLine struct {
	eval.RoundReport
	Address string
}

type roundView struct {
	eval.RoundReport
	Took      time.Duration
	BudgetSet bool
	Diff      []diffLine
	Proposals []proposal
	Splits    []splitView
	DevPlot   template.URL
	Evidence  template.URL
}

type proposal struct {
	eval.CandidateRecord
	Chosen bool
}

// splitView is how the cases of a split changed; those that didn't are counted.
type splitView struct {
	Split         eval.Split
	Cases         int
	Better, Worse int
	Changed       []question // the largest change first
}

type question struct {
	eval.CaseChange
	Text string
}

// Change is the difference of the scores.
func (q question) Change() float64 { return q.After - q.Before }

func changesOf(split eval.Split, all []eval.CaseChange, texts map[string]string) splitView {
	out := splitView{Split: split}
	for _, c := range all {
		if c.Split != split {
			continue
		}
		out.Cases++
		switch {
		case c.After > c.Before:
			out.Better++
		case c.After < c.Before:
			out.Worse++
		default:
			continue
		}
		out.Changed = append(out.Changed, question{c, texts[c.ID]})
	}
	slices.SortStableFunc(out.Changed, func(x, y question) int { return cmp.Compare(y.Change(), x.Change()) })
	return out
}

// diffLine is a line of a prompt's difference; Kind is "add", "del" or "".
type diffLine struct{ Kind, Text string }

func lines(before, after string) []diffLine {
	text := func(s string) []byte { return []byte(strings.TrimRight(s, "\n") + "\n") }
	var out []diffLine
	for l := range strings.SplitSeq(strings.TrimRight(string(diff.Diff("before", text(before), "after", text(after))), "\n"), "\n") {
		switch {
		case strings.HasPrefix(l, "diff "), strings.HasPrefix(l, "--- "), strings.HasPrefix(l, "+++ "), strings.HasPrefix(l, "@@"):
		case strings.HasPrefix(l, "+"):
			out = append(out, diffLine{"add", l})
		case strings.HasPrefix(l, "-"):
			out = append(out, diffLine{"del", l})
		default:
			out = append(out, diffLine{"", l})
		}
	}
	return out
}

// picture puts a plot into an address, so that the page needs no other file.
func picture(p *plot.Plot, err error) (template.URL, error) {
	if err != nil {
		return "", err
	}
	b, err := svg(p)
	return template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(b)), err //nolint:gosec // ours
}
