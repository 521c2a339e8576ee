package eval

import (
	"context"
	"time"
)

// pace is how fast an entry goes.
type pace struct {
	spent time.Duration
	bets  int
}

// time takes the time of a bet.
func (p *pace) time(bet func() error) error {
	start := time.Now()
	err := bet()
	p.spent, p.bets = p.spent+time.Since(start), p.bets+1
	return err
}

// keep waits as long as so many bets more would have taken. A process that made
// none itself, because it took up an entry that was over, has nothing to go by
// and does not wait. It returns early with the cause if ctx ends.
func (p *pace) keep(ctx context.Context, bets int) error {
	if p.bets == 0 || bets <= 0 {
		return nil
	}
	timer := time.NewTimer(p.spent / time.Duration(p.bets) * time.Duration(bets))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
