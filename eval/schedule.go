package eval

import (
	"context"
	"errors"
	"time"
)

// ErrNotDue says that what a round was claimed for is gone: another replica
// began a round for it.
var ErrNotDue = errors.New("no round is due")

// Claim is what a round is begun for. The zero Claim is a person's demand,
// which takes nothing away.
type Claim struct {
	// Every above 0 takes the questions counted off the count, by whole
	// multiples of Every; the remainder stays.
	Every int
	// Cron, if not zero, settles the cron times up to it. Settled is up to when
	// they were settled before.
	Cron, Settled time.Time
}

// Count is how far an agent is from its next round.
type Count struct {
	Questions int       // people's, answered or not found, that no round was begun for
	Claimed   int       // those that rounds were begun for
	Settled   time.Time // cron times up to here are settled; zero: cron was never looked at
}

// Schedule says when a round is due, over all replicas. Times have microseconds.
type Schedule interface {
	// Count returns an agent's count, the zero Count of an unknown agent.
	Count(ctx context.Context, agent string) (Count, error)
	// BeginRound creates a running round and takes its claim, in one
	// transaction. It changes nothing and returns ErrBusy or ErrWaiting while
	// the agent has a round that runs or waits for approval, ErrNotDue if the
	// claim can't be had.
	BeginRound(ctx context.Context, r Round, c Claim) error
	// OpenRound returns the agent's round that runs or waits for approval, or an
	// error wrapping fs.ErrNotExist.
	OpenRound(ctx context.Context, agent string) (Round, error)
	// SettleCron settles an agent's cron times up to a time, unless they were
	// settled before.
	SettleCron(ctx context.Context, agent string, upTo time.Time) error
	// TakeTurn lets one caller run rounds of an agent until ttl has passed or
	// EndTurn; false if another one has the turn. A caller that has it may
	// take it again to prolong it.
	TakeTurn(ctx context.Context, agent, owner string, ttl time.Duration) (bool, error)
	EndTurn(ctx context.Context, agent, owner string) error
	// TurnTaken tells whether someone has the turn.
	TurnTaken(ctx context.Context, agent string) (bool, error)
}
