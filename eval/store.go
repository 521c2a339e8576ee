package eval

import (
	"context"

	"github.com/honehq/hone/prompts"
)

// Store keeps cases and rounds. Missing things wrap fs.ErrNotExist.
type Store interface {
	CaseStore
	RoundStore
	RoundControl
	Answers
	Schedule
}

// CaseFilter selects cases.
type CaseFilter struct {
	Agent   string
	Split   Split // empty: all
	Retired bool  // retired ones, too
}

// CaseStore keeps cases. How they come in is an Entrance's matter.
type CaseStore interface {
	// Cases returns cases by Order, then ID.
	Cases(ctx context.Context, f CaseFilter) ([]StoredCase, error)
	// DeleteCases forgets cases that no gate entry has used.
	DeleteCases(ctx context.Context, agent string, ids []string) (int, error)
}

// Promotion is the prompt that a round puts in use.
type Promotion struct {
	Prompt prompts.Prompt // ID, Text, Variables, Author, Reason
	Based  int            // the champion; it must be in use still
	// Canary is the share of threads that get the prompt while it is on trial,
	// see package rollout; 0 or 1: there is no trial.
	Canary float64
}

// RoundStore keeps rounds.
type RoundStore interface {
	// PutRound creates or updates a round, but for its Progress. If the round's
	// Turn is not empty, it returns ErrTurnLost, having changed nothing, unless
	// the agent's turn is this owner's in the same transaction.
	PutRound(ctx context.Context, r Round) error
	// EndRound stores the final state of a round and, in the same transaction,
	// puts its promotion (if not nil) in use, retires the cases that it names,
	// with all others of their clusters, and forgets what Answers kept of it. It returns the round with Promoted filled in; or,
	// having changed nothing, prompts.ErrStale if Based is no longer in use,
	// and ErrTurnLost as PutRound does.
	EndRound(ctx context.Context, r Round, p *Promotion) (Round, error)
	Round(ctx context.Context, id string) (Round, error)
	// Rounds returns an agent's rounds, newest first; limit 0: all.
	Rounds(ctx context.Context, agent string, limit int) ([]Round, error)
	// Entries returns what an agent's rounds spent at the gate, oldest first.
	Entries(ctx context.Context, agent string) ([]Entered, error)
}

// Entered is a round that opened an entry to the gate, without its evidence.
type Entered struct {
	ID    string
	State State
	Alpha float64
	Won   bool
}
