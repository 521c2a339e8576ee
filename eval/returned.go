package eval

import (
	"github.com/honehq/hone/eval/lint"
	"github.com/honehq/hone/internal/wording"
)

// Returned is a text of the prompt that a trial put back.
type Returned struct {
	Text string
	Old  string // what it had replaced, and what replaced it again
	Why  string // what the trial found
}

// PutBack is a change that a trial put back, as a rewriter is told of it.
type PutBack struct {
	Added   []string `json:"added,omitempty"`    // guidelines, which the old prompt lacks
	TookOut []string `json:"took_out,omitempty"` // guidelines, which only the old prompt has
	Why     string   `json:"why"`
}

// maxPutBack is how many changes a rewriter is told of, the last ones.
const maxPutBack = 16

func (r Returned) change() PutBack {
	return PutBack{Added: onlyIn(r.Text, r.Old), TookOut: onlyIn(r.Old, r.Text), Why: r.Why}
}

// onlyIn are the guidelines of a text that another one lacks.
func onlyIn(text, other string) []string {
	has := map[string]bool{}
	for _, s := range lint.Sentences(other) {
		has[wording.Fold(s)] = true
	}
	var out []string
	for _, s := range lint.Sentences(text) {
		if !has[wording.Fold(s)] {
			out = append(out, s)
		}
	}
	return out
}

// putBack is what rewriters are told of what trials put back.
func (w *work) putBack() []PutBack {
	var out []PutBack
	for _, r := range w.returned[max(0, len(w.returned)-maxPutBack):] {
		out = append(out, r.change())
	}
	return out
}
