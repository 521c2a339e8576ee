package eval

import (
	"context"
	"encoding/json"

	"github.com/honehq/hone/agent"
)

// Answers keeps what the work of a round has brought forth and cost: answers
// with their grades, and proposals. A round is a function of its seed and of
// these results, so whoever resumes it replays it from them and pays for none
// of them again.
//
// When a round ends, EndRound forgets its results but the answers to train and
// dev cases, with their text, and keeps those of the agent's last RoundsKept
// rounds, for people to label. When a document is deleted, results that cite it
// go, too.
type Answers interface {
	// Record stores a result of a running round, unless there is one under its
	// key, and returns the one that is stored. It wraps fs.ErrNotExist if the
	// round is not running. What cites a deleted file is returned unstored.
	Record(ctx context.Context, r Recorded) (json.RawMessage, error)
	// Recorded returns all results of a round that are kept, in no order.
	Recorded(ctx context.Context, round string) ([]Recorded, error)
	// ForgetRecorded forgets all results of a round.
	ForgetRecorded(ctx context.Context, round string) error
}

// RoundsKept is how many of an agent's ended rounds keep their answers to train
// and dev cases.
const RoundsKept = 3

// Recorded is a result with its key.
type Recorded struct {
	RecordKey
	Files  []string // cited ones
	Result json.RawMessage
}

// RecordKey names a result: the same key, the same result.
type RecordKey struct {
	Round      string
	Kind       RecordKind
	Conditions string // hash of the conditions
	Prompt     string // hash of the prompt's text, or of the request of a proposal
	Case       string // ID
	Repeat     int    // from 0
}

// RecordKind is what a result is.
type RecordKind string

// The kinds. The result of OfTrain, OfDev and OfSealed is a RecordedAnswer.
const (
	OfPlan     RecordKind = "plan"     // what the round works with
	OfProposal RecordKind = "proposal" // what the rewriter said
	OfTrain    RecordKind = "train"
	OfDev      RecordKind = "dev"
	OfSealed   RecordKind = "sealed"
)

// RecordedAnswer is an answer with its grade. Of one to a sealed case there is
// no text, neither its own nor what the judge said of it.
type RecordedAnswer struct {
	Hash        string       `json:"hash"` // SHA-256 of the answer's text
	Answer      agent.Answer `json:"answer"`
	Failed      bool         `json:"failed,omitempty"`
	JudgeFailed bool         `json:"judge_failed,omitempty"`
	Grade       Grade        `json:"grade"`
	Measures    Measures     `json:"measures"`
	Spend       Spend        `json:"spend,omitzero"`
}
