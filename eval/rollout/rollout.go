// Package rollout watches a prompt after its promotion. While a rollout lasts,
// only a share of the threads gets the new prompt; live answers of both are
// graded and compared, and if the old prompt turns out better it is put back,
// and everyone is told. It stores rollouts, live grades, the pairs of threads
// that were compared, and notices on their way out.
//
// What is claimed: the chance that a rollout puts the old prompt back although
// the new one is not worse live, by the grades given, is at most Alpha.
// Nothing is promised the other way round: a rollout that settles has not shown
// that the new prompt is better, only not found that it is worse.
package rollout

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"

	"github.com/honehq/hone/eval"
)

// What holds for all rollouts.
const (
	// DefaultShare is the share of threads that get a new prompt at first.
	DefaultShare = 0.5
	// Horizon is after how many compared pairs of threads a rollout settles.
	Horizon = 100
	// Length is how long a rollout lasts at most.
	Length = 14 * 24 * time.Hour
)

// Rollout is a prompt's time on trial after its promotion.
type Rollout struct {
	ID       string    `json:"id"` // "rol_…", with the digits of the round's ID
	Agent    string    `json:"agent"`
	PromptID string    `json:"prompt_id"`
	Round    string    `json:"round"`
	Old      int       `json:"old"` // versions
	New      int       `json:"new"`
	Share    float64   `json:"share"` // of threads that get the new one
	Horizon  int       `json:"horizon"`
	State    State     `json:"state"`
	Reason   string    `json:"reason,omitempty"` // why it ended, in words
	Started  time.Time `json:"started_at"`
	Until    time.Time `json:"until"` // it settles then at the latest
	Ended    time.Time `json:"ended_at,omitzero"`
}

// State of a rollout.
type State string

// The states. All but Running are final.
const (
	Running    State = "running"
	Returned   State = "returned"   // the old prompt was put back
	Settled    State = "settled"    // everyone gets the new one
	Overruled  State = "overruled"  // a person changed which version is in use, or ended the rollout
	Superseded State = "superseded" // a later promotion took its place
)

// Begin makes the rollout of a promotion. ok is false if there is to be none:
// everyone gets the new version at once. The stores call it in the transaction
// that puts the version in use.
func Begin(r eval.Round, p eval.Promotion, version int) (_ Rollout, ok bool) {
	started := r.Ended
	if started.IsZero() {
		started = time.Now().UTC()
	}
	return Rollout{
		ID: "rol_" + strings.TrimPrefix(r.ID, "rnd_"), Agent: r.Agent, PromptID: p.Prompt.ID, Round: r.ID,
		Old: p.Based, New: version, Share: p.Canary, Horizon: Horizon, State: Running,
		Started: started, Until: started.Add(Length),
	}, p.Canary > 0 && p.Canary < 1
}

// Version returns which version a thread gets that starts now: by a keyed hash
// of the thread, the same on each replica.
func (r Rollout) Version(thread string) int {
	if r.draw("canary", thread) < r.Share {
		return r.New
	}
	return r.Old
}

// sampled tells whether a thread's answers are to be graded. It says nothing
// about the version that the thread gets.
func (r Rollout) sampled(thread string, share float64) bool { return r.draw("sample", thread) < share }

// draw returns a number in [0, 1) that looks random. The rollout's ID, which is
// random, is the key.
func (r Rollout) draw(purpose, thread string) float64 {
	sum := sha256.Sum256([]byte(r.ID + " " + purpose + " " + thread))
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}
