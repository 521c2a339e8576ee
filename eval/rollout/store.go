package rollout

import (
	"context"
	"time"

	"github.com/honehq/hone/agent"
)

// Store keeps rollouts; a promotion starts one, see Begin. Missing things wrap
// fs.ErrNotExist. Whatever puts another version of a prompt in use, or the same
// again, ends its running rollout in the same transaction: as Superseded if
// that is a promotion, else as Overruled.
type Store interface {
	Rollout(ctx context.Context, id string) (Rollout, error)
	// Rollouts returns an agent's rollouts, newest first; limit 0: all.
	Rollouts(ctx context.Context, agent string, limit int) ([]Rollout, error)
	// RunningRollout returns a prompt's running rollout and the version that
	// the first run of a thread had, 0 if there is no such run.
	RunningRollout(ctx context.Context, promptID, thread string) (_ Rollout, first int, err error)
	// EndRollout stores State, Reason and Ended of a running rollout and, if it
	// is Returned, puts Old in use in the same transaction, which the prompt's
	// log then says of author. False: it had ended before, and nothing changed.
	EndRollout(ctx context.Context, r Rollout, author string) (bool, error)

	// Threads returns threads of people with the rollout's agent that began
	// with its prompt at or after its start, in the order of their beginning.
	Threads(ctx context.Context, r Rollout, q ThreadQuery) ([]Thread, error)
	// UsualSeconds returns how long the last answers of the old version before
	// the rollout took, at most limit of them, in no order.
	UsualSeconds(ctx context.Context, r Rollout, limit int) ([]float64, error)
	// Runs returns runs newest first, as agent.Store does.
	Runs(ctx context.Context, f agent.RunFilter) ([]agent.Run, error)

	// PutGrade stores the grade of a run. A run is graded once: the first one
	// stays.
	PutGrade(ctx context.Context, g Grade) error
	Grades(ctx context.Context, rollout, thread string) ([]Grade, error)
	// AddPair stores the next pair. A number that is taken is an error wrapping
	// fs.ErrExist.
	AddPair(ctx context.Context, rollout string, p Pair) error
	Pairs(ctx context.Context, rollout string) ([]Pair, error)

	Outbox
	// TakeTurn and EndTurn are those of eval.Schedule.
	TakeTurn(ctx context.Context, agent, owner string, ttl time.Duration) (bool, error)
	EndTurn(ctx context.Context, agent, owner string) error
}

// ThreadQuery selects threads.
type ThreadQuery struct {
	After  Position  // behind this one; zero: from the first
	Before time.Time // that began before
	Limit  int       // how many at most
}

// Position is a place in the order in which threads began. Threads that began
// at once are ordered by their IDs.
type Position struct {
	At     time.Time `json:"at"`
	Thread string    `json:"thread"`
}

// Thread is what is known of a thread without reading its answers. Status,
// Failed and Seconds are of its first run, which the prompt's version is of.
type Thread struct {
	Position
	Version int
	Status  agent.Status
	Failed  bool
	Seconds float64
	Last    time.Time // when its last run began
}

// Grade is a live grade of one run. It holds no text.
type Grade struct {
	Rollout string    `json:"rollout"`
	Run     string    `json:"run"`
	Thread  string    `json:"thread"`
	Rubric  string    `json:"rubric"`
	Judge   string    `json:"judge"`
	Score   float64   `json:"score"` // in [0, 1]
	Checks  []Check   `json:"checks"`
	Failed  bool      `json:"failed,omitempty"` // the judge failed for a day: there is no score
	At      time.Time `json:"at"`
}

// Check is a check of the live rubric, answered.
type Check struct {
	ID     string  `json:"id"`
	Pass   bool    `json:"pass"`
	Weight float64 `json:"weight"`
}

// Pair is a thread with the new prompt beside one with the old.
type Pair struct {
	N          int       `json:"n"` // from 1
	Old        Half      `json:"old"`
	New        Half      `json:"new"`
	Difference float64   `json:"difference"` // old - new; -1 where a judge failed
	E          float64   `json:"e"`          // the evidence after it that the old prompt is better
	Through    Position  `json:"through"`    // the later one of both threads
	At         time.Time `json:"at"`
}

// Half is one thread of a pair.
type Half struct {
	Thread string  `json:"thread"`
	Score  float64 `json:"score"` // mean of its runs
}
