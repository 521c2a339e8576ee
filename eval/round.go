package eval

import (
	"encoding/json"
	"time"
)

// Round is one attempt to improve an agent's prompt.
type Round struct {
	ID       string    `json:"id"` // "rnd_…"
	Agent    string    `json:"agent"`
	Cause    string    `json:"cause"` // "demand", "questions", "cron"
	Seed     uint64    `json:"seed"`  // of answers and proposals
	State    State     `json:"state"`
	PromptID string    `json:"prompt_id"`
	Champion int       `json:"champion"`           // the version in use at the start
	Promoted int       `json:"promoted,omitempty"` // the new version, if any
	Started  time.Time `json:"started_at"`
	Ended    time.Time `json:"ended_at,omitzero"`
	Verdict  string    `json:"verdict"` // in words, for people; of a rejection nothing about sealed cases
	// Entered says that the round opened a gate entry and so spent Alpha of
	// the error budget, whatever came of it.
	Entered bool    `json:"entered"`
	Alpha   float64 `json:"alpha,omitempty"`
	Won     bool    `json:"won"`
	// Progress is where a running round is. Its Text is all that was found so
	// far, a line each.
	Progress Progress `json:"progress,omitzero"`
	// Certificate is the whole evidence as canonical JSON. What it holds of
	// sealed cases may be shown only once these are retired.
	Certificate json.RawMessage `json:"-"`
	// Turn names who writes the round, see RoundStore.PutRound. It is not kept.
	Turn string `json:"-"`
	// Retire names sealed cases that retire when the round ends, see
	// RoundStore.EndRound. It is not kept.
	Retire []string `json:"-"`
}

// State of a round.
type State string

// The states of a round. All but Running are final, Waiting until a person
// decides. A round whose process has ended stays Running, and is resumed.
const (
	Running  State = "running"
	Promoted State = "promoted"
	Rejected State = "rejected"  // the gate was not convinced
	NoBetter State = "no_better" // no candidate was worth an entry
	Waiting  State = "waiting"   // mode approve: the gate was passed, a person decides
	Stale    State = "stale"     // the prompt in use changed under the round
	// Cancelled rounds were ended by a person, or could not be resumed because
	// what they measured with had changed.
	Cancelled State = "cancelled"
	Failed    State = "failed" // an error; Verdict says which
)
