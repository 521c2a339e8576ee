// Package harvest makes cases of what an agent meets: of people's corrections,
// of live questions, and of the documents. What came from a person is proposed,
// and a person decides; what was made of a document must pass checks of its own.
// It stores proposals, and what was looked at.
package harvest

import (
	"context"
	"slices"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
)

// Kind is where a proposal came from.
type Kind string

// The kinds of proposals.
const (
	FromFeedback Kind = "feedback" // a correction: a case for train only
	FromQuestion Kind = "question" // a live question, sampled whatever its rating: any split
)

// Proposal is a case that waits for a person. Its case may be incomplete: then
// whoever accepts it says what is missing.
type Proposal struct {
	ID        string    `json:"id"` // the case's, too
	Agent     string    `json:"agent"`
	Kind      Kind      `json:"kind"`
	Run       string    `json:"run"`
	Case      eval.Case `json:"case"`
	Note      string    `json:"note,omitempty"` // what whoever decides should know
	Files     []string  `json:"-"`              // whose text it quotes
	CreatedAt time.Time `json:"created_at"`
}

// Correction is what a person said would have been right, of a run's answer.
type Correction struct {
	Number   int64 // of the feedback, given by the store
	Run      string
	Question string
	Text     string
	At       time.Time
}

// Question is what a person asked.
type Question struct {
	Run  string
	Text string
	At   time.Time
}

// Wanted tells whether a run's question may become a case: a person asked it,
// no demo, and the run finished.
func Wanted(r agent.Run) bool {
	return slices.Contains([]agent.Origin{agent.FromHTTP, agent.FromCLI, agent.FromSlack}, r.Origin) &&
		slices.Contains([]agent.Status{agent.Answered, agent.NotFound}, r.Status) && r.Error == ""
}

// Store keeps proposals, and which feedback, runs and documents were looked at.
// Missing things wrap fs.ErrNotExist. A proposal goes with its run, and when a
// file that it quotes is deleted.
type Store interface {
	eval.Entrance
	Cases(ctx context.Context, f eval.CaseFilter) ([]eval.StoredCase, error)

	// Corrections returns thumbs down with a correction that are not settled,
	// oldest first, at most limit.
	Corrections(ctx context.Context, agent string, limit int) ([]Correction, error)
	// SettleCorrection marks one as looked at and, in the same transaction,
	// stores what is proposed of it (nil: nothing). A proposal whose ID is or was
	// there already is left alone, decided or not.
	SettleCorrection(ctx context.Context, number int64, p *Proposal) error
	// Questions returns the questions of runs that were Wanted when they were
	// stored and are not settled, oldest first, at most limit.
	Questions(ctx context.Context, agent string, limit int) ([]Question, error)
	// SettleQuestions is SettleCorrection for runs.
	SettleQuestions(ctx context.Context, runs []string, proposals []Proposal) error
	// Proposals returns the open proposals, oldest first.
	Proposals(ctx context.Context, agent string) ([]Proposal, error)
	Proposal(ctx context.Context, agent, id string) (Proposal, error)
	// DeclineProposal closes an open one; its text goes.
	DeclineProposal(ctx context.Context, agent, id string) error

	// HarvestedTexts returns the hashes of texts that were read for cases.
	HarvestedTexts(ctx context.Context, agent string) ([]string, error)
	AddHarvestedText(ctx context.Context, agent, hash string) error
	// TakeHarvest lets one caller make cases for an agent until ttl has passed or
	// EndHarvest; false if another one does. Who has the turn may prolong it.
	TakeHarvest(ctx context.Context, agent, owner string, ttl time.Duration) (bool, error)
	EndHarvest(ctx context.Context, agent, owner string) error
}
