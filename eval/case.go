// Package eval measures an agent and improves its prompt: cases, graders, a
// judge, a rewriter, and rounds that put a prompt in use only through the gate.
// It stores cases, scores, rounds and their certificates.
package eval

import "time"

// Case is a question with what a right answer holds. Its JSON is the format of
// case files, one case a line.
type Case struct {
	ID       string     `json:"id"`
	Question string     `json:"question"`
	Kind     string     `json:"kind,omitempty"` // runbook, postmortem, handbook, design
	Type     CaseType   `json:"type,omitempty"`
	Style    string     `json:"style,omitempty"` // lexical or paraphrase
	Answer   string     `json:"answer,omitempty"`
	Nuggets  []Nugget   `json:"nuggets,omitempty"`
	Docs     []string   `json:"docs,omitempty"` // gold documents, as paths in their source
	Evidence []Evidence `json:"evidence,omitempty"`
}

// CaseType is the kind of question.
type CaseType string

// Unanswerable marks a question that the documents don't answer: the right
// answer is to say so. Other types are free.
const Unanswerable CaseType = "unanswerable"

// Nugget is an atomic fact. An answer holds it if it contains one of AnyOf,
// compared case-insensitively with white space folded.
type Nugget struct {
	Text  string   `json:"text"`
	Vital bool     `json:"vital"`
	AnyOf []string `json:"any_of"`
}

// Evidence is where the documents say it, verbatim.
type Evidence struct {
	Doc   string `json:"doc"`
	Quote string `json:"quote"`
}

// Split says what a case is used for. It is decided once, by cluster.
type Split string

// The splits. Sealed cases reach only the agent that answers them and the
// judge that grades them, until they retire.
const (
	Train  Split = "train"  // the rewriter may read its failures
	Dev    Split = "dev"    // screens candidates
	Sealed Split = "sealed" // the gate
)

// StoredCase is a case in an agent's collection.
type StoredCase struct {
	Case
	Agent   string
	Split   Split
	Cluster string // cases about the same documents share one
	Order   int64  // sealed clusters are used in this random order, drawn on entry
	Retired time.Time
	AddedAt time.Time
	From    string // "file sample", "feedback run_…"
}
