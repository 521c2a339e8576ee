package calibrate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/honehq/hone/eval"
)

// Sheet is a list of answers that can be graded elsewhere. It holds neither
// their arm nor what the judge said.
type Sheet struct {
	Format  string        `json:"format"` // "hone.labels/1"
	Agent   string        `json:"agent"`
	Answers []SheetAnswer `json:"answers"`
}

const sheetFormat = "hone.labels/1"

// SheetAnswer is one answer. Its grader fills in Stated for each fact, or sets
// Skip.
type SheetAnswer struct {
	ID       string      `json:"id"`
	Question string      `json:"question"`
	Expected string      `json:"expected"`
	Answer   string      `json:"answer"`
	Facts    []SheetFact `json:"facts"`
	Skip     bool        `json:"skip,omitempty"`
}

// SheetFact is a fact that the answer states or not.
type SheetFact struct {
	eval.Fact
	Stated *bool `json:"stated"` // null: not decided
}

// NewSheet makes a sheet of the items that are open.
func NewSheet(agent string, items []Item) Sheet {
	s := Sheet{Format: sheetFormat, Agent: agent, Answers: []SheetAnswer{}}
	for _, i := range Open(items) {
		a := SheetAnswer{ID: i.ID, Question: i.Case.Question, Expected: i.Case.Answer, Answer: i.Answer.Answer, Facts: []SheetFact{}}
		for _, f := range i.Case.Facts() {
			a.Facts = append(a.Facts, SheetFact{Fact: f})
		}
		s.Answers = append(s.Answers, a)
	}
	return s
}

// maxSheet bounds a sheet in bytes.
const maxSheet = 64 << 20

// ReadSheet reads a sheet that was filled in.
func ReadSheet(r io.Reader) (Sheet, error) {
	var s Sheet
	d := json.NewDecoder(io.LimitReader(r, maxSheet))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("sheet of labels: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return s, errors.New("sheet of labels: something follows it")
	}
	if s.Format != sheetFormat {
		return s, fmt.Errorf("sheet of labels: the format is %q, not %q", s.Format, sheetFormat)
	}
	return s, nil
}

// Labels returns what was filled in, by item: answers that are decided whole,
// and skipped ones. It refuses answers and facts that are not among items, and
// texts that were changed: a label is worth nothing if it is about another
// text.
func (s Sheet) Labels(items []Item, by string, at time.Time) (map[string]Label, error) {
	known := map[string]Item{}
	for _, i := range items {
		known[i.ID] = i
	}
	out := map[string]Label{}
	for n, a := range s.Answers {
		item, ok := known[a.ID]
		if !ok {
			return nil, fmt.Errorf("sheet of labels: answers[%d]: no answer has the id %.60q", n, a.ID)
		}
		if a.Answer != item.Answer.Answer || a.Question != item.Case.Question {
			return nil, fmt.Errorf("sheet of labels: answers[%d]: the text of %s was changed", n, a.ID)
		}
		l := Label{Facts: map[string]bool{}, By: by, At: at, Skipped: a.Skip}
		facts := map[string]bool{}
		for _, f := range item.Case.Facts() {
			facts[f.ID] = true
		}
		for _, f := range a.Facts {
			if !facts[f.ID] {
				return nil, fmt.Errorf("sheet of labels: answers[%d]: %s has no fact %.60q", n, a.ID, f.ID)
			}
			if f.Stated != nil {
				l.Facts[f.ID] = *f.Stated
			}
		}
		if a.Skip || len(l.Facts) == len(facts) {
			out[a.ID] = l
		}
	}
	return out, nil
}

// Twins are the open items with the same answer to the same question as one: a
// label of it is one of theirs.
func Twins(items []Item, of Item) []Item {
	var out []Item
	for _, i := range Open(items) {
		if i.ID != of.ID && i.Case.ID == of.Case.ID && i.Answer.Answer == of.Answer.Answer {
			out = append(out, i)
		}
	}
	return out
}
